"""The analyses of a Cochrane review as outcome domains: measure, direction, arm labels, each told or noted."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from synthesis.errors import DataError
from synthesis.exchange.carried import Carried
from synthesis.exchange.cells import WEEKS_A_MONTH, clean, shown
from synthesis.exchange.importers.keys import slug
from synthesis.exchange.importers.revman.measure import Reading, candidates, measure_of_name, read_analysis
from synthesis.exchange.importers.revman.rows import DataRows
from synthesis.exchange.notes import Notes
from synthesis.exchange.root import Row
from synthesis.exchange.source import Source, read_source

_TIME = re.compile(r"(?P<n>[0-9]+(?:\.[0-9]+)?)\s*-?\s*(?P<unit>week|month|year)s?\b", re.IGNORECASE)
_MONTHS = {"week": 1 / WEEKS_A_MONTH, "month": 1.0, "year": 12.0}
_SETTINGS_NEEDED = ("analysis_group", "analysis_number", "effect_measure")


@dataclass(frozen=True)
class Analysis:
    """One analysis.

    Attributes
    ----------
    members : ndarray of int
        Places of its rows.
    entry : dict
        Its row of the codebook's outcomes.
    reading : Reading
        Which figures it rests on.
    labels : tuple of str
        What the two groups are called.
    months : str
        Time of its results, empty when the name does not say.
    """

    members: np.ndarray
    entry: Row
    reading: Reading
    labels: tuple[str, str]
    months: str


def read_analyses(rows: DataRows, source: Source, path: Path, carried: Carried, notes: Notes) -> list[Analysis]:
    """Return the analyses of a package, in the order of their first rows."""
    settings = _settings_beside(path, notes)
    groups: dict[tuple[str, str], list[int]] = {}
    for place, key in enumerate(zip(rows.texts["group"], rows.texts["analysis"], strict=True)):
        own = carried.of("outcome", source.rows[place]).get("outcome", "")
        groups.setdefault((own, "") if own else key, []).append(place)
    found = candidates(rows)
    taken: set[str] = set()
    analyses = []
    for places in groups.values():
        members = np.array(places)
        key = rows.texts["group"][places[0]], rows.texts["analysis"][places[0]]
        setting = settings.get(key, {})
        reading = read_analysis(rows, members, found, measure_of_name(setting.get("effect_measure", "")))
        entry = _entry(rows, key, members, reading, setting, taken, notes)
        entry |= carried.of("outcome", source.rows[places[0]])
        taken.add(entry["outcome"])
        labels = setting.get("experimental_group_label", ""), setting.get("control_group_label", "")
        name = rows.texts["name"][places[0]]
        months = _months(name)
        if not months and not carried:
            message = f"{entry['label']}: its name gives no single time; 0 stands in."
            notes.add("undecided", "time", message, row=rows.lines[places[0]], column="Analysis name", value=name)
        analyses.append(
            Analysis(members, entry, reading, (labels[0] or "Experimental", labels[1] or "Control"), months)
        )
    return analyses


def _settings_beside(path: Path, notes: Notes) -> dict[tuple[str, str], Row]:
    """Read the settings beside the data rows, if they are there."""
    beside = path.with_name(re.sub("data-rows", "overall-estimates-and-settings", path.name))
    if beside == path or not os.path.lexists(beside):
        notes.add(
            "decided", "settings", "No settings beside the file; measures are told by recomputing printed effects."
        )
        return {}
    table = _read_settings(beside)
    if table is None:
        notes.add("undecided", "settings", f"{beside.name} cannot be read; measures are told by recomputing.")
        return {}
    found = {}
    for cells in table.rows:
        row = {name: clean(cell) for name, cell in zip(table.header, cells, strict=True)}
        found[row["analysis_group"], row["analysis_number"]] = row
        if row.get("swap_event_and_non_event", "").casefold() == "true":
            message = f"Analysis {row['analysis_group']}.{row['analysis_number']} exchanges events and non-events."
            notes.add("differs", "swapped_events", message, hint="Its printed effect is of the non-events.")
    return found


def _read_settings(path: Path) -> Source | None:
    """Read a file of settings, None when it cannot be; one that nobody named may not be a link."""
    if path.is_symlink():
        return None
    known = frozenset({*_SETTINGS_NEEDED, "experimental_group_label", "control_group_label"})
    try:
        return read_source(path, Notes(), known=known, needed=_SETTINGS_NEEDED, what="file of settings")
    except DataError:
        return None


def _entry(
    rows: DataRows,
    key: tuple[str, str],
    members: np.ndarray,
    reading: Reading,
    setting: Row,
    taken: set[str],
    notes: Notes,
) -> Row:
    name, line = rows.texts["name"][members[0]], rows.lines[members[0]]
    number = ".".join(key)
    label = f"{number} {name}".strip()
    base = slug(f"{number} {name}", 60) or "analysis"
    outcome, uses = base, 2
    while outcome in taken:
        outcome, uses = f"{base}_{uses}", uses + 1
    _note_reading(label, line, reading, bool(setting), notes)
    group = setting.get("analysis_group_name", "")
    definition = f"Analysis {number} of the review" + (f", comparison {group}" if group else "") + "."
    better = _better(label, line, setting, notes)
    made = {"outcome": outcome, "label": label, "role": "clinical", "measure": reading.measure, "better": better}
    return made | {"definition": definition}


def _note_reading(label: str, line: int, reading: Reading, by_settings: bool, notes: Notes) -> None:
    what = f"{label}: {reading.measure} from {reading.figures.replace('o_e', 'O-E and variance')}"
    agree = f"; {reading.matched} of {reading.compared} printed effects agree"
    if not reading.told:
        message = f"{what} is a stand-in; neither settings nor the numbers tell the measure{agree}."
        notes.add("undecided", "measure", message, row=line, hint="Set `measure` in codebook/outcomes.csv.")
    else:
        how = "as its settings say" if by_settings else "as its printed effects show"
        notes.add("decided", "measure", f"{what}, {how}{agree}.", row=line)
    if reading.peto:
        message = f"{label}: the review's odds ratios are Peto's; computed here are plain ones, Peto's the cross-check."
        notes.add("differs", "peto", message, row=line)
    if reading.level != 0.95:
        message = f"{label}: intervals are at {100 * reading.level:.0f}%; the standard errors they imply are entered."
        notes.add("decided", "interval_level", message, row=line)


def _better(label: str, line: int, setting: Row, notes: Notes) -> str:
    """Return the direction that is good, told by the side of the plot that favours the experimental group."""
    left, right = (setting.get(f"graph_label_{side}", "").casefold() for side in ("left", "right"))
    ours = ("experimental", "intervention", setting.get("experimental_group_label", "").casefold() or "experimental")
    for text, better in ((left, "lower"), (right, "higher")):
        if "favour" in text and any(word in text for word in ours):
            notes.add("decided", "direction", f"{label}: {better} is better, as its plot is labelled.", row=line)
            return better
    message = f"{label}: nothing says which direction is better; entered as lower, the default of RevMan's plots."
    notes.add(
        "undecided", "direction", message, row=line, hint="Pooled effects do not depend on it, their reading does."
    )
    return "lower"


def _months(name: str) -> str:
    times = {(found["n"], found["unit"].lower()) for found in _TIME.finditer(name)}
    if len(times) != 1:
        return ""
    n, unit = times.pop()
    return shown(round(float(n) * _MONTHS[unit], 1))
