"""The benefit of each trial against a moderator."""
