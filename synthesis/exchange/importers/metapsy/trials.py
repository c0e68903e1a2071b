"""The trial itself, from what its comparisons say together; every stand-in is named in its notes."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from synthesis.errors import DataError
from synthesis.evidence.vocabulary import NO_COUNTRY
from synthesis.exchange.bibtex import make_stub
from synthesis.exchange.cells import clean
from synthesis.exchange.importers.keys import read_label, same_name, study_year
from synthesis.exchange.importers.metapsy.rows import Comparison
from synthesis.exchange.notes import Notes
from synthesis.exchange.root import DataRoot, Row, Trial
from synthesis.exchange.source import read_bytes


def enter_trial(
    root: DataRoot, key: str, rows: Sequence[Comparison], carried: Row, references: dict[str, str], notes: Notes
) -> None:
    """Enter the trial table and the reference of one study, from all its rows."""
    trial, study = root.trials[key], rows[0].texts["study"]
    remarks = common_extras(rows)
    years = [year for row in rows if (year := row.texts["year"])]
    year = study_year(key, years, study, notes)
    countries = list(dict.fromkeys(row.texts["country"] for row in rows if row.texts["country"]))
    known = not carried
    made = {
        "year": year,
        "country": "; ".join(countries) or NO_COUNTRY,
        "design": "parallel",
        "n_randomised": carried.get("n_randomised") or _randomised(trial, key, rows, remarks, notes),
        "source": f"imported, study {study!r}" if known else "",
        "notes": clean("; ".join(remarks)) if known else "",
    }
    trial.trial = made | {name: text for name, text in carried.items() if name != "key"}
    if not countries and known:
        notes.add("undecided", "country", "No country is given; entered as not stated.", trial=key)
    reference = references.get(study, "") or next(
        (row.texts["reference"] for row in rows if row.texts["reference"]), ""
    )
    root.stubs[key] = make_stub(read_label(study).name, year, study, reference)


def common_extras(rows: Sequence[Comparison]) -> list[str]:
    """Take from the rows of a trial what all of them say alike, as remarks about the trial."""
    shared = []
    for name in list(rows[0].extra):
        values = {row.extra.get(name, "") for row in rows}
        if len(values) == 1:
            shared.append(f"{name}: {values.pop()}")
            for row in rows:
                row.extra.pop(name)
    return shared


def _randomised(trial: Trial, key: str, rows: Sequence[Comparison], remarks: list[str], notes: Notes) -> str:
    totals = [int(row.numbers["randomised_total"]) for row in rows if row.numbers["randomised_total"]]
    if totals:
        if len(set(totals)) > 1:
            said = ", ".join(map(str, sorted(set(totals))))
            message = f"Rows of the trial give different numbers randomised ({said}); the largest is entered."
            notes.add("differs", "n_randomised", message, trial=key)
        return str(max(totals))
    for names, rule, what in (
        (("randomised",), "", ""),
        (("n", "change_n", "total"), "n_randomised", "the number analysed in its arms stands in, a lower bound"),
    ):
        largest: dict[tuple[int, str], int] = {}
        for row in rows:
            for arm in (1, 2):
                sizes = [int(row.numbers[f"{name}{arm}"]) for name in names if row.numbers[f"{name}{arm}"]]
                label = same_name(f"{row.texts[f'condition{arm}']} {row.texts[f'multi{arm}']}")
                largest[arm, label] = max([largest.get((arm, label), 0), *sizes])
        if {arm for (arm, _), size in largest.items() if size} == {1, 2}:
            return _stand_in(sum(largest.values()), rule, what, key, remarks, notes)
    for row in rows:
        (se,) = row.figures("g_se")
        if se > 0:
            what = "what its effect's standard error implies for two equal arms stands in"
            return _stand_in(max(2, round(4 / se**2)), "n_randomised", what, key, remarks, notes)
    return _stand_in(2, "n_randomised", "and no size is given at all; 2 stands in", key, remarks, notes)


def _stand_in(size: int, rule: str, what: str, key: str, remarks: list[str], notes: Notes) -> str:
    if rule:
        message = f"The number randomised is not given; {what}: {size}."
        remarks.insert(0, message)
        notes.add("undecided", rule, message, trial=key)
    return str(size)


_PLACES = ("references.json", "metadata/references.json")


def references_beside(source: Path, notes: Notes) -> dict[str, str]:
    """Return the references in `references.json` beside a file by study label; empty when there is none to be read."""
    for name in _PLACES:
        path = source.parent / name
        if not os.path.lexists(path):
            continue
        try:
            content = json.loads(read_bytes(path, beside=True).decode("utf-8-sig"))
        except (DataError, ValueError, RecursionError) as error:
            message = f"{name} beside the file cannot be read ({str(error)[:200]}); references are left to you."
            notes.add("undecided", "references", message)
            return {}
        if isinstance(content, dict):
            return {clean(key): clean(text) for key, text in content.items() if isinstance(text, str)}
        notes.add("undecided", "references", f"{name} beside the file is no list of references by study; not used.")
        return {}
    return {}
