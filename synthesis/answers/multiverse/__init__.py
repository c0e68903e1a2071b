"""Every combination of declared choices for one answer: planned, fitted in chunks, read as one curve."""
