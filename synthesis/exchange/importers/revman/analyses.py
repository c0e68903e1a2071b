"""The analyses of a Cochrane review as outcome domains: measure, direction, arm labels, each told or noted."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from synthesis.evidence.vocabulary import UNSETTLED
from synthesis.exchange.carried import Carried
from synthesis.exchange.importers.keys import slug
from synthesis.exchange.importers.revman.labels import better_by_labels
from synthesis.exchange.importers.revman.measure import Reading, candidates, measure_of_name, read_analysis
from synthesis.exchange.importers.revman.parts import Part, parts_of
from synthesis.exchange.importers.revman.rows import DataRows, plain
from synthesis.exchange.importers.revman.times import holds_an_age, months_in
from synthesis.exchange.importers.stated import Stated
from synthesis.exchange.notes import Notes
from synthesis.exchange.root import Row
from synthesis.exchange.source import Source

SETTLE = 'Import again with --better higher or --better lower, or --better "NAME=lower" for one analysis.'
NO_TOTAL = "no total in the review"


@dataclass(frozen=True)
class Analysis:
    """One analysis, or a part of one that is a domain of its own.

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
    setting : dict
        The review's settings and printed pool; empty where there are none, or the part has no pool of its own.
    """

    members: np.ndarray
    entry: Row
    reading: Reading
    labels: tuple[str, str]
    months: str
    setting: Row = field(default_factory=dict)


def read_analyses(
    rows: DataRows, source: Source, settings: Source | None, carried: Carried, stated: Stated, notes: Notes
) -> list[Analysis]:
    """Return the analyses of a package, in the order of their first rows."""
    of_analysis = _settings(settings, notes)
    groups: dict[tuple[str, str], list[int]] = {}
    for place, key in enumerate(zip(rows.texts["group"], rows.texts["analysis"], strict=True)):
        own = carried.of("outcome", source.rows[place]).get("outcome", "")
        groups.setdefault((own, "") if own else key, []).append(place)
    found = candidates(rows)
    taken: set[str] = set()
    analyses = []
    for places in groups.values():
        key = rows.texts["group"][places[0]], rows.texts["analysis"][places[0]]
        setting = of_analysis.get(key, {})
        label = f"{'.'.join(key)} {rows.texts['name'][places[0]]}".strip()
        swap = {"true": True, "false": False}.get(setting.get("swap_event_and_non_event", "").casefold())
        reading = read_analysis(rows, np.array(places), found, measure_of_name(setting.get("effect_measure", "")), swap)
        _note_reading(label, rows.lines[places[0]], reading, bool(setting), notes)
        overall = setting.get("overall_estimates", "").casefold()
        parts = [Part(np.array(places), "", False)] if carried else parts_of(rows, places, overall, label, notes)
        better = "" if carried else _better(label, rows, places[0], setting, stated, notes)
        for part in parts:
            entry = _entry(label, part, reading, better, setting, taken)
            entry |= carried.of("outcome", source.rows[places[0]])
            taken.add(entry["outcome"])
            own = setting if not part.subgroup and not part.withheld else {}
            analyses.append(_analysis(rows, part, entry, reading, setting, own, carried, notes))
    return analyses


def _analysis(
    rows: DataRows,
    part: Part,
    entry: Row,
    reading: Reading,
    setting: Row,
    printed: Row,
    carried: Carried,
    notes: Notes,
) -> Analysis:
    first = part.members[0]
    name = rows.texts["name"][first]
    months = months_in(name, part.subgroup)
    if not months and not carried:
        age = " (what it holds is an age, a gestation or a limit)" if holds_an_age(name) else ""
        message = f"{entry['label']}: its name gives no single time{age}; 0 stands in."
        notes.add("undecided", "time", message, row=rows.lines[first], column="Analysis name", value=name)
    labels = setting.get("experimental_group_label", ""), setting.get("control_group_label", "")
    named = labels[0] or "Experimental", labels[1] or "Control"
    return Analysis(part.members, entry, reading, named, months, printed)


def _settings(table: Source | None, notes: Notes) -> dict[tuple[str, str], Row]:
    """Return each analysis's settings, by its group and number."""
    if table is None:
        message = (
            "No settings beside the file; measures are told by recomputing printed effects, directions by nothing."
        )
        notes.add("decided", "settings", message)
        return {}
    found = {}
    for cells in table.rows:
        row = {name: plain(cell) for name, cell in zip(table.header, cells, strict=True)}
        found[row["analysis_group"], row["analysis_number"]] = row
    return found


