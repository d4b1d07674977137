"""What the kinds of source share: from any column to a `Column` and a NumPy array."""
