"""How far coders agree: on the ratings they gave, and on whether a report says anything to rate.

Two questions, because one number misleads. Where a description is silent the cell is empty, and over half of all
cells are: coefficients on the ratings alone cannot see that one coder found something where the other found nothing.
"""

from synthesis.agreement.estimates import Coefficient
from synthesis.agreement.raters import CoderAgreement, rater_agreement
from synthesis.agreement.table import AgreementTable, agreement_of_frame, coder_agreement

__all__ = [
    "AgreementTable",
    "CoderAgreement",
    "Coefficient",
    "agreement_of_frame",
    "coder_agreement",
    "rater_agreement",
]
