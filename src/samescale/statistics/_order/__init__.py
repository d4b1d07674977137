"""What stands behind `Quantiles`."""
