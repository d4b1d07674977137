"""The artifact: one verified file."""
