"""What a package says of its studies beside their results: years, characteristics, judgements of bias."""

from __future__ import annotations

from synthesis.exchange.cells import clean
from synthesis.exchange.importers.bias import add_judgements, bias_columns
from synthesis.exchange.notes import Notes
from synthesis.exchange.root import DataRoot
from synthesis.exchange.source import Source

_LONGEST = 5000  # characters of one characteristic; the rest is in the review


def study_information(source: Source | None) -> dict[str, dict[str, str]]:
    """Return what the file of study information says, by study and normalised column."""
    if source is None:
        return {}
    place = source.header.index("study")
    return {
        clean(cells[place]): {name: clean(cell) for name, cell in zip(source.header, cells, strict=True)}
        for cells in source.rows
    }


def enter_information(root: DataRoot, keys: dict[str, str], source: Source | None, notes: Notes) -> None:
    """Enter years, people and notes of the studies that have results; others are counted as left out."""
    told = study_information(source)
    for study, cells in told.items():
        if study not in keys:
            continue
        trial = root.trials[keys[study]].trial
        if people := cells.get("char_participants", ""):
            trial["population"] = trial.get("population") or people[:_LONGEST]
        said = [
            f"{name.removeprefix('char_').replace('_', ' ')}: {text[:_LONGEST]}"
            for name, text in cells.items()
            if name.startswith("char_") and name != "char_participants" and text
        ]
        trial["notes"] = clean("; ".join(filter(None, [trial.get("notes", ""), *said])))
    without = sorted(set(told) - set(keys))
    if without:
        named = ", ".join(without[:5]) + (" ..." if len(without) > 5 else "")
        message = (
            f"{len(without)} studies of the package have no result in any analysis, so they are no trials here: {named}"
        )
        notes.add("left_out", "study_without_result", message)


def enter_judgements(root: DataRoot, keys: dict[str, str], source: Source | None, notes: Notes) -> None:
    """Enter the judgements of a package's file of bias; its reasons have no column in the contract and are counted."""
    if source is None:
        return
    columns, place = bias_columns(source), source.header.index("study")
    judged: dict[str, list[int]] = {}
    for number, cells in enumerate(source.rows):
        if key := keys.get(clean(cells[place])):
            judged.setdefault(key, []).append(number)
    for key, members in judged.items():
        there = {(row["tool"], row["domain"]) for row in root.trials[key].risk_of_bias}
        new = {place: domain for place, domain in columns.items() if domain not in there}
        add_judgements(root.trials[key], key, source, new, members, notes)
    reasons = sum(name.endswith("_support") or name.startswith("domain_support") for name in source.header)
    if reasons:
        message = f"{reasons} columns with the reasons of judgements of bias have no place in the contract."
        notes.add("left_out", "bias_reasons", message)
    if not columns:
        notes.add("undecided", "risk_of_bias", f"{source.file} holds no judgement in words that could be read.")
