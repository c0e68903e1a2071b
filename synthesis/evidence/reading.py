"""A data root read as it stands: every table as text, every file's hash, and the faults files themselves can have.

Reading never repairs. A fault never stops it either: all of them come back in one pass, whatever the bytes, and what
the cells say is left to `synthesis.evidence.checks`.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from math import isfinite, nan
from pathlib import Path

import numpy as np
import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.contract import NUMBER, TRIAL_NAME, Scope, Table, load_contract, tables_of
from synthesis.evidence.findings import finding
from synthesis.evidence.headers import check_row_count, match_columns, nearest
from synthesis.evidence.sheets import MAX_BYTES, Sheet, read_sheet

# What operating systems and spreadsheets leave behind without being asked.
_LEFTOVERS = frozenset({".DS_Store", ".gitkeep", ".ipynb_checkpoints", "Thumbs.db", "desktop.ini"})
_LOCK_PREFIXES = ("~$", ".~lock.")


@dataclass(frozen=True, eq=False)
class RawEvidence:
    """A data root as text.

    Attributes
    ----------
    root : Path
        The data root, as given.
    tables : mapping of str to DataFrame
        One frame per table of the contract, over all trials, in order of trial and row. Columns: `trial` (tables of a
        trial only), `file` (as a user would type it), `row` (as a spreadsheet shows it; the column is `file_row` in a
        table that has a `row` of its own), then the contract's columns as text. An empty cell is ``""``; a cell of a
        column that is missing or misspelt is NA.
    trials : tuple of str
        Names of the trial folders, sorted.
    findings : tuple of Finding
        Faults of folders and files.
    files : mapping of str to str
        SHA-256 of each file read, by its path below the root.
    whole : frozenset of str
        Paths below the root of the tables that were read without any loss.
    """

    root: Path
    tables: Mapping[str, pd.DataFrame]
    trials: tuple[str, ...]
    findings: tuple[Finding, ...]
    files: Mapping[str, str]
    whole: frozenset[str]

    def only(self, trials: Iterable[str]) -> RawEvidence:
        """Return the cells of some trials, with the codebook; lists that speak of all trials are empty.

        `files`, `whole` and `findings` shrink with it.
        """
        wanted = set(trials)
        scope = {name: load_contract()[name].scope for name in self.tables}
        tables = {name: _part(frame, scope[name], wanted) for name, frame in self.tables.items()}
        kept = {path for path in self.files if path.startswith("codebook/") or _folder_of(path) in wanted}
        shown = {(self.root / path).as_posix() for path in kept}
        return RawEvidence(
            root=self.root,
            tables=tables,
            trials=tuple(trial for trial in self.trials if trial in wanted),
            findings=tuple(finding for finding in self.findings if finding.file in shown),
            files={path: digest for path, digest in self.files.items() if path in kept},
            whole=self.whole & kept,
        )

    def is_whole(self, table: str, trial: str = "") -> bool:
        """Say whether a table (of one trial, where it is a trial's) was read without any loss."""
        return load_contract()[table].path.format(trial=trial) in self.whole


def read_root(data: Path | str) -> RawEvidence:
    """Read every table of a data root as text.

    Parameters
    ----------
    data : path
        The folder with ``codebook`` and ``trials``.

    Returns
    -------
    RawEvidence
        Its `findings` hold every fault of folders and files; nothing is raised.
    """
    root = Path(data)
    walk = _Walk(root)
    if not any(os.path.isdir(root / folder) for folder in ("codebook", "trials")):
        message = "This is not a data root: it has neither a codebook nor a trials folder."
        walk.fault("not_a_data_root", "", message, "Give the folder that holds them with --data.")
        return walk.result(())

    walk.read_folder("", tables_of("root"), also=("codebook", "judgements", "trials"))
    if walk.is_folder("codebook"):
        walk.read_folder("codebook", tables_of("codebook"))
    if os.path.lexists(root / "judgements") and not os.path.islink(root / "judgements"):
        walk.read_folder("judgements", tables_of("judgements"))
    trials = walk.trial_folders() if walk.is_folder("trials") else ()
    for trial in trials:
        walk.read_folder(f"trials/{trial}", tables_of("trial"), trial=_printable(trial))
    return walk.result(tuple(_printable(trial) for trial in trials))


def typed(raw: pd.DataFrame, table: str) -> pd.DataFrame:
    """Give the columns of a raw frame their types.

    Parameters
    ----------
    raw : DataFrame
        A frame of `RawEvidence.tables`, or rows of one.
    table : str
        Name of the table.

    Returns
    -------
    DataFrame
        The same rows and columns. Numbers, whole ones too, are floats, and NaN where the cell is empty (or no number of
        the contract); every other column is text, and ``""`` where the cell is empty.
    """
    fields = load_contract()[table].fields
    if raw.empty:
        return raw.astype({field.name: "float64" for field in fields if field.is_number})
    frame = raw.copy()
    for field in fields:
        column = raw[field.name]
        if field.is_number:
            frame[field.name] = np.array([to_number(cell) for cell in column.tolist()], dtype="float64")
        elif column.array.isna().any():
            frame[field.name] = column.fillna("")
    return frame


def to_number(text: object) -> float:
    """Return the number a cell holds, NaN when it is empty or holds none the contract allows."""
    if isinstance(text, str) and NUMBER.fullmatch(text):
        value = float(text)
        return value if isfinite(value) else nan
    return nan


class _Walk:
    """Collects tables, hashes and faults while the folders of one data root are visited."""

    def __init__(self, root: Path):
        self.root = root
        self.findings: list[Finding] = []
        self.files: dict[str, str] = {}
        self.whole: set[str] = set()
        self.columns: dict[str, dict[str, list]] = {
            table.name: {name: [] for name in _frame_columns(table)} for table in load_contract().values()
        }

    def result(self, trials: tuple[str, ...]) -> RawEvidence:
        """Return what was collected."""
        tables = {name: _frame(load_contract()[name], columns) for name, columns in self.columns.items()}
        return RawEvidence(self.root, tables, trials, tuple(self.findings), self.files, frozenset(self.whole))

    def fault(self, rule: str, place: str, message: str, hint: str, value: str | None = None) -> None:
        """Add a fault of a whole file or folder."""
        self.findings.append(finding(rule, self.shown(place), message, hint, value=value))

    def shown(self, place: str) -> str:
        """Return a path below the root as a user would type it, printable whatever bytes its name holds."""
        return _printable(os.fspath(self.root / place)).replace(os.sep, "/")

    def is_folder(self, folder: str) -> bool:
        """Say whether a folder of the root is there, reporting it when it is not; a link was reported already."""
        place = self.root / folder
        if not os.path.lexists(place):
            self.fault("missing_file", folder, "The folder is missing.", "A data root holds codebook and trials.")
        return os.path.lexists(place) and not os.path.islink(place)

    def entries(self, folder: str) -> dict[str, os.stat_result]:
        """Return what a folder holds, by name and sorted; links are reported and left out."""
        place = self.root / folder
        try:
            names = sorted(name for name in os.listdir(place) if not _is_leftover(name))
            found = {name: os.lstat(place / name) for name in names}
        except OSError as error:
            self.fault("unreadable", folder, f"The folder cannot be read: {error.strerror}.", "Check what it is.")
            return {}
        for name, status in found.items():
            if stat.S_ISLNK(status.st_mode):
                hint = "Put the file or folder itself here."
                self.fault("symlink", _join(folder, name), "This is a symbolic link; links are not followed.", hint)
        return found

    def trial_folders(self) -> tuple[str, ...]:
        """Return the names of the trial folders, reporting what else lies among them."""
        names = []
        for name, status in self.entries("trials").items():
            if stat.S_ISDIR(status.st_mode):
                names.append(name)
                self._check_trial_name(name)
            elif not stat.S_ISLNK(status.st_mode) and not name.upper().startswith("README"):
                self.fault("stray_file", f"trials/{name}", "Only trial folders belong here.", "Move or delete it.")
        return tuple(names)

    def _check_trial_name(self, name: str) -> None:
        if not TRIAL_NAME.fullmatch(name):
            hint = "Use the BibTeX key of its main report: lower-case letters, digits, _ and -, as in smith2020peer."
            self.fault("folder_name", f"trials/{name}", "The folder's name is not a trial's key.", hint, name)

    def read_folder(
        self, folder: str, tables: tuple[Table, ...], *, trial: str = "", also: tuple[str, ...] = ()
    ) -> None:
        """Read the tables of one folder and report files that are missing, misnamed or stray."""
        entries = self.entries(folder)
        wanted = {table.filename: table for table in tables}
        others = [name for name in entries if name not in wanted and name not in also]
        misnamed = self._report_others(folder, others, [name for name in wanted if name not in entries], bool(trial))
        for filename, table in wanted.items():
            if filename in entries:
                self._read_table(table, _join(folder, filename), entries[filename], trial)
            elif not table.optional and filename not in misnamed:
                hint = f"Add it, with the columns {', '.join(table.required_columns)}."
                self.fault("missing_file", _join(folder, filename), "The file is missing.", hint)

    def _report_others(self, folder: str, others: list[str], absent: list[str], is_trial: bool) -> set[str]:
        """Report files that belong to no table; return the tables they were probably meant to be."""
        misnamed: set[str] = set()
        for name in others:
            meant = nearest(name, (filename for filename in absent if filename not in misnamed), 0.75)
            if meant:
                misnamed.add(meant)
                self.fault(
                    "misnamed_file", _join(folder, name), "No table has this file name.", f"Rename it to {meant}."
                )
            elif is_trial or name.lower().endswith(".csv"):
                hint = "Move or delete it; a folder holds the contract's tables and nothing else."
                self.fault("stray_file", _join(folder, name), "No table has this file name.", hint)
        return misnamed

    def _read_table(self, table: Table, place: str, status: os.stat_result, trial: str) -> None:
        content = self._content(place, status)
        if content is None:
            return
        self.files[_printable(place)] = hashlib.sha256(content).hexdigest()
        sheet = read_sheet(content, self.shown(place), table.columns)
        if sheet.has_header:
            positions = match_columns(table, sheet)
            check_row_count(table, sheet)
            self._append(table, sheet, positions, trial)
        self.findings += sheet.findings
        if not sheet.findings:
            self.whole.add(place)

    def _content(self, place: str, status: os.stat_result) -> bytes | None:
        if stat.S_ISLNK(status.st_mode):
            return None
        if not stat.S_ISREG(status.st_mode):
            self.fault("unreadable", place, "This is not a file.", "Put a CSV file here.")
            return None
        if status.st_size > MAX_BYTES:
            size, limit = status.st_size / 1e6, MAX_BYTES / 1e6
            message = f"The file has {size:.0f} MB; files above {limit:.0f} MB are not read."
            self.fault("oversize_file", place, message, "Check that this is the file you meant.")
            return None
        try:
            return (self.root / place).read_bytes()
        except OSError as error:
            self.fault("unreadable", place, f"The file cannot be read: {error.strerror}.", "Check its permissions.")
            return None

    def _append(self, table: Table, sheet: Sheet, positions: Mapping[str, int | None], trial: str) -> None:
        columns = self.columns[table.name]
        count = len(sheet.rows)
        if table.scope == "trial":
            columns["trial"] += [trial] * count
        columns["file"] += [sheet.file] * count
        columns[table.row_column] += sheet.rows
        for name in table.columns:
            position = positions.get(name, "")
            if isinstance(position, int):
                columns[name] += [cells[position] for cells in sheet.cells]
            else:
                columns[name] += [position] * count


def _part(frame: pd.DataFrame, scope: Scope, trials: Collection[str]) -> pd.DataFrame:
    """Return the rows of a table that are about some trials."""
    if scope == "codebook":
        return frame
    return frame[frame["trial"].isin(list(trials))].reset_index(drop=True) if scope == "trial" else frame.iloc[:0]


def _folder_of(path: str) -> str:
    """Return the trial in whose folder a file lies, empty for any other file."""
    top, _, rest = path.partition("/")
    return rest.partition("/")[0] if top == "trials" else ""


def _frame_columns(table: Table) -> list[str]:
    place = ["trial"] if table.scope == "trial" else []
    return [*place, "file", table.row_column, *table.columns]


def _frame(table: Table, columns: Mapping[str, list]) -> pd.DataFrame:
    text = {name: values for name, values in columns.items() if name != table.row_column}
    frame = pd.DataFrame(text, dtype="str")  # at once: a column at a time takes six times as long
    rows = pd.Series(columns[table.row_column], dtype="int64")
    frame.insert(list(columns).index(table.row_column), table.row_column, rows)
    return frame


def _is_leftover(name: str) -> bool:
    return name in _LEFTOVERS or name.startswith(_LOCK_PREFIXES)


def _printable(name: str) -> str:
    """Return a file name without the surrogates that stand for bytes that are no UTF-8."""
    return os.fsencode(name).decode("utf-8", "replace")


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
