"""The results of a data root as the rules ask: numbers under short names, how finely each was printed, what is known.

Rows in which the contract found an error are left out, so that one fault is said once. Results that stand in
left_out.csv join the rows where their figures can be read, so that the reason for leaving them out is shown beside the
doubt.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from synthesis.choices import RATIOS
from synthesis.errors import Finding
from synthesis.evidence.contract import NUMBER
from synthesis.evidence.findings import filled, report
from synthesis.evidence.plausibility.imported import outcomes_are_analyses
from synthesis.evidence.plausibility.text import ESTIMATE_COLUMNS, MEANS_COLUMNS, estimates_in, means_in
from synthesis.evidence.reading import RawEvidence, to_number, typed
from synthesis.statistics.measures import MEASURES, pooled_sd, se_from_ci

SHORT = {
    "n_intervention": "n1",
    "mean_intervention": "m1",
    "sd_intervention": "s1",
    "events_intervention": "e1",
    "n_comparator": "n2",
    "mean_comparator": "m2",
    "sd_comparator": "s2",
    "events_comparator": "e2",
    "estimate": "est",
    "standard_error": "se",
    "ci_lower": "lo",
    "ci_upper": "hi",
    "statistic_value": "stat",
    "degrees_of_freedom": "df",
    "p_value": "p",
}
# Statistics with a sign.
SIGNED = ("t", "z")
ARM = {"1": "intervention", "2": "comparator"}
Words = str | ArrayLike
_CODEBOOK = ("codebook_outcomes", "codebook_instruments")


@dataclass(frozen=True, eq=False)
class Printed:
    """Results as printed.

    Attributes
    ----------
    rows : DataFrame
        One row per result. Text columns as in the contract; numbers under the names of `SHORT` and `months`; `h_` and
        such a name is half a unit of its last printed digit; `wave` is `months`, nan at 0, where results without a time
        stand; `better` is 1 or -1 on the instrument's scale, nan where nobody has settled it; `analysis` says that the
        outcome is an analysis of an imported review, `unscaled` that it also pools several scales under its name;
        `again` that the trial's same figures stand in an earlier analysis; `measure` is the outcome's;
        `minimum`, `maximum`, `step` of the instrument; `table` is outcomes or left_out; `randomised_1`,
        `randomised_2` and `randomised` are people in the two arms and the trial; `design`, `followup`; `arms`
        identifies trial and arms, `series` also outcome and instrument.
    cells : DataFrame
        The same rows' cells as text, and `figures`.
    trials, arms : DataFrame
        The typed tables.
    trial_cells : DataFrame
        The cells of `trials` as text.
    """

    rows: pd.DataFrame
    cells: pd.DataFrame
    trials: pd.DataFrame
    arms: pd.DataFrame
    trial_cells: pd.DataFrame

    def doubt(
        self, rule: str, broken: ArrayLike, *, column: Words, message: Words, hint: str, **beside: ArrayLike
    ) -> list[Finding]:
        """Return a warning for each row in which a rule is broken.

        Parameters
        ----------
        rule : str
            Name in `RULES`.
        broken : array_like of bool, shape (k,)
            Which of the k rows break it.
        column : str or array_like of str
            Column at fault, one for all rows or one a row.
        message : str or array_like of str
            One sentence, or one a row, whose gaps the row's numbers and what stands `beside` them fill.
        hint : str
            What would settle the doubt.
        **beside : array_like, shape (k,)
            What the rule computed, by the names of the message's gaps.
        """
        # A result that a review holds in several analyses is doubted in the first.
        mask = np.asarray(broken, dtype=bool) & ~self.rows["again"].to_numpy(bool)
        if not mask.any():
            return []
        rows = self.rows[mask].assign(**{name: np.asarray(values)[mask] for name, values in beside.items()})
        columns, sentences = (np.broadcast_to(words, mask.shape)[mask] for words in (column, message))
        columns = np.where(rows["table"].eq("left_out"), "figures", columns)
        return report(
            rule,
            self.cells[mask],
            table="outcomes",
            column=pd.Series(columns, rows.index),
            message=pd.Series(filled(sentences, rows), rows.index),
            hint=hint,
        )

    def doubt_trial(
        self, rule: str, broken: ArrayLike, *, column: str, message: str, hint: str, **beside: ArrayLike
    ) -> list[Finding]:
        """Return a warning for each row of trial.csv in which a rule is broken; see `doubt`."""
        mask = np.asarray(broken, dtype=bool)
        rows = self.trials[mask].assign(**{name: np.asarray(values)[mask] for name, values in beside.items()})
        message = pd.Series(filled([message] * len(rows), rows), rows.index, dtype=object)
        return report(rule, self.trial_cells.loc[rows.index], table="trial", column=column, message=message, hint=hint)

    def column(self, name: str) -> np.ndarray:
        """Return a numeric column as an array."""
        return self.rows[name].to_numpy(float)


def gather(raw: RawEvidence, faulty: Collection[tuple[str, int | None]]) -> Printed:
    """Gather the results of a data root that break no rule of the contract.

    Parameters
    ----------
    raw : RawEvidence
        The data root as read.
    faulty : collection of (str, int)
        File and row of what breaks the contract; left out.
    """
    table = {name: _sound(raw.tables[name], faulty) for name in ("trial", "arms", "outcomes", *_CODEBOOK)}
    numbers = {name: typed(frame, name) for name, frame in table.items()}
    cells = pd.concat([table["outcomes"].assign(table="outcomes"), _left_out(raw.tables["left_out"])])
    cells = cells.reset_index(drop=True).fillna("")
    rows = cells[[name for name in cells if name not in SHORT]].copy()
    rows["months"] = cells["timepoint_months"].map(_numbers(cells["timepoint_months"]))
    for name, short in SHORT.items():
        rows[short] = cells[name].map(_numbers(cells[name])).astype(float)
        rows[f"h_{short}"] = cells[name].map(_half_units(cells[name])).astype(float)
    return Printed(
        rows=_with_knowledge(rows, numbers, outcomes_are_analyses(raw.root)),
        cells=cells,
        trials=numbers["trial"],
        arms=numbers["arms"],
        trial_cells=table["trial"],
    )


def _sound(frame: pd.DataFrame, faulty: Collection[tuple[str, int | None]]) -> pd.DataFrame:
    if not faulty:
        return frame
    places = pd.MultiIndex.from_frame(frame[["file", "row"]])
    return frame[~places.isin(pd.MultiIndex.from_tuples(list(faulty)))]


def _left_out(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the results left out whose figures can be read, in the columns of the outcomes."""
    means, estimates = means_in(frame["figures"]), estimates_in(frame["figures"])
    long = {short: name for name, short in SHORT.items()} | {"measure": "effect_measure"}
    figures = pd.concat([means[list(MEANS_COLUMNS)], estimates[list(ESTIMATE_COLUMNS)]], axis=1).rename(columns=long)
    return pd.concat([frame, figures], axis=1)[figures.notna().any(axis=1)].assign(table="left_out")


