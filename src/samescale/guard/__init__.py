"""What watches the rows that arrive, one rule a file."""
