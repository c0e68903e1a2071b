"""What a calibration found, kept in a file beside the evidence, and whether it is still about that evidence."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from synthesis import __version__
from synthesis.answers.calibration.cells import Row
from synthesis.answers.calibration.designs import Design, designs_of, fingerprints
from synthesis.answers.calibration.plan import Cell, Sizes
from synthesis.choices import CI, LEVEL, METHOD, RHO
from synthesis.errors import SynthesisError
from synthesis.evidence import Evidence
from synthesis.files import new_file, read_kept
from synthesis.results import Result, plain
from synthesis.wording import count

FILE = "calibration.json"
KIND = "synthesis calibration"
FORMAT = 1
SHORT = 12
LIBRARIES = ("numpy", "scipy")
COLUMNS = [*Cell.__dataclass_fields__, "label", *Row.__dataclass_fields__]
NOT_OURS = "{path} is no file that `synthesis calibrate` wrote: {why}. Choose another name, or delete it."
DONE = "{cells} of simulated reviews, {sets} data sets each for the tests of intervals"
PART = "{done} of {planned} cells of simulated reviews so far"


class CalibrationFileError(SynthesisError):
    """A file is not what a calibration wrote; the message says which and why."""


@dataclass(frozen=True, eq=False)
class Calibration(Result):
    """How often the tests and intervals of these pages are right, by simulation.

    Attributes
    ----------
    seed : int
    sizes : Sizes
    designs : dict of str
        Fingerprint of each design that was simulated, by name.
    labels : dict of str
        Their names in words.
    trials : dict of int
        Their effects.
    cells : dict
        Rows by cell, in the order of the plan.
    planned : int
        Cells that the whole plan has.
    versions : dict of str
        Of this package, Python and the libraries.
    earlier : tuple of str
        Designs whose evidence has changed since, by their label; known once compared (`read_calibration`).

    Examples
    --------
    >>> calibration = read_calibration(evidence)
    >>> calibration.seed, calibration.is_complete
    (20150101, True)
    >>> calibration.to_frame().columns.tolist()[:6]
    ['kind', 'design', 'score', 'tau2', 'omega2', 'slope']
    """

    seed: int
    sizes: Sizes
    designs: Mapping[str, str]
    labels: Mapping[str, str]
    trials: Mapping[str, int]
    cells: Mapping[Cell, tuple[Row, ...]]
    planned: int
    versions: Mapping[str, str]
    earlier: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether every planned cell is there."""
        return len(self.cells) >= self.planned

    @property
    def evidence(self) -> str:
        """One fingerprint of all that was simulated."""
        told = json.dumps(dict(self.designs), sort_keys=True)
        return sha256(told.encode("utf-8")).hexdigest()

    @property
    def settings(self) -> dict[str, Any]:
        """What decides the numbers beside the evidence."""
        model = {"method": METHOD, "ci": CI, "level": LEVEL, "rho": RHO}
        return {"seed": self.seed, **asdict(self.sizes), **model}

    def compared(self, today: Mapping[str, Design]) -> Calibration:
        """Return it with the designs named that today's evidence does not give."""
        now = fingerprints({name: today[name] for name in self.designs if name in today})
        gone = [self.labels[name] for name, own in self.designs.items() if now.get(name) != own]
        return replace(self, earlier=tuple(gone))

    def to_frame(self) -> pd.DataFrame:
        """Return a row a figure: the cell's settings, whose test, what was counted, its value and Monte-Carlo error."""
        return self._frame.copy()

    @cached_property
    def _frame(self) -> pd.DataFrame:
        rows = [
            {**vars(cell), "label": self.labels[cell.design], **vars(row)}
            for cell, own in self.cells.items()
            for row in own
        ]
        return pd.DataFrame(rows, columns=COLUMNS)

    def to_dict(self) -> dict[str, Any]:
        """Return what the file holds."""
        return {
            "kind": KIND,
            "format": FORMAT,
            "versions": dict(self.versions),
            "settings": self.settings,
            "evidence": self.evidence,
            "designs": {
                name: {"label": self.labels[name], "effects": self.trials[name], "sha256": own}
                for name, own in self.designs.items()
            },
            "planned": self.planned,
            "cells": [{**cell.to_dict(), "rows": [asdict(row) for row in own]} for cell, own in self.cells.items()],
        }

    def __str__(self) -> str:
        if not self.is_complete:
            return PART.format(done=len(self.cells), planned=self.planned)
        return DONE.format(cells=count(len(self.cells), "cell"), sets=f"{self.sizes.sets:,}")


def versions_now() -> dict[str, str]:
    """Return the versions that a calibration of today is made with."""
    own = {"synthesis": __version__, "python": platform.python_version()}
    return own | {name: version(name) for name in LIBRARIES}


def empty_calibration(designs: Mapping[str, Design], planned: int, sizes: Sizes, seed: int) -> Calibration:
    """Return a calibration of which nothing has been computed."""
    return Calibration(
        seed=seed,
        sizes=sizes,
        designs=fingerprints(designs),
        labels={name: design.label for name, design in designs.items()},
        trials={name: len(design.yi) for name, design in designs.items()},
        cells={},
        planned=planned,
        versions=versions_now(),
    )


def write_calibration(found: Calibration, path: Path) -> None:
    """Write a calibration, a cell a line, whole or not at all."""
    content = plain(found.to_dict())
    cells = ",\n".join(_line(cell) for cell in content.pop("cells"))
    head = json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False).rsplit("\n}", 1)[0]
    with new_file(path, force=True) as place:
        place.write_text(f'{head},\n "cells": [\n{cells}\n ]\n}}\n', encoding="utf-8", newline="\n")


def load_calibration(path: Path) -> Calibration:
    """Read a calibration as it was written.

    Raises
    ------
    CalibrationFileError
        For a file that `write_calibration` did not write.
    """
    refused = lambda why: CalibrationFileError(NOT_OURS.format(path=path, why=why))  # noqa: E731
    return read_kept(path, kind=KIND, form=FORMAT, refused=refused, of=_of)


def read_calibration(evidence: Evidence) -> Calibration | None:
    """Read the calibration that lies in a data root, compared with the evidence of today.

    Parameters
    ----------
    evidence : Evidence

    Returns
    -------
    Calibration or None
        None where the root has none.

    Examples
    --------
    >>> print(read_calibration(evidence))
    198 cells of simulated reviews, 20,000 data sets each for the tests of intervals
    """
    path = evidence.root / FILE
    return load_calibration(path).compared(designs_of(evidence)) if path.is_file() else None


def _line(cell: Mapping[str, Any]) -> str:
    return "  " + json.dumps(cell, allow_nan=False, ensure_ascii=False)


def _of(content: Mapping[str, Any]) -> Calibration:
    settings, designs = content["settings"], content["designs"]
    cells = {}
    for own in content["cells"]:
        rows = [
            Row(**{name: float("nan") if value is None else value for name, value in row.items()})
            for row in own["rows"]
        ]
        cells[Cell(**{name: own[name] for name in Cell.__dataclass_fields__})] = tuple(rows)
    return Calibration(
        seed=settings["seed"],
        sizes=Sizes(**{name: settings[name] for name in Sizes.__dataclass_fields__}),
        designs={name: own["sha256"] for name, own in designs.items()},
        labels={name: own["label"] for name, own in designs.items()},
        trials={name: own["effects"] for name, own in designs.items()},
        cells=cells,
        planned=content["planned"],
        versions=content["versions"],
    )
