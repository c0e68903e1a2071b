"""Which way a scale points, told by comparing a database's effect with the one its own arm figures give.

A database turns effects so that positive favours the first arm, and rarely says which scales it turned. Where the
figures give the same size with the other sign, the scale is one on which lower is better.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from synthesis.exchange.importers.metapsy.rows import Comparison
from synthesis.exchange.notes import Notes
from synthesis.statistics.measures import MEASURES, Estimates, smd_from_or

PLAIN_KINDS = frozenset({"", "msd", "imsd", "change", "dich", "es", "other", "mean"})  # outcome_type of plain results

_TELLING = 0.005  # an effect nearer to zero than this says nothing of the sign
_SAME_SIZE = 0.02  # two effects further apart than this, and by a tenth, are not the same effect


def recompute(rows: Sequence[Comparison]) -> np.ndarray:
    """Return each row's standardised mean difference, first minus second arm on the scale as printed.

    Returns
    -------
    ndarray, shape (len(rows), 2)
        The effect and the figures' kind: 0 means after treatment, 1 changes, 2 events; nan where there are none.
    """
    found = np.full((len(rows), 2), np.nan)
    for kind, names in enumerate((("mean", "sd", "n"), ("change", "change_sd", "change_n"))):
        columns = np.array([row.figures(*(f"{name}{arm}" for arm in (1, 2) for name in names)) for row in rows])
        _take(found, kind, _quiet(MEASURES["SMD"].compute, *columns.reshape(-1, 6).T))
    columns = np.array([row.figures("events1", "total1", "events2", "total2") for row in rows])
    a, n1, c, n2 = columns.reshape(-1, 4).T
    odds = _quiet(MEASURES["OR"].compute, *(np.where((a <= n1) & (c <= n2), x, np.nan) for x in (a, n1, c, n2)))
    _take(found, 2, _quiet(smd_from_or, odds.yi, odds.vi))
    return found


def scale_of(row: Comparison) -> tuple[str, str]:
    """Return what has one direction: a scale, or one kind of events on it (a response on a scale of symptoms)."""
    kind = row.texts["kind"]
    return row.texts["instrument"], "" if kind.casefold() in PLAIN_KINDS else kind


def vote(rows: Sequence[Comparison], found: np.ndarray, notes: Notes) -> dict[tuple[str, str], str]:
    """Return `higher` or `lower` for each scale that its rows decide, by `scale_of`; the others are absent.

    Rows whose size does not agree with the database's effect have no say, and are noted.
    """
    votes: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row, (effect, _) in zip(rows, found, strict=True):
        votes[scale_of(row)].update([said] if (said := direction(row, effect)) else [])
    decided = {}
    for scale, count in votes.items():
        instrument = " ".join(filter(None, scale)) or "instrument not named"
        (best, n), *rest = count.most_common() or [("", 0)]
        if not n or (rest and rest[0][1] == n):
            why = "no row shows" if not n else "its rows contradict one another on"
            message = f"{instrument}: {why} which direction is better; entered as higher."
            hint = (
                "The pooled effect does not depend on it; set `better` in codebook/instruments.csv before using means."
            )
            notes.add("undecided", "scale_direction", message, value=instrument, hint=hint)
        else:
            decided[scale] = best
            turned = "its effects were turned, so lower is better" if best == "lower" else "higher is better"
            against = f", {rest[0][1]} against" if rest else ""
            message = f"{instrument}: {turned} ({n} {'row' if n == 1 else 'rows'} for it{against})."
            notes.add("decided", "scale_direction", message, value=instrument)
    _note_rows(rows, found, decided, notes)
    return decided


def direction(row: Comparison, effect: float) -> str:
    """Return what a row says of its scale, empty when it says nothing."""
    printed = float(row.numbers["g"] or "nan")
    if not same_size(effect, printed) or abs(effect) < _TELLING or abs(printed) < _TELLING:
        return ""
    return "higher" if np.sign(effect) == np.sign(printed) else "lower"


def same_size(effect: float, printed: float) -> bool:
    """Say whether two effects are of one size, whatever their signs."""
    apart = abs(abs(effect) - abs(printed))
    return bool(apart <= max(_SAME_SIZE, 0.1 * abs(printed)))


def _note_rows(
    rows: Sequence[Comparison], found: np.ndarray, decided: dict[tuple[str, str], str], notes: Notes
) -> None:
    turned = total = 0
    for row, (effect, _) in zip(rows, found, strict=True):
        printed, scale = float(row.numbers["g"] or "nan"), scale_of(row)
        if not np.isfinite(effect + printed):
            continue
        total += 1
        said = direction(row, effect)
        turned += bool(np.sign(effect) * np.sign(printed) < 0)
        if not same_size(effect, printed):
            message = f"The printed effect is {printed:.3f}, the arm figures give {effect:.3f}."
            notes.add("differs", "effect_size", message, row=row.line, column=".g", value=row.numbers["g"])
        elif said and said != decided.get(scale, said):
            message = f"The sign speaks for {said} is better; other rows of {scale[0]} for {decided[scale]}."
            notes.add("differs", "effect_sign", message, row=row.line, column=".g", value=row.numbers["g"])
    if total:
        message = f"{turned} of {total} effects that the arm figures give too have the opposite sign there."
        notes.add("decided", "turned_effects", message, hint="Each scale's direction is entered in the codebook.")
    if total >= 10 and not turned:
        message = "No effect is turned: either no scale has lower as better, or the file holds plain differences."
        notes.add("undecided", "turned_effects", message, hint="Look at a scale you know before pooling.")


def _take(found: np.ndarray, kind: int, estimates: Estimates) -> None:
    usable = np.isfinite(estimates.yi) & np.isfinite(estimates.vi) & np.isnan(found[:, 0])
    found[usable] = np.column_stack([estimates.yi, np.full(len(found), kind)])[usable]


def _quiet(compute: Callable[..., Estimates], *columns: np.ndarray) -> Estimates:
    with np.errstate(all="ignore"):
        return compute(*columns)