def _entry(label: str, part: Part, reading: Reading, better: str, setting: Row, taken: set[str]) -> Row:
    full = f"{label}: {part.subgroup}" if part.subgroup else label
    if reading.swapped:
        full = f"{full} (people without the event)"
    if not reading.told:
        full = f"{full} (measure not told, {reading.measure} stands in)"
    if part.withheld:
        full = f"{full} ({NO_TOTAL})"
    base = slug(f"{label} {part.subgroup}".strip(), 60) or "analysis"
    outcome, uses = base, 2
    while outcome in taken:
        outcome, uses = f"{base[:56]}_{uses}", uses + 1
    group = setting.get("analysis_group_name", "")
    definition = f"Analysis {label.partition(' ')[0]} of the review" + (f", comparison {group}" if group else "") + "."
    made = {"outcome": outcome, "label": full, "role": "clinical", "measure": reading.measure, "better": better}
    return made | {"definition": definition}


def _note_reading(label: str, line: int, reading: Reading, by_settings: bool, notes: Notes) -> None:
    what = f"{label}: {reading.measure} from {reading.figures.replace('o_e', 'O-E and variance')}"
    agree = f"; {reading.matched} of {reading.compared} printed effects and intervals agree"
    if not reading.told:
        message = f"{what} is a stand-in; neither settings nor the numbers tell the measure{agree}."
        notes.add("undecided", "measure", message, row=line, hint="Set `measure` in codebook/outcomes.csv.")
    else:
        how = "as its settings say" if by_settings else "as its printed effects and intervals show"
        notes.add("decided", "measure", f"{what}, {how}{agree}.", row=line)
    if reading.peto:
        message = f"{label}: the review's odds ratios are Peto's, and so are those here."
        notes.add("decided", "peto", message, row=line)
    if reading.swapped:
        message = (
            f"{label}: the review analyses people without the event; they are entered as its events, and the printed "
            "ones stand in notes."
        )
        notes.add("decided", "swapped_events", message, row=line)
    if reading.level != 0.95:
        message = f"{label}: intervals are at {100 * reading.level:.0f}%; the standard errors they imply are entered."
        notes.add("decided", "interval_level", message, row=line)


def _better(label: str, rows: DataRows, place: int, setting: Row, stated: Stated, notes: Notes) -> str:
    """Return the good direction: as stated, as the plot's labels say, else unsettled."""
    line = rows.lines[place]
    if (
        said := stated.of_name(label)
        or stated.of_name(rows.texts["name"][place])
        or stated.of_name(label.split(" ")[0])
    ):
        notes.add("decided", "direction", f"{label}: {said} is better, as stated.", row=line)
        return said
    left, right = (setting.get(f"graph_label_{side}", "") for side in ("left", "right"))
    experimental, control = (
        setting.get(f"{group}_group_label", "") or setting.get(f"{group}_intervention", "")
        for group in ("experimental", "control")
    )
    if better := better_by_labels(left, right, experimental, control):
        message = f"{label}: {better} is better, as its plot is labelled ({left} | {right})."
        notes.add("decided", "direction", message, row=line)
        return better
    if stated.default:
        notes.add("decided", "direction", f"{label}: {stated.default} is better, as stated for all the rest.", row=line)
        return stated.default
    labelled = f" (its plot is labelled {left} | {right})" if left or right else ""
    message = f"{label}: nothing says which direction is better{labelled}, so no side is named."
    notes.add("undecided", "direction", message, row=line, hint=SETTLE)
    return UNSETTLED
