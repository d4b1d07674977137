"""What speaks for a mistake in rows that arrived, weighed against training and against drift."""
