"""Mergeable, exact statistics, one a file."""
