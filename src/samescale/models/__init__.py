"""The model half of a bundle, one kind a file."""
