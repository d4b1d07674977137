"""What runs or exports a graph, one target a file."""
