"""The catalogue of mistakes, one a file."""
