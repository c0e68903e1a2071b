"""Pool the randomised trials of peer workers and test whether fidelity to the change model explains why they differ."""

__version__ = "0.1.0"
