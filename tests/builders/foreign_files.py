"""Small files in other people's formats, whole or with other rows; see tests/foreign/README.md."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "foreign"
METAPSY, *METAPSY_ROWS = (FOLDER / "metapsy.csv").read_text(encoding="utf-8").splitlines()
COCHRANE, *COCHRANE_ROWS = (FOLDER / "cochrane-data-rows.csv").read_text(encoding="utf-8").splitlines()


def metapsy(path: Path, rows: Sequence[str] = METAPSY_ROWS) -> Path:
    """Write a database in the Metapsy standard."""
    path.write_text("\n".join([METAPSY, *rows, ""]), encoding="utf-8")
    return path


def data_rows(path: Path, rows: Sequence[str] = COCHRANE_ROWS) -> Path:
    """Write data rows of a review."""
    path.write_text("\n".join([COCHRANE, *rows, ""]), encoding="utf-8")
    return path


def data_row(**cells: object) -> str:
    """Return one data row of a study in analysis 1.1; cells by their heading with underscores: Experimental_mean."""
    row = {"Analysis_group": 1, "Analysis_number": 1, "Analysis_name": "Result", "Study": "Fir 2001"} | cells
    return ",".join(str(row.get(name.replace(" ", "_").replace("-", "_"), "")) for name in COCHRANE.split(","))
