"""Evidence over many requests: a mistake is named, and an endless clean stream is quiet."""
