"""How often the tests and intervals of these pages are right, simulated at the design of the evidence itself."""

from synthesis.answers.calibration.plan import QUICK, SIZES, Sizes
from synthesis.answers.calibration.results import Calibration, load_calibration, read_calibration
from synthesis.answers.calibration.run import calibrate

__all__ = ["QUICK", "SIZES", "Calibration", "Sizes", "calibrate", "load_calibration", "read_calibration"]
