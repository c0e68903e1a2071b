"""What each effect does to the pool, and the pool without each trial."""
