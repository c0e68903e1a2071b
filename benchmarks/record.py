"""What a benchmark reports: timings of each contestant, and whether they found the same."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.timing import Timing


@dataclass(frozen=True)
class Entry:
    """One contestant's line.

    Attributes
    ----------
    who, what : str
        The program, and what was called.
    timing : Timing or None
        None where there is nothing to time; `note` then says why.
    scale : float
        Factor from the work that was timed to the work of the other lines; 1 where they are the same.
    note : str
    """

    who: str
    what: str
    timing: Timing | None
    scale: float = 1.0
    note: str = ""

    @property
    def seconds(self) -> float | None:
        """Return the median time for the work of the other lines."""
        return None if self.timing is None else self.timing.median * self.scale

    @property
    def processor_seconds(self) -> float | None:
        """Return the median processor time for the work of the other lines."""
        known = self.timing is not None and self.timing.processor_median is not None
        return self.timing.processor_median * self.scale if known else None


@dataclass(frozen=True)
class Check:
    """Whether two contestants found the same.

    Attributes
    ----------
    what : str
        The number compared, and with whom.
    difference, allowed : float
        Their distance and the largest that counts as agreement, in the unit `what` names.
    """

    what: str
    difference: float
    allowed: float

    @property
    def agrees(self) -> bool:
        """Return whether the distance is allowed; a nan never is."""
        return self.difference <= self.allowed


@dataclass(frozen=True)
class Section:
    """One measurement: its contestants on the same work, the first ours and the unit of the ratios.

    Attributes
    ----------
    title : str
    entries : tuple of Entry
    checks : tuple of Check
    notes : tuple of str
        Whole sentences below the table.
    faults : tuple of str
        What went wrong other than a disagreement, such as a command that failed.
    """

    title: str
    entries: tuple[Entry, ...]
    checks: tuple[Check, ...] = ()
    notes: tuple[str, ...] = ()
    faults: tuple[str, ...] = field(default=())

    @property
    def sound(self) -> bool:
        """Return whether all contestants agree and nothing failed: otherwise the times compare different things."""
        return not self.faults and all(check.agrees for check in self.checks)

    def ratio(self, entry: Entry) -> float | None:
        """Return how many times longer an entry takes than the first."""
        return _quotient(entry.seconds, self.entries[0].seconds)

    def processor_ratio(self, entry: Entry) -> float | None:
        """Return how many times as much processor time an entry takes as the first."""
        return _quotient(entry.processor_seconds, self.entries[0].processor_seconds)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, the ratios and verdicts included."""
        entries = [
            asdict(entry)
            | {
                "seconds": entry.seconds,
                "processor_seconds": entry.processor_seconds,
                "ratio": self.ratio(entry),
                "processor_ratio": self.processor_ratio(entry),
            }
            for entry in self.entries
        ]
        checks = [asdict(check) | {"agrees": check.agrees} for check in self.checks]
        return asdict(self) | {"entries": entries, "checks": checks, "sound": self.sound}


def _quotient(theirs: float | None, ours: float | None) -> float | None:
    """Return theirs / ours; None where either is unknown, or ours too short to be measured."""
    return theirs / ours if theirs is not None and ours else None
