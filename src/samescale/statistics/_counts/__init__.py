"""What stands behind `Counter` and `WeightedCounter`."""
