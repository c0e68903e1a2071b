"""What words, tables, figures and pages keep back although it can be computed, by code.

JSON and the functions on arrays always hold the number, with the codes in `withheld` beside it.
"""

from __future__ import annotations

# A prediction interval from fewer trials covers far less than it says [partlett2017random].
FEWEST_TO_PREDICT = 5
# Below it the share of heterogeneity explained is mostly noise [lopezlopez2014estimation].
FEWEST_FOR_R2 = 40
# Below it Satterthwaite's approximation, and so p, cannot be trusted [tipton2015small].
LEAST_DF = 4
# Fewer effects than these in an interval of p say next to nothing of how likely one is to be seen.
FEWEST_IN_INTERVAL = 4

WITHHELD = {
    "pool_below_three_trials": "fewer than three trials",
    "rest_below_three_trials": "fewer than three trials are left",
    "prediction_below_five_trials": "fewer than five trials",
    "slope_below_ten_trials": "fewer than ten trials",
    "r2_below_forty_trials": "fewer than forty trials",
    "r2_heterogeneity_may_be_zero": "the interval of the heterogeneity reaches zero",
    "df_below_four": "fewer than four degrees of freedom",
    "small_study_below_ten_trials": "fewer than ten trials",
    "interval_below_four_effects": "fewer than four effects in an interval of p",
    "weight_at_its_end": "the data do not settle how likely a trial is to be seen",
    "direction_unsettled": "which direction is better is not settled",
}
