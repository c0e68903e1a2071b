"""Outcome rows of a Cochrane review: the figures its analysis uses, its printed effect, the rest in notes."""

from __future__ import annotations

import math

import numpy as np

from synthesis.choices import RATIOS
from synthesis.exchange.cells import clean, shown, whole
from synthesis.exchange.importers.legal import Draft, close_notes
from synthesis.exchange.importers.revman.analyses import Analysis
from synthesis.exchange.importers.revman.rows import DataRows
from synthesis.exchange.root import DataRoot, Row
from synthesis.statistics.measures import se_from_ci

_SIDES = ((1, "intervention"), (2, "comparator"))
_USED = {
    "means": ("mean1", "sd1", "mean2", "sd2"),
    "events": ("events1", "events2"),
    "generic": ("giv", "giv_se"),
    "o_e": ("o_e", "variance"),
    "printed": (),
    "all": ("mean1", "sd1", "mean2", "sd2", "events1", "events2"),
}
_FIGURES = ("mean1", "sd1", "events1", "mean2", "sd2", "events2", "giv", "giv_se", "o_e", "variance")
_TITLES = {"giv": "GIV Mean", "giv_se": "GIV SE", "o_e": "O-E", "variance": "Variance"}


def result_draft(rows: DataRows, place: int, *, key: str, analysis: Analysis, carried: Row, file: str) -> Draft:
    """Return the outcome row of one data row, its arms still empty."""
    entry, line = analysis.entry, rows.lines[place]
    name = rows.texts["name"][place] or entry["label"]
    made = {"outcome": entry["outcome"], "instrument": name, "timepoint_months": analysis.months or "0"}
    draft = Draft(trial=key, row=made, line=line, better=entry["better"])
    if not analysis.months:
        draft.remarks.append("time not printed, 0 stands in")
    made |= _figures(rows, place, _USED["all"] if carried else _USED[analysis.reading.figures], draft)
    if not carried:
        made |= _estimate(rows, place, analysis)
        if analysis.reading.swapped:
            _swap(made, draft)
    made["source"] = f"{file} row {line}"
    for title, text in (("Subgroup", "subgroup"), ("Applicability", "applicability"), ("Footnotes", "footnotes")):
        if cell := rows.texts[text][place]:
            draft.remarks.append(f"{title}: {cell}")
    if rows.digits["weight"][place]:
        draft.remarks.append(f"Weight: {rows.digits['weight'][place]}")
    if carried:
        draft.remarks = []
    made |= {column: text for column, text in carried.items() if text and column != "outcome"}
    return draft


def _swap(made: Row, draft: Draft) -> None:
    """Enter people without the event where the review analyses them, and say what is printed."""
    for _, side in _SIDES:
        events, total = made.get(f"events_{side}", ""), made.get(f"n_{side}", "")
        if events and total and int(events) <= int(total):
            made[f"events_{side}"] = str(int(total) - int(events))
            draft.remarks.append(f"{side}: {events} of {total} printed with the event, the review analyses the others")


def finish_row(root: DataRoot, draft: Draft, rows: DataRows, place: int, carried: Row) -> None:
    """Enter a row that is distinct and legal, with its scale."""
    close_notes(draft)
    draft.row["notes"] = clean(draft.row["notes"])
    root.trials[draft.trial].outcomes.append(draft.row)
    name, outcome = draft.row["instrument"], draft.row["outcome"]
    made = {"better": draft.better} | carried | {"instrument": name, "outcome": outcome}
    root.instruments.setdefault((name, outcome), made)


def _figures(rows: DataRows, place: int, used: tuple[str, ...], draft: Draft) -> Row:
    made: Row = {}
    for arm, side in _SIDES:
        for name in ("n", "events"):
            text = rows.digits[f"{name}{arm}"][place]
            if name == "events" and "events1" not in used:
                continue
            count = whole(text)
            if count and int(count) >= (1 if name == "n" else 0):
                made[f"{name}_{side}"] = count
            elif text and float(text) != 0:
                draft.remarks.append(f"{name} of the {side} group printed as {text}")
        if "mean1" in used and rows.values[f"sd{arm}"][place] > 0:
            made[f"mean_{side}"], made[f"sd_{side}"] = rows.digits[f"mean{arm}"][place], rows.digits[f"sd{arm}"][place]
        elif "mean1" in used and rows.digits[f"mean{arm}"][place] not in ("", "0"):
            made[f"mean_{side}"] = rows.digits[f"mean{arm}"][place]
    for name in _FIGURES:
        text = rows.digits[name][place]
        if name not in used and text and float(text) != 0:
            draft.remarks.append(f"{_TITLES.get(name, name)} printed as {text}, not used by the analysis")
    return made


def _estimate(rows: DataRows, place: int, analysis: Analysis) -> Row:
    """Return the printed effect; where the package has it only as a log or as O-E, the effect that follows from it."""
    reading, measure = analysis.reading, analysis.reading.measure
    printed = rows.digits["printed"][place]
    lower, upper = rows.digits["lower"][place], rows.digits["upper"][place]
    made = {"effect_measure": measure, "estimate": printed}
    if reading.level == 0.95:
        made |= {"ci_lower": lower, "ci_upper": upper}
    elif lower and upper:
        implied = float(se_from_ci(float(lower), float(upper), reading.level, ratio=measure in RATIOS))
        made["standard_error"] = shown(implied) if np.isfinite(implied) else ""
    effect, se = _own(rows, place, reading.figures, measure)
    if np.isfinite(effect):  # the file's own figures have more digits than what it prints of them
        made |= {"estimate": shown(effect, 15), "ci_lower": "", "ci_upper": "", "standard_error": shown(se, 15)}
    return made if made["estimate"] else {}


def _own(rows: DataRows, place: int, figures: str, measure: str) -> tuple[float, float]:
    if figures == "generic":
        value, se = rows.values["giv"][place], rows.values["giv_se"][place]
    elif figures == "o_e":
        variance = rows.values["variance"][place]
        if not variance > 0:
            return math.nan, math.nan
        value, se = rows.values["o_e"][place] / variance, 1 / math.sqrt(variance)
    else:
        return math.nan, math.nan
    if not se > 0:
        return math.nan, math.nan
    if measure in RATIOS:
        value = math.exp(value) if abs(value) < 500 else math.nan
    return value, se
