"""Every trial's effect beside its figures, and the pooled effect."""