def _numbers(texts: pd.Series) -> Mapping[str, float]:
    return {text: to_number(text) for text in texts.unique()}


def _half_units(texts: pd.Series) -> Mapping[str, float]:
    """Return half a unit of the last digit of each text that is a number: 0.5 for 12, 0.005 for 3.40."""
    return {
        text: float(Decimal(5).scaleb(Decimal(text).as_tuple().exponent - 1)) if NUMBER.fullmatch(text) else np.nan
        for text in texts.unique()
        if len(text) < 40
    }


def _with_knowledge(rows: pd.DataFrame, numbers: Mapping[str, pd.DataFrame], analyses: bool) -> pd.DataFrame:
    """Join what codebook, arms.csv and trial.csv know of each row."""
    known = numbers["codebook_instruments"].drop_duplicates(["instrument", "outcome"])
    mean_of_items = known["scoring"].eq("mean") & (known["items"] > 0)
    step = pd.Series(np.nan, known.index).mask(known["scoring"].eq("sum"), 1.0).mask(mean_of_items, 1 / known["items"])
    known = known.assign(step=step, better=known["better"].map({"higher": 1.0, "lower": -1.0}))
    rows = rows.merge(
        known[["instrument", "outcome", "better", "minimum", "maximum", "step"]],
        on=["instrument", "outcome"],
        how="left",
    )
    outcomes = numbers["codebook_outcomes"].drop_duplicates("outcome").set_index("outcome")
    rows["measure"] = rows["outcome"].map(outcomes["measure"])
    rows["wave"] = rows["months"].where(rows["months"] > 0)
    rows["analysis"] = analyses & rows["table"].eq("outcomes")
    rows["unscaled"] = rows["analysis"] & rows["measure"].eq("SMD")
    figures = ["trial", "measure", "effect_measure", *SHORT.values()]
    rows["again"] = rows["analysis"] & rows.duplicated(figures) & ~rows.duplicated(["outcome", *figures])
    trials = numbers["trial"].drop_duplicates("trial").set_index("trial")
    for name, column in (("randomised", "n_randomised"), ("followup", "followup_months"), ("design", "design")):
        rows[name] = rows["trial"].map(trials[column])
    arms = numbers["arms"].drop_duplicates(["trial", "arm"]).set_index(["trial", "arm"])["n_randomised"]
    for side, arm in ARM.items():
        keys = pd.MultiIndex.from_frame(rows[["trial", f"{arm}_arm"]])
        rows[f"randomised_{side}"] = arms.reindex(keys).to_numpy(float)
    rows["arms"] = rows.groupby(["trial", "intervention_arm", "comparator_arm"], sort=False).ngroup()
    rows["series"] = rows.groupby(["arms", "outcome", "instrument"], sort=False).ngroup()
    return _with_effects(rows)


