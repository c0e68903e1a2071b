"""Every rule by name: those of the contract, and those of plausibility."""
