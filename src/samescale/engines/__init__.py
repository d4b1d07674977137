"""What runs statistics over a source, one engine a file."""
