"""Every rule of plausibility by name: what it asks of plausible figures, and the columns a doubt of its rests on.

All are warnings: each names figures that are hard to believe together, not figures that are wrong. The columns say
which decisions answer a doubt: one about no column in particular, or about one of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

MEANS = ("mean_intervention", "mean_comparator")
SDS = ("sd_intervention", "sd_comparator")
SIZES = ("n_intervention", "n_comparator")
EVENTS = ("events_intervention", "events_comparator")
INTERVAL = ("ci_lower", "ci_upper")
ESTIMATE = ("estimate", "effect_measure")
TEST = ("test_statistic", "statistic_value", "degrees_of_freedom")
ARMS = (*MEANS, *SDS, *SIZES, *EVENTS)


class Doubt(NamedTuple):
    """A rule: what it says of plausible figures, what it rests on, and the key of the work it follows."""

    says: str
    columns: tuple[str, ...]
    citation: str = ""


SPREAD: dict[str, Doubt] = {
    "sd_is_se": Doubt(
        "A standard deviation is not so small that it fits only as a standard error.", SDS, "gotzsche2007data"
    ),
    "sd_unlike_elsewhere": Doubt("An SD is within a factor of three of the same scale's in other trials.", SDS),
    "mean_is_sd": Doubt("Mean and SD are not the same figure.", (*MEANS, *SDS)),
    "sd_beyond_range": Doubt(
        "An SD is possible for its mean on the scale's range.", (*MEANS, *SDS), "bhatia2000better"
    ),
    "sd_jumps": Doubt("An arm's SD does not double or halve from one wave to the next.", SDS),
    "sd_arms_differ": Doubt("The two arms' SDs differ no more than chance explains.", SDS),
    "sd_rebuilt": Doubt("An SD was printed, not rebuilt from a rounded standard error.", SDS),
}
SCALE: dict[str, Doubt] = {
    "mean_outside_scale": Doubt("A mean lies on its scale.", (*MEANS, "change")),
    "grim": Doubt("A mean of whole-number scores is a whole sum divided by n.", (*MEANS, *SIZES), "brown2017grim"),
    "grimmer": Doubt(
        "An SD of whole-number scores fits their mean and n.", (*MEANS, *SDS, *SIZES), "allard2018grimmer"
    ),
}
DIRECTION: dict[str, Doubt] = {
    "estimate_sign": Doubt("An estimate has the sign of the arms' figures beside it.", (*ARMS, *ESTIMATE)),
    "direction_against_figures": Doubt(
        "The reported direction is that of the figures.", (*ARMS, *ESTIMATE, *TEST, "reported_direction", "p_value")
    ),
    "direction_in_notes": Doubt("The notes name the side that the figures favour.", (*ARMS, *ESTIMATE, "notes")),
    "arms_swapped": Doubt("Each arm's figures stand in its own columns.", ARMS),
    "sign_against_own_rows": Doubt(
        "A result that stands alone against its trial's others is meant so.", (*ARMS, *ESTIMATE, "instrument")
    ),
    "sign_flips_between_waves": Doubt("One scale does not favour one arm now and the other later.", (*ARMS, *ESTIMATE)),
}
RECOMPUTE: dict[str, Doubt] = {
    "p_against_statistic": Doubt("p is that of the test statistic.", (*TEST, "p_value"), "nuijten2016prevalence"),
    "one_tailed_p": Doubt("p values are two-sided.", (*TEST, "p_value", *ESTIMATE, *INTERVAL), "nuijten2016prevalence"),
    "p_against_interval": Doubt("p is that of the estimate and its interval.", ("p_value", *ESTIMATE, *INTERVAL)),
    "interval_lopsided": Doubt("An interval lies evenly about its estimate on the scale it was made.", INTERVAL),
    "se_against_interval": Doubt("A standard error is that of the interval.", ("standard_error", *INTERVAL)),
    "estimate_against_arms": Doubt("An estimate has the size the arms' figures give.", (*ARMS, *ESTIMATE)),
    "precision_against_arms": Doubt(
        "An estimate is about as precise as the arms' figures allow.",
        (*ARMS, "standard_error", *INTERVAL, "p_value"),
    ),
    "test_against_arms": Doubt(
        "The test statistic or p value is about that of the arms' figures.", (*ARMS, *TEST, "p_value")
    ),
    "percent_against_counts": Doubt("Percentages in the notes are those of the counts.", (*EVENTS, *SIZES, *ESTIMATE)),
    "effect_against_notes": Doubt("An effect in the notes has the size the figures give.", (*ARMS, "notes")),
    "significance_in_notes": Doubt("What the notes call significant is so by the figures.", (*ARMS, "notes")),
    "counts_against_means": Doubt("Counts and means of one row tell of the same people.", (*MEANS, *EVENTS, *SIZES)),
    "effect_only_in_notes": Doubt("An effect printed in the report stands in its columns.", (*ESTIMATE, "notes")),
}
NUMBERS: dict[str, Doubt] = {
    "n_beyond_randomised": Doubt("No more people are analysed than were randomised.", SIZES),
    "n_grows": Doubt("The number analysed does not grow by more than a tenth over time.", SIZES),
    "n_unlike_same_wave": Doubt("Outcomes of one wave rest on about as many people.", SIZES),
    "n_of_other_wave": Doubt("Numbers analysed are those of the row's own wave.", SIZES),
    "arms_not_adding_up": Doubt("The arms add up to the number randomised.", ()),
    "people_counted_twice": Doubt("The notes do not count the people randomised otherwise.", ()),
    "cluster_without_icc": Doubt("Figures of a cluster trial come with what its design effect needs.", ()),
    "same_numbers": Doubt("Two rows do not share all their figures.", (*ARMS, *ESTIMATE)),
    "counts_of_other_trial": Doubt("Counts do not give exactly another trial's effect.", (*EVENTS, *SIZES)),
    "extreme_effect": Doubt("An effect is not far outside its neighbours.", ()),
    "time_origin": Doubt("Time is counted from randomisation.", ("timepoint_months",)),
    "time_beyond_followup": Doubt("Nothing is measured after the trial's follow-up.", ("timepoint_months",)),
    "baseline_imbalance": Doubt("The arms were alike at baseline.", (*MEANS, "notes")),
}
DOUBTS: Mapping[str, Doubt] = MappingProxyType(SPREAD | SCALE | DIRECTION | RECOMPUTE | NUMBERS)
