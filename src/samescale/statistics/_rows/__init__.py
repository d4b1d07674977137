"""What stands behind `RowSample`."""
