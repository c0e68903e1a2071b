"""Results that are not pooled, by the direction that was reported: an effect-direction plot, and no count of votes."""
