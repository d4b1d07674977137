"""Mistakes made on purpose, on real data, and who names them."""
