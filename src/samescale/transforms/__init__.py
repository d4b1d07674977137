"""Transforms, one a file: each is a statistic and a graph."""
