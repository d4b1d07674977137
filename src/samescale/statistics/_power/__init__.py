"""What stands behind `PowerLikelihood`."""
