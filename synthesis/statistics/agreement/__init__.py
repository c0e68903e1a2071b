"""How far coders agree: on the ratings they gave, and on whether a report says anything to rate.

Two questions, because one number misleads. Where a description is silent the cell is empty, and over half of all
cells are: coefficients on the ratings alone cannot see that one coder found something where the other found nothing.
"""

from synthesis.statistics.agreement.estimates import Coefficient
from synthesis.statistics.agreement.raters import CoderAgreement, rater_agreement

__all__ = ["CoderAgreement", "Coefficient", "rater_agreement"]
