"""The search for the order in which columns arrived."""
