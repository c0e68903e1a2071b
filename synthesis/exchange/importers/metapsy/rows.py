"""Rows of the Metapsy data standard (docs.metapsy.org): one comparison of two arms each, its cells read one by one.

Only what a cell says is settled here; which way a scale points and which effect is used are the next steps.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from synthesis.evidence.contract import WHOLE_NUMBER
from synthesis.exchange.cells import clean, number, whole
from synthesis.exchange.notes import Notes
from synthesis.exchange.source import Source, normalised

TEXTS = {
    "study": ("study",),
    "category": ("outcome_category", "outcome_domain", "symptom_domain"),
    "condition1": ("condition_arm1",),
    "condition2": ("condition_arm2",),
    "multi1": ("multi_arm1",),
    "multi2": ("multi_arm2",),
    "kind": ("outcome_type",),
    "instrument": ("instrument",),
    "rating": ("rating",),
    "time": ("time",),
    "year": ("year",),
    "country": ("country",),
    "format": ("format",),
    "duration": ("duration_int",),
    "reference": ("full_ref", "reference"),
    "dichotomy": ("dich", "dich_paper"),
}
NUMBERS = {
    "weeks": ("time_weeks",),
    "g": (".g",),
    "g_se": (".g_se",),
    "log_rr": (".log_rr",),
    "log_rr_se": (".log_rr_se",),
    "randomised_total": (
        "total_n_randomized",
        "total_n_randomised",
        "n_randomized",
        "n_randomised",
        "n_randomized_total",
        "n_randomised_total",
        "n_rand",
        "rand_total",
        "total_rand",
        "n_randomized_overall",
    ),
    "precalc_g": ("precalc_g",),
    "precalc_g_se": ("precalc_g_se",),
    "precalc_log_rr": ("precalc_log_rr",),
    "precalc_log_rr_se": ("precalc_log_rr_se",),
    **{
        f"{name}{arm}": tuple(f"{head}_{word}{arm}" for head in heads for word in ("arm", "arm_"))
        for arm in (1, 2)
        for name, heads in {
            "mean": ("mean",),
            "sd": ("sd",),
            "n": ("n",),
            "change": ("mean_change",),
            "change_sd": ("sd_change",),
            "change_n": ("n_change",),
            "events": ("event",),
            "total": ("totaln",),
            "randomised": ("rand", "n_randomized", "n_randomised", "n_rand", "randomized", "randomised", "rand_n"),
        }.items()
    },
}
COUNTS = frozenset(
    [
        "randomised_total",
        *(f"{name}{arm}" for name in ("n", "change_n", "events", "total", "randomised") for arm in (1, 2)),
    ]
)

# Made from the other columns by the database's own program; a reader makes them again.
DERIVED = frozenset({".id", ".event_arm1", ".event_arm2", ".totaln_arm1", ".totaln_arm2"})
KNOWN = frozenset(name for names in (*TEXTS.values(), *NUMBERS.values()) for name in names) | DERIVED
NEEDED = ("study", "condition_arm1", "condition_arm2")


@dataclass
class Comparison:
    """One row.

    Attributes
    ----------
    place, line : int
        Its place among the source's rows, and its row in a spreadsheet.
    texts, numbers : dict of str to str
        Cells by the names of `TEXTS` and `NUMBERS`; empty where nothing is reported.
    extra : dict of str to str
        What stands in other columns, by the column's printed name.
    remarks : list of str
        What is to stand in the notes of its outcome row.
    apart : bool
        Whether it is a kind of events with a domain of its own.
    head_to_head : bool
        Whether both arms are active in this database.
    """

    place: int
    line: int
    texts: dict[str, str]
    numbers: dict[str, str]
    extra: dict[str, str]
    remarks: list[str] = field(default_factory=list)
    apart: bool = False
    head_to_head: bool = False

    def given(self, *names: str) -> bool:
        """Say whether each of these numbers is reported."""
        return all(self.numbers[name] for name in names)

    def figures(self, *names: str) -> list[float]:
        """Return these numbers, nan where one is not reported."""
        return [float(self.numbers[name] or "nan") for name in names]


def read_comparisons(source: Source, aside: frozenset[int], notes: Notes) -> list[Comparison]:
    """Read the rows of a source.

    Parameters
    ----------
    source : Source
    aside : frozenset of int
        Places of columns that are read elsewhere: judgements of bias, carried columns.
    notes : Notes
        Takes cells that are no number and rows without a study.
    """
    places = {name: _place(source, names) for name, names in (TEXTS | NUMBERS).items()}
    used = {place for place in places.values() if place is not None} | aside
    others = [place for place, name in enumerate(source.header) if place not in used and name not in DERIVED]
    for name in DERIVED & set(source.header):
        notes.add("left_out", "derived_column", "Made from the other columns; left out.", column=name)
    for place in others:
        if "randomi" in source.header[place] and any(WHOLE_NUMBER.fullmatch(cells[place]) for cells in source.rows):
            message = "The column speaks of people randomised and is not read; its cells stand in notes."
            notes.add("undecided", "column_not_read", message, column=source.printed[place])
    rows = []
    for place, (line, cells) in enumerate(zip(source.lines, source.rows, strict=True)):
        texts = {name: "" if places[name] is None else clean(cells[places[name]]) for name in TEXTS}
        if not texts["study"]:
            message = "The row names no study; left out."
            notes.add("left_out", "no_study", message, row=line, value=";".join(cell for cell in cells if cell))
            continue
        extra = {source.printed[other]: text for other in others if (text := clean(cells[other]))}
        row = Comparison(place, line, texts, {}, extra)
        for name in NUMBERS:
            row.numbers[name] = "" if places[name] is None else _number(source, row, places[name], name, notes)
        rows.append(row)
    return rows


def _place(source: Source, names: tuple[str, ...]) -> int | None:
    return next((source.header.index(name) for name in map(normalised, names) if name in source.header), None)


def _number(source: Source, row: Comparison, place: int, name: str, notes: Notes) -> str:
    raw = source.rows[row.place][place]
    value = number(raw, source.decimal_comma)
    if name in COUNTS and value:
        value = whole(value)
        if value is not None and int(value) < (0 if name.startswith("events") else 1):
            value = None
    if value is not None:
        return value
    column = source.printed[place]
    wanted = "a count" if name in COUNTS else "a number"
    message = f"{raw.strip()[:60]!r} is not {wanted}; the cell is left empty and what it says stands in notes."
    notes.add("undecided", "not_a_number", message, row=row.line, column=column, value=raw)
    row.remarks.append(f"{column} printed as {clean(raw)[:200]}")
    return ""
