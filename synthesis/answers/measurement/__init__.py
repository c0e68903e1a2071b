"""What arms truly did behind codes and silent reports, and its slope over all outcomes, for each reading of silence."""

from synthesis.answers.measurement.results import Measurement, load_measurement, read_measurement
from synthesis.answers.measurement.run import run_measurement

__all__ = ["Measurement", "load_measurement", "read_measurement", "run_measurement"]
