"""The numbers that the rules stand on, each with where it was read or the word convention; nowhere else a number.

The wording of the seven papers of Core GRADE was met as quotation in other public texts, and in part in their authors'
answers to questions (clarityresearch.ca); the full texts could not be read here. `read` says which, and the page of the
summary of findings prints it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

RULE_VERSION = "core-grade-2025.1"
# The papers have one first author and one year, so their numbers tell them apart.
PAPERS = {f"guyatt2025core{n}": f"Core GRADE {n}" for n in range(1, 8)}


class RuleNumber(NamedTuple):
    """A number of a rule.

    Attributes
    ----------
    value : float
    says : str
        What it decides, as a sentence gives it.
    source : str
        Key of what it was taken from; empty for a convention of this toolkit.
    read : {"quotation", "authors", "paper"}
        Where its wording was read: in a quotation, in the authors' answers to questions, or in the paper itself.
    """

    value: float
    says: str
    source: str = ""
    read: Literal["quotation", "authors", "paper"] = "quotation"


NUMBERS: Mapping[str, RuleNumber] = MappingProxyType(
    {
        "flip_low": RuleNumber(0.75, "A threshold a quarter smaller, to see whether the target would be another."),
        "flip_high": RuleNumber(1.25, "A threshold a quarter larger, for the same."),
        "near": RuleNumber(0.02, "Nearer to its threshold than this, an SMD is printed with three decimals."),
        "near_share": RuleNumber(0.10, "Nearer than this share of its threshold, other effects get a decimal more."),
        "large_rrr": RuleNumber(
            0.30, "A relative effect beyond this counts as large, so that the information size is asked.",
            "guyatt2025core2", "authors",
        ),
        "ois_alpha": RuleNumber(0.05, "Two-sided error of the optimal information size.", "guyatt2025core2", "authors"),
        "ois_power": RuleNumber(0.80, "Power of the optimal information size.", "guyatt2025core2", "authors"),
        "ois_rrr": RuleNumber(
            0.25, "Relative risk reduction of the optimal information size; the source says 20 or 25%.",
            "guyatt2025core2", "authors",
        ),
        "ois_far": RuleNumber(
            0.30, "Below this share of the optimal information size people consider two levels.", "guyatt2025core2"
        ),
        "wide_rr": RuleNumber(
            3.0, "Upper to lower limit of a risk ratio from which people consider two levels.", "guyatt2025core2"
        ),
        "wide_or": RuleNumber(2.5, "The same for an odds ratio.", "guyatt2025core2"),
        "few_I2": RuleNumber(
            30.0, "Below this I2 (in percent) serious inconsistency is seldom seen.", "guyatt2025core3"
        ),
        "possibly_dominating": RuleNumber(
            55.0, "Weight (in percent) from which trials at high risk of bias possibly dominate.", "guyatt2025core4"
        ),
        "dominating": RuleNumber(65.0, "Weight (in percent) above which they dominate.", "guyatt2025core4"),
        "fewest_funnel": RuleNumber(10, "Trials from which a funnel plot or its test is looked at.", "guyatt2025core4"),
        "rare": RuleNumber(
            0.02, "Share with the event below which risk differences are to be pooled.", "guyatt2025core6"
        ),
        "one_scoring": RuleNumber(
            2.0, "Standard deviations of one scale further apart than this factor count as several scorings."
        ),
    }
)  # fmt: skip


def number_of(name: str) -> float:
    """Return the value of a rule's number."""
    return NUMBERS[name].value
