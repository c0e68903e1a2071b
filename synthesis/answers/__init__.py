"""Effects in, frozen results out: pools, slopes, comparisons, and what they say in words."""
