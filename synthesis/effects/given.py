"""Effects made of numbers that come from elsewhere: metafor's `escalc`, a published table, a simulation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from synthesis.choices import ICC, MeasureCode, chosen
from synthesis.effects.assumptions import ASSUMPTIONS
from synthesis.effects.decisions import DECISIONS
from synthesis.effects.effects import CHECK_COLUMNS, FRAME_COLUMNS, Effects
from synthesis.effects.routes import ROUTES
from synthesis.errors import InputError
from synthesis.evidence.vocabulary import BENEFIT_SIGN, JUDGEMENTS
from synthesis.statistics.measures import MEASURE_LABELS, MEASURES
from synthesis.wording import listed

CODES = {"routes": ROUTES, "assumptions": ASSUMPTIONS, "decisions": DECISIONS}
TEXTS = """
    instrument note decided comparator_type scoring period change adjusted reported_direction read_from doi source file
    rob
""".split()
NUMBERS = """
    timepoint_months n_intervention n_comparator mean_intervention sd_intervention mean_comparator sd_comparator
    events_intervention events_comparator sd_ratio adjusted_r design_effect cluster_size icc
    counted_events_intervention counted_n_intervention counted_events_comparator counted_n_comparator
""".split()
# Columns that this function, a pool or a regression makes itself.
MADE_HERE = "yi vi sei benefit weight ci_lb ci_ub".split()


def effects_from(
    yi: ArrayLike,
    vi: ArrayLike,
    *,
    measure: MeasureCode | str = "SMD",
    better: str = "higher",
    outcome: str = "outcome",
    **columns: ArrayLike,
) -> Effects:
    """Make effects of numbers that come from elsewhere, such as metafor's `escalc` or a published table.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects on the analysis scale (log for ratios), group 1 minus group 2, and their sampling variances.
    measure : {"SMD", "MD", "ROM", "OR", "PETO", "RR", "RD", "HR", "IRR"}
    better : {"higher", "lower", "unsettled"}
        The direction of the outcome that is good for people; `benefit` is turned by it.
    outcome : str
        What the effects are effects on, as it shall be printed; not empty.
    **columns : array_like, shape (k,)
        Further columns: `trial` and `label` (who; numbered by default), `n_intervention` and `n_comparator`, with
        `events_intervention` and `events_comparator` for the methods that pool events, moderators for
        `meta_regression`, or any column of `Effects.frame`.

    Returns
    -------
    Effects
        As `pool`, `meta_regression` and the figures take them.

    Raises
    ------
    InputError
        For numbers that cannot be effects, or columns of unequal length.
    ChoiceError
        For a measure or direction that does not exist.

    Examples
    --------
    >>> print(pool(effects_from([0.1, 0.3, 0.35], [0.03, 0.03, 0.05], outcome="Hope")))
    SMD = 0.23, 95% CI [−0.23, 0.70], k = 3, I2 = 0%
    """
    measure, better = chosen("measure", measure, MEASURE_LABELS), chosen("better", better, list(BENEFIT_SIGN))
    yi, vi = _numbers("yi", yi), _numbers("vi", vi)
    _check_given(yi, vi, columns)
    k = len(yi)
    trials = columns.get("trial", [f"trial{i:03d}" for i in range(1, k + 1)])
    defaults = {
        "trial": trials,
        "label": trials if "trial" in columns else [f"Trial {i}" for i in range(1, k + 1)],
        "intervention_arm": "intervention",
        "comparator_arm": "comparator",
        "aligned": False,
        "shared": False,
        "design": "parallel",
        "design_effect": 1.0,
        "sd_ratio": 1.0,
        "row": np.arange(1, k + 1),
    }
    own = {"yi": yi, "vi": vi, "sei": np.sqrt(vi), "benefit": yi * BENEFIT_SIGN[better]}
    given = dict.fromkeys(TEXTS, "") | dict.fromkeys(CODES, ()) | defaults | columns | own
    given |= _counted(given, MEASURES[measure].inputs)
    names = [*FRAME_COLUMNS, *(name for name in columns if name not in FRAME_COLUMNS)]
    frame = pd.DataFrame({name: _column(name, given.get(name, np.nan), k) for name in names})
    return Effects(
        outcome=outcome,
        outcome_label=outcome,
        measure=measure,
        timepoint="longest",
        better=better,
        as_printed=False,
        icc=ICC,
        frame=frame,
        left_out=pd.DataFrame(columns=[*FRAME_COLUMNS, "cause", "kind", "reason"]),
        cross_checks=pd.DataFrame(columns=[*CHECK_COLUMNS, "difference_in_se", "agrees"]),
    )


def _counted(given: Mapping[str, ArrayLike], inputs: str) -> dict[str, ArrayLike]:
    """Return the fourfold tables as they are pooled, where the counts they are made of are given and they are not."""
    counts = [f"{name}_{side}" for side in ("intervention", "comparator") for name in ("events", "n")]
    if inputs != "events" or any(f"counted_{name}" in given for name in counts) or not set(counts) <= set(given):
        return {}
    factor = _numbers("design_effect", given["design_effect"])
    return {f"counted_{name}": _numbers(name, given[name]) / factor for name in counts}


def _numbers(name: str, values: ArrayLike) -> np.ndarray:
    """Return one number an effect; texts, tables and the like are refused."""
    try:
        numbers = np.atleast_1d(np.asarray(values, dtype=float))
    except (TypeError, ValueError):
        raise InputError(f"{name} must be numbers, one an effect; {type(values).__name__} is given.") from None
    if numbers.ndim != 1:
        raise InputError(f"{name} must be one number an effect; it has {numbers.ndim} dimensions.")
    return numbers


def _check_given(yi: np.ndarray, vi: np.ndarray, columns: Mapping[str, ArrayLike]) -> None:
    """Refuse numbers that cannot be effects and columns that cannot be theirs, naming the first of them."""
    made = [name for name in columns if name in MADE_HERE]
    if made:
        raise InputError(f"{listed(made)} is made from yi, vi and what is done with them, and cannot be given.")
    lengths = {"vi": len(vi)} | {name: _length(name, values) for name, values in columns.items()}
    wrong = [f"{name} has {n}" for name, n in lengths.items() if n != len(yi) and (name == "vi" or n is not None)]
    if wrong:
        raise InputError(f"Each effect needs a value of its own: yi has {len(yi)}, {listed(wrong)}.")
    for name, values, possible in (("yi", yi, np.isfinite(yi)), ("vi", vi, np.isfinite(vi) & (vi > 0))):
        if not possible.all():
            place = int(np.flatnonzero(~possible)[0])
            rule = "a finite number" if name == "yi" else "a finite number above 0"
            raise InputError(f"{name} number {place + 1} is {values[place]}; it must be {rule}.")


def _length(name: str, values: object) -> int | None:
    """Return how many values a column has; None where one stands for all effects."""
    if isinstance(values, str) or (name in CODES and isinstance(values, tuple)) or np.ndim(values) == 0:
        return None
    return len(values)  # type: ignore[arg-type]


def _column(name: str, values: object, k: int) -> pd.Series:
    """Return a column of k values; one value stands for all, and a tuple of codes is one value."""
    if name in CODES:
        return _codes(name, [values] * k if isinstance(values, tuple) else list(values))  # type: ignore[call-overload]
    if name in NUMBERS or name in ("yi", "vi", "sei", "benefit"):
        numbers = np.broadcast_to(_numbers(name, values), k)
        if name.startswith("n_") and (numbers < 0).any():
            raise InputError(f"{name} holds {numbers.min():g}; a number of people is not below 0.")
        return pd.Series(numbers.copy())
    if name not in FRAME_COLUMNS or name in ("aligned", "shared", "row"):
        return pd.Series(np.broadcast_to(np.asarray(values), k).copy())
    texts = [values] * k if isinstance(values, str) else list(values)  # type: ignore[call-overload]
    if any(text is None or text != text for text in texts):
        raise InputError(f"{name} is missing for effect {[t is None or t != t for t in texts].index(True) + 1}.")
    if name == "rob":
        texts = [text and chosen("judgement of bias", text, list(JUDGEMENTS)) for text in texts]
    return pd.Series([str(text) for text in texts], dtype="str")


def _codes(name: str, values: list) -> pd.Series:
    """Return tuples of codes, each of which is known."""
    for codes in values:
        if not isinstance(codes, tuple):
            raise InputError(
                f"{name} holds {codes!r}; it must be a tuple of codes, such as {(next(iter(CODES[name])),)}."
            )
        for code in codes:
            chosen(f"code of {name}", code, list(CODES[name]))
    return pd.Series(values, dtype=object)
