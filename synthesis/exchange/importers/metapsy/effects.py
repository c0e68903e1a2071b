"""Which of a row's numbers belong to it: effects and counts that stand on another study's line are told by recomputing.

In the open peer-support database the columns of pre-calculated effects and of events are shifted: they agree with
rows other than their own. Nothing is moved; what does not belong is reported and kept in notes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthesis.exchange.cells import WEEKS_A_MONTH
from synthesis.exchange.importers.arms import half_of, weeks_of
from synthesis.exchange.importers.metapsy.directions import recompute, same_size
from synthesis.exchange.importers.metapsy.rows import Comparison
from synthesis.exchange.notes import Notes

_MEANS = ("msd", "change", "mean", "continuous", "imsd")


def settle_effects(rows: Sequence[Comparison], notes: Notes) -> None:
    """Leave in each row the effect and the figures that are its own."""
    columns = {name: np.array([row.figures(name)[0] for row in rows]) for name in ("g", "log_rr")}
    for row in rows:
        for effect, given in (("g", "precalc_g"), ("log_rr", "precalc_log_rr")):
            if row.given(given) and not row.given(effect):
                row.numbers[effect] = row.numbers[given]
                row.numbers[f"{effect}_se"] = row.numbers[f"{given}_se"]
            elif row.given(given, effect) and abs(np.diff(row.figures(given, effect))[0]) > 0.005:
                _note_stranger(rows, columns[effect], row, effect, given, notes)
    _settle_events(rows, notes)


def _note_stranger(
    rows: Sequence[Comparison], effects: np.ndarray, row: Comparison, effect: str, given: str, notes: Notes
) -> None:
    value = float(row.numbers[given])
    owners = [rows[place] for place in np.flatnonzero(np.abs(effects - value) < 5e-4)]
    owned = f"; it is the effect of row {owners[0].line} ({owners[0].texts['study']})" if len(owners) == 1 else ""
    message = f"{given} is {value:g}, the row's own .{effect} {row.numbers[effect]}{owned}. The latter is used."
    notes.add("differs", "stranger_effect", message, row=row.line, column=given, value=row.numbers[given])
    row.remarks.append(f"{given} on this line of the source: {row.numbers[given]}")


def _settle_events(rows: Sequence[Comparison], notes: Notes) -> None:
    """Take from rows of means the events that do not give their effect."""
    of_means = [row for row in rows if row.texts["kind"] in _MEANS and row.given("events1", "total1")]
    of_events = [row for row in rows if row.texts["kind"] not in _MEANS and not row.given("mean1")]
    sizes = np.array([row.figures("g")[0] for row in of_events])
    bare = [Comparison(row.place, row.line, row.texts, _only_events(row), {}) for row in of_means]
    for row, (effect, _) in zip(of_means, recompute(bare) if bare else [], strict=True):
        own = float(row.numbers["g"] or "nan")
        if same_size(effect, own) and not row.given("mean1"):
            continue
        fits = [of_events[place] for place in np.flatnonzero(np.abs(np.abs(sizes) - abs(effect)) <= 0.02)]
        owned = f"; row {fits[0].line} ({fits[0].texts['study']}) has that effect" if len(fits) == 1 else ""
        counts = [row.numbers[name] for name in ("events1", "total1", "events2", "total2")]
        said = "{}/{} and {}/{}".format(*counts)
        message = f"Events {said} give g {abs(effect):.3f}, the row's own is {own:.3f}{owned}. Kept in notes only."
        notes.add("differs", "stranger_events", message, row=row.line, column="event_arm1", value=said)
        row.remarks.append(
            f"events on this line of the source, not this result's: {said} {row.texts['dichotomy']}".strip()
        )
        row.numbers |= dict.fromkeys(("events1", "events2", "total1", "total2"), "")


def _only_events(row: Comparison) -> dict[str, str]:
    events = ("events1", "total1", "events2", "total2")
    return {name: value if name in events else "" for name, value in row.numbers.items()}


def split_halves(rows: Sequence[Comparison], notes: Notes) -> None:
    """Recognise arms that stand in the scale's name: the same scale once "(high)" and once "(low)" in one trial."""
    groups: dict[tuple[str, ...], dict[str, list[Comparison]]] = {}
    for row in rows:
        scale, half = half_of(row.texts["instrument"])
        if half and not row.texts["multi1"]:
            texts = row.texts
            key = (
                texts["study"],
                texts["category"],
                texts["condition1"],
                texts["condition2"],
                row.numbers["weeks"],
                scale,
            )
            groups.setdefault(key, {}).setdefault(half, []).append(row)
    for key, halves in groups.items():
        if sorted(halves) != ["high", "low"] or any(len(found) > 1 for found in halves.values()):
            continue
        for half, (row,) in halves.items():
            message = (
                f"{row.texts['instrument']!r}: high and low are two groups of people, not two scales; made two arms."
            )
            hint = (
                "Ask whether the groups were randomised; if people were sorted by what they used, exclude both rows. "
                "They are pooled as two comparisons, as the file has them; if they share a comparator, name one arm."
            )
            notes.add("decided", "arms_in_scale", message, row=row.line, column="instrument", hint=hint)
            row.texts |= {"instrument": key[-1], "multi1": half, "multi2": f"compared with {half}"}


def weeks_are_months(rows: Sequence[Comparison], notes: Notes) -> bool:
    """Say whether the column of weeks holds months, told by rows whose duration is printed with its unit."""
    months = weeks = 0
    for row in rows:
        printed, (time,) = weeks_of(row.texts["duration"]), row.figures("weeks")
        if printed and time > 0:
            weeks += abs(time - printed) < 0.5
            months += abs(time * WEEKS_A_MONTH - printed) < 0.5
    if months < 3 or months <= weeks:
        return False
    message = f"time_weeks holds months: in {months} rows it is the printed duration in months, in {weeks} in weeks."
    notes.add("decided", "weeks_are_months", message, column="time_weeks")
    return True