def _with_effects(rows: pd.DataFrame) -> pd.DataFrame:
    """Add what the arms' figures give, each with its standard error.

    `d` and `g` of the means, `sd` pooled, `t` of Welch; `md_alone` a mean difference without SDs beside it, and
    `sd_implied` the SD its precision implies; the log ratios `lrr` and `lor`, the difference `rd` and `z` of
    the events. `value` is the printed estimate on the scale of analysis.
    """
    means = [rows[name] for name in ("m1", "s1", "n1", "m2", "s2", "n2")]
    events = [rows[name] for name in ("e1", "n1", "e2", "n2")]
    made = {name: MEASURES[code].compute(*means) for name, code in (("d", "MD"), ("g", "SMD"))}
    made |= {name: MEASURES[code].compute(*events) for name, code in (("lrr", "RR"), ("lor", "OR"), ("rd", "RD"))}
    # How a ratio with an empty cell was corrected is the printer's choice: ours says nothing of what is printed.
    empty = rows["e1"].eq(0) | rows["e2"].eq(0) | rows["e1"].eq(rows["n1"]) | rows["e2"].eq(rows["n2"])
    found: dict[str, ArrayLike] = {}
    for name, estimates in made.items():
        found[name] = np.where(empty & (name in ("lrr", "lor")), np.nan, estimates.yi)
        # An arm in which all or nobody had it adds nothing to the error of a difference: the printer's choice too.
        found[f"se_{name}"] = np.where(empty & (name in ("lrr", "lor", "rd")), np.nan, np.sqrt(estimates.vi))
    found["d"] = rows["m1"] - rows["m2"]  # stands without SDs too
    overall = (rows["e1"] + rows["e2"]) / (rows["n1"] + rows["n2"])
    spread = np.sqrt(overall * (1 - overall) * (1 / rows["n1"] + 1 / rows["n2"]))
    ratio = rows["effect_measure"].isin(RATIOS)
    found |= {
        "ratio": ratio,
        "t": found["d"] / found["se_d"],
        "sd": pooled_sd(rows["s1"], rows["n1"], rows["s2"], rows["n2"]),
        "z": (rows["e1"] / rows["n1"] - rows["e2"] / rows["n2"]) / spread,
        "value": np.where(ratio, np.log(rows["est"]), rows["est"]),
    }
    finite = {name: pd.Series(column, rows.index).replace([np.inf, -np.inf], np.nan) for name, column in found.items()}
    rows = rows.assign(**finite)
    alone = rows["effect_measure"].eq("MD") & rows["sd"].isna()
    implied = rows["se"].fillna(interval_se(rows)) / np.sqrt(1 / rows["n1"] + 1 / rows["n2"])
    return rows.assign(md_alone=alone, sd_implied=implied.where(alone & (implied > 0)))


def signed_strength(rows: pd.DataFrame) -> np.ndarray:
    """Return how strongly each row's own figures speak, as a z on the instrument's scale.

    Means speak first, then events, the estimate, and a t or z, which has the sign of intervention minus comparator.
    """
    se = interval_se(rows)
    estimate = rows["value"] / rows["se"].fillna(se)
    statistic = rows["stat"].where(rows["test_statistic"].isin(SIGNED))
    return rows["t"].fillna(rows["z"]).fillna(estimate).fillna(statistic).to_numpy(float)


def interval_se(rows: pd.DataFrame) -> pd.Series:
    """Return the standard error a 95% interval implies, on the log scale for ratios."""
    plain, logged = (se_from_ci(rows["lo"], rows["hi"], ratio=ratio) for ratio in (False, True))
    return pd.Series(np.where(rows["ratio"], logged, plain), rows.index)
