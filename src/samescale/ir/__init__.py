"""The graph: a closed set of primitive operations, and what each of them means."""
