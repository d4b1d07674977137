"""Tables in, chunks of columns out, one kind of table a file."""
