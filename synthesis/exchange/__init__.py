"""Other programs' files, both ways, on one ground."""
