"""The import report: what was repaired, decided, left undecided or left out, each with its place in the source."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Literal

Kind = Literal["repaired", "decided", "differs", "undecided", "left_out"]

KINDS: dict[Kind, str] = {
    "repaired": "Read otherwise than it stands in the file, because what is meant is plain",
    "decided": "Settled from the numbers themselves",
    "differs": "Numbers of the file that contradict one another; kept as they stand",
    "undecided": "Could not be settled from the file; a stand-in was used or the cell left empty",
    "left_out": "Has no place in what was written; what it held is said here or stands in notes",
}
_EXAMPLES = 2


@dataclass(frozen=True)
class Note:
    """One thing a person should know of an import.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    rule : str
        Short name of what happened.
    trial : str
        Key of the trial, empty where the whole file is meant.
    row : int or None
        Row of the source as a spreadsheet shows it.
    column, value : str
        The cell as it stands in the source.
    message, hint : str
        What was found, and what to do about it.
    """

    kind: Kind
    rule: str
    trial: str
    row: int | None
    column: str
    value: str
    message: str
    hint: str


COLUMNS = tuple(item.name for item in fields(Note))


@dataclass
class Notes:
    """The notes of one import, in the order in which they arose."""

    notes: list[Note] = field(default_factory=list)

    def add(
        self,
        kind: Kind,
        rule: str,
        message: str,
        *,
        hint: str = "",
        trial: str = "",
        row: int | None = None,
        column: str = "",
        value: str = "",
    ) -> None:
        """Add a note."""
        self.notes.append(Note(kind, rule, trial, row, column, value[:500], message, hint))

    def rows(self) -> list[list[str]]:
        """Return the report's rows, gravest kinds last, as in the terminal."""
        order = {kind: place for place, kind in enumerate(KINDS)}
        ranked = sorted(self.notes, key=lambda note: order[note.kind])
        return [["" if (cell := getattr(note, name)) is None else str(cell) for name in COLUMNS] for note in ranked]

    def counts(self) -> Counter[tuple[Kind, str]]:
        """Count the notes of each kind and rule."""
        return Counter((note.kind, note.rule) for note in self.notes)

    def summary(self) -> str:
        """Return the report in a few lines a rule."""
        lines = []
        for kind, says in KINDS.items():
            rules = {rule: n for (k, rule), n in self.counts().items() if k == kind}
            if rules:
                lines.append(f"{says}:")
            for rule, n in sorted(rules.items(), key=lambda item: -item[1]):
                lines += self._examples(kind, rule, n)
        return "\n".join(lines)

    def _examples(self, kind: Kind, rule: str, n: int) -> list[str]:
        of_rule = [note for note in self.notes if (note.kind, note.rule) == (kind, rule)]
        shown = [f"      {_place(note)}{note.message}" for note in of_rule[:_EXAMPLES]]
        more = [f"      ... and {n - _EXAMPLES} more"] if n > _EXAMPLES else []
        return [f"  {rule} ({n})", *shown, *more]


def _place(note: Note) -> str:
    where = ", ".join(filter(None, [f"row {note.row}" if note.row else "", note.column, note.trial]))
    return f"{where}: " if where else ""
