"""Preprocessing that is learned once, carried in the model's file, and the same everywhere."""
