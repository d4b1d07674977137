"""What libraries do to images, read from their files and their objects."""
