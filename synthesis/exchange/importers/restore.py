"""What a file exported by this toolkit carries beside its rows, put back: judgements, decisions, citations."""

from __future__ import annotations

from itertools import product

from synthesis.exchange.bibtex import Stub
from synthesis.exchange.carried import Carried
from synthesis.exchange.notes import Notes
from synthesis.exchange.root import DataRoot, Row


def restore_tables(root: DataRoot, key: str, carried: Carried, cells: list[str], line: int, notes: Notes) -> None:
    """Put back the judgements and decisions that the first row of a trial carries."""
    trial = root.trials[key]
    if judged := carried.whole("risk_of_bias", cells, key, line, notes):
        trial.risk_of_bias = judged
    there = {address for row in trial.outcomes for address in _addresses(row)}
    for decision in carried.whole("decisions", cells, key, line, notes):
        address = decision["outcome"], decision["instrument"], decision["timepoint_months"]
        if address in there:
            trial.decisions.append(decision)
        else:
            message = f"The decision {decision['decision']} hits no row of {key}; left out."
            notes.add("left_out", "carried_decisions", message, trial=key, row=line, value=decision["reason"])


def cite(root: DataRoot) -> None:
    """Give every citation that the tables hold an entry, a stub where the file says nothing of it."""
    cells = [trial.trial.get("other_reports", "") for trial in root.trials.values()]
    cells += [instrument.get("citation", "") for instrument in root.instruments.values()]
    for key in dict.fromkeys(name.strip() for cell in cells for name in cell.split(";")):
        if key:
            root.stubs.setdefault(key, Stub(key, "", f"Reference not in the imported file: {key}", ""))


def _addresses(row: Row) -> list[tuple[str, ...]]:
    return list(product([row["outcome"]], [row["instrument"], ""], [row["timepoint_months"], ""]))
