"""Tables of the codebook read alone, as text, for commands that need the vocabulary and no trial."""

from __future__ import annotations

import os
from pathlib import Path

from synthesis.errors import DataError
from synthesis.evidence.contract import load_contract
from synthesis.evidence.headers import match_columns
from synthesis.evidence.sheets import MAX_BYTES, Sheet, read_sheet


def read_codebook_table(data: Path | str, name: str) -> list[dict[str, str]]:
    """Read one table of the codebook.

    Parameters
    ----------
    data : path
        The data root.
    name : str
        Name of the table, such as ``codebook_components``.

    Returns
    -------
    list of dict of str to str
        Its rows; an optional table that is not there has none.

    Raises
    ------
    DataError
        With every fault of the file.
    """
    table = load_contract()[name]
    path = Path(data) / table.path
    if table.optional and not os.path.lexists(path):
        return []
    sheet = Sheet(path.as_posix())
    if path.is_symlink() or path.parent.is_symlink():
        sheet.fault("symlink", None, "This is a symbolic link; links are not followed.", "Put the file itself here.")
    elif not path.is_file():
        sheet.fault("missing_file", None, "The file is missing.", "A data root holds a codebook; give it with --data.")
    elif path.stat().st_size > MAX_BYTES:
        sheet.fault("oversize_file", None, "The file is too long.", "Check that this is the file you meant.")
    else:
        sheet = read_sheet(path.read_bytes(), sheet.file, table.columns)
    positions = match_columns(table, sheet) if sheet.has_header else {}
    if sheet.findings:
        raise DataError(sheet.findings)
    return [
        {column: cells[place] if (place := positions.get(column)) is not None else "" for column in table.columns}
        for cells in sheet.cells
    ]
