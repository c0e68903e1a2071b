"""Every rule of plausibility by name: what it asks of plausible figures, and the columns a doubt of its rests on.

All are warnings: each names figures that are hard to believe together, not figures that are wrong. The columns say
which decisions answer a doubt: one about no column in particular, or about one of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from synthesis.evidence.rules.rule import Rule

MEANS = ("mean_intervention", "mean_comparator")
SDS = ("sd_intervention", "sd_comparator")
SIZES = ("n_intervention", "n_comparator")
EVENTS = ("events_intervention", "events_comparator")
INTERVAL = ("ci_lower", "ci_upper")
ESTIMATE = ("estimate", "effect_measure")
TEST = ("test_statistic", "statistic_value", "degrees_of_freedom")
ARMS = (*MEANS, *SDS, *SIZES, *EVENTS)


def _doubt(says: str, columns: tuple[str, ...], citation: str = "") -> Rule:
    return Rule("warning", says, columns, citation)


SPREAD: dict[str, Rule] = {
    "sd_is_se": _doubt(
        "A standard deviation is not so small that it fits only as a standard error.", SDS, "gotzsche2007data"
    ),
    "sd_unlike_elsewhere": _doubt("An SD is within a factor of three of the same scale's in other trials.", SDS),
    "mean_is_sd": _doubt("Mean and SD are not the same figure.", (*MEANS, *SDS)),
    "sd_beyond_range": _doubt(
        "An SD is possible for its mean on the scale's range.", (*MEANS, *SDS), "bhatia2000better"
    ),
    "sd_jumps": _doubt("An arm's SD does not double or halve from one wave to the next.", SDS),
    "sd_arms_differ": _doubt("The two arms' SDs differ no more than chance explains.", SDS),
    "sd_implied": _doubt(
        "A mean difference is as precise as an SD of its scale makes it.",
        ("standard_error", *INTERVAL, *ESTIMATE, *SIZES),
        "handbook2024",
    ),
    "sd_rebuilt": _doubt("An SD was printed, not rebuilt from a rounded standard error.", SDS),
}
SCALE: dict[str, Rule] = {
    "mean_outside_scale": _doubt("A mean lies on its scale.", (*MEANS, "change")),
    "grim": _doubt("A mean of whole-number scores is a whole sum divided by n.", (*MEANS, *SIZES), "brown2017grim"),
    "grimmer": _doubt(
        "An SD of whole-number scores fits their mean and n.", (*MEANS, *SDS, *SIZES), "allard2018grimmer"
    ),
}
DIRECTION: dict[str, Rule] = {
    "estimate_sign": _doubt("An estimate has the sign of the arms' figures beside it.", (*ARMS, *ESTIMATE)),
    "direction_against_figures": _doubt(
        "The reported direction is that of the figures.", (*ARMS, *ESTIMATE, *TEST, "reported_direction", "p_value")
    ),
    "direction_in_notes": _doubt("The notes name the side that the figures favour.", (*ARMS, *ESTIMATE, "notes")),
    "statistic_sign": _doubt("A signed t or z points the way of the figures beside it.", (*TEST, *ARMS, *ESTIMATE)),
    "arms_swapped": _doubt("Each arm's figures stand in its own columns.", ARMS),
    "sign_against_own_rows": _doubt(
        "A result that stands alone against its trial's others is meant so.", (*ARMS, *ESTIMATE, "instrument")
    ),
    "sign_flips_between_waves": _doubt(
        "One scale does not favour one arm now and the other later.", (*ARMS, *ESTIMATE)
    ),
}
RECOMPUTE: dict[str, Rule] = {
    "p_against_statistic": _doubt("p is that of the test statistic.", (*TEST, "p_value"), "nuijten2016prevalence"),
    "one_tailed_p": _doubt(
        "p values are two-sided.", (*TEST, "p_value", *ESTIMATE, *INTERVAL), "nuijten2016prevalence"
    ),
    "p_against_interval": _doubt("p is that of the estimate and its interval.", ("p_value", *ESTIMATE, *INTERVAL)),
    "interval_lopsided": _doubt("An interval lies evenly about its estimate on the scale it was made.", INTERVAL),
    "se_against_interval": _doubt("A standard error is that of the interval.", ("standard_error", *INTERVAL)),
    "estimate_against_arms": _doubt("An estimate has the size the arms' figures give.", (*ARMS, *ESTIMATE)),
    "precision_against_arms": _doubt(
        "An estimate is about as precise as the arms' figures allow.",
        (*ARMS, "standard_error", *INTERVAL, "p_value"),
    ),
    "precision_against_sizes": _doubt(
        "An estimate is as precise as its number of people allows; a standard error is no variance.",
        ("standard_error", *INTERVAL, *ESTIMATE, *SIZES),
        "borenstein2009introduction",
    ),
    "df_against_arms": _doubt("Degrees of freedom are those the arms can give.", (*TEST, *SIZES)),
    "test_against_arms": _doubt(
        "The test statistic or p value is about that of the arms' figures.", (*ARMS, *TEST, "p_value")
    ),
    "percent_against_counts": _doubt("Percentages in the notes are those of the counts.", (*EVENTS, *SIZES, *ESTIMATE)),
    "effect_against_notes": _doubt("An effect in the notes has the size the figures give.", (*ARMS, "notes")),
    "significance_in_notes": _doubt("What the notes call significant is so by the figures.", (*ARMS, "notes")),
    "counts_against_means": _doubt("Counts and means of one row tell of the same people.", (*MEANS, *EVENTS, *SIZES)),
    "effect_only_in_notes": _doubt("An effect printed in the report stands in its columns.", (*ESTIMATE, "notes")),
}
NUMBERS: dict[str, Rule] = {
    "n_beyond_randomised": _doubt("No more people are analysed than were randomised.", SIZES),
    "n_grows": _doubt("The number analysed does not grow by more than a tenth over time.", SIZES),
    "n_unlike_same_wave": _doubt("Outcomes of one wave rest on about as many people.", SIZES),
    "n_of_other_wave": _doubt("Numbers analysed are those of the row's own wave.", SIZES),
    "arms_not_adding_up": _doubt("The arms add up to the number randomised.", ()),
    "people_counted_twice": _doubt("The notes do not count the people randomised otherwise.", ()),
    "cluster_without_icc": _doubt("Figures of a cluster trial come with what its design effect needs.", ()),
    "same_numbers": _doubt("Two rows do not share all their figures.", (*ARMS, *ESTIMATE)),
    "arms_repeated": _doubt("Two arms do not share mean and SD to the last digit.", (*MEANS, *SDS)),
    "counts_of_other_trial": _doubt("Counts do not give exactly another trial's effect.", (*EVENTS, *SIZES)),
    "extreme_effect": _doubt("An effect is not far outside its neighbours.", ()),
    "time_origin": _doubt("Time is counted from randomisation.", ("timepoint_months",)),
    "time_beyond_followup": _doubt("Nothing is measured after the trial's follow-up.", ("timepoint_months",)),
    "baseline_imbalance": _doubt("The arms were alike at baseline.", (*MEANS, "notes")),
}
REVIEW: dict[str, Rule] = {
    "overall_below_domains": _doubt(
        "An overall judgement of bias is no better than its worst domain.", ("judgement",), "sterne2019"
    ),
    "flow_of_search": _doubt("Each count of the search follows from the step before.", ("n",), "page2021"),
}
DOUBTS: Mapping[str, Rule] = MappingProxyType(SPREAD | SCALE | DIRECTION | RECOMPUTE | NUMBERS | REVIEW)
