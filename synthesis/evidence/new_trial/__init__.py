"""A trial's folder made from templates, ready to fill in, with its entry in the bibliography."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from synthesis.errors import SynthesisError
from synthesis.evidence.bibliography.entries import NewEntry, place_entry, take_entry
from synthesis.evidence.bibliography.latex import Reference
from synthesis.evidence.bibliography.library import Bibliography, load_bibliography
from synthesis.evidence.checks.cells import cell_faults
from synthesis.evidence.codebook import read_codebook_table
from synthesis.evidence.contract import TRIAL_NAME, Field, load_contract, references_of
from synthesis.evidence.new_trial.templates import Arm, trial_files
from synthesis.files import put

__all__ = ["ARMS", "CODERS", "NewTrial", "SpellingError", "new_trial"]

CODERS = ("coder-1", "coder-2")
ARMS = ("peer:intervention", "control:comparator")
LONGEST_NAME = 80
# Names that Windows keeps for devices; a folder of that name could not be checked out there.
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))})


class SpellingError(SynthesisError):
    """A trial's key, an arm or a coder is not what its cell may hold."""


@dataclass(frozen=True)
class NewTrial:
    """A trial's folder as it was made.

    Attributes
    ----------
    folder : Path
        The folder.
    reference : Reference
        Its entry.
    references : Path
        The bibliography.
    placed : bool
        Whether the entry was placed now; False when the bibliography had it already.
    coders : tuple of str
        Who finds a block of components ready to rate.
    """

    folder: Path
    reference: Reference
    references: Path
    placed: bool
    coders: tuple[str, ...]

    def __str__(self) -> str:
        where = "placed in" if self.placed else "found in"
        blocks = " and ".join(filter(None, [", ".join(self.coders[:-1]), self.coders[-1]]))
        root = self.folder.parent.parent.as_posix()
        elsewhere = "" if root == "data" else f" --data {shlex.quote(root)}"
        return (
            f"Made {self.folder.as_posix()} for {self.reference.authors} ({self.reference.year}); "
            f"its entry was {where} {self.references.as_posix()}.\n"
            f"Next: open its six files in a spreadsheet. components.csv has a block of rows for {blocks}.\n"
            f"`synthesis check --trial {self.folder.name}{elsewhere}` lists what remains to fill in; "
            "docs/add_a_trial.md helps."
        )


def new_trial(
    trial: str,
    *,
    data: Path | str = "data",
    references: Path | str | None = None,
    bibtex: Path | str | None = None,
    doi_entry: Path | str | None = None,
    coders: Sequence[str] = CODERS,
    arms: Sequence[str] = ARMS,
) -> NewTrial:
    """Make a trial's folder from templates and place its entry in the bibliography.

    Parameters
    ----------
    trial : str
        The folder's name and the key of the trial's main report.
    data : path
        The data root.
    references : path, optional
        The bibliography; by default inside the data root, else beside it.
    bibtex : path, optional
        A BibTeX or RIS file that holds the entry under the trial's key.
    doi_entry : path, optional
        A BibTeX or RIS file that holds one entry under any key, as saved from doi.org. With neither, the bibliography
        must have the entry already.
    coders : sequence of str
        Who will rate; each gets a block of rows.
    arms : sequence of str
        Names and roles, such as ``"peer:intervention"``; at least one of each role.

    Returns
    -------
    NewTrial

    Raises
    ------
    SpellingError
        If the key, an arm or a coder cannot be one.
    DataError
        With what is wrong with the entry's file or the codebook.
    SynthesisError
        If the trial or its report is there already, or something cannot be written. Nothing has changed then.
    """
    _check_name(trial)
    named_arms, named_coders = _arms(arms), _coders(coders)
    if bibtex and doi_entry:
        raise SpellingError("The entry comes from one file: give --bibtex or --doi-entry, not both.")
    root, path = Path(data), references_of(data, references)
    folder = _free_place(root, trial)
    components = [row["component"] for row in read_codebook_table(root, "codebook_components")]

    entry = _entry(trial, path, bibtex, doi_entry)
    reference = entry.reference if isinstance(entry, NewEntry) else entry
    files = trial_files(reference.year, named_arms, components, named_coders)
    content = None
    if isinstance(entry, NewEntry):
        neighbours = {place.name for place in folder.parent.iterdir() if place.is_dir()}
        content = place_entry(path.read_bytes(), entry, neighbours)
    put(folder, files, path, content)
    return NewTrial(folder, reference, path, content is not None, named_coders)


def _check_name(trial: str) -> None:
    if not TRIAL_NAME.fullmatch(trial):
        hint = "It is the BibTeX key of the main report: lower-case letters, digits, _ and -, as in smith2026peer."
        raise SpellingError(f"{trial!r} cannot be a trial's name. {hint}")
    if len(trial) > LONGEST_NAME or trial in _DEVICES:
        reason = "is too long" if len(trial) > LONGEST_NAME else "is a name that Windows keeps for itself"
        raise SpellingError(f"{trial!r} {reason}. Take author, year and a word of the title, as in smith2026peer.")


def _arms(given: Sequence[str]) -> list[Arm]:
    table = load_contract()["arms"]
    arms = []
    for text in given:
        name, colon, role = text.rpartition(":")
        if not colon or role not in table.field("role").enum:
            hint = "Write name:intervention or name:comparator."
            raise SpellingError(f"{text!r} does not say an arm and its role. {hint}")
        _check_cell(name, table.field("arm"))
        arms.append(Arm(name, role))
    if len({arm.name for arm in arms}) < len(arms):
        raise SpellingError("Two arms have the same name.")
    for role in table.field("role").enum:
        if role not in {arm.role for arm in arms}:
            raise SpellingError(f"No arm has role {role}. A trial has at least one of each.")
    return arms


def _coders(given: Sequence[str]) -> tuple[str, ...]:
    for name in given:
        _check_cell(name, load_contract()["components"].field("coder"))
    if len(set(given)) < len(given):
        raise SpellingError("Two coders have the same name.")
    if not given:
        raise SpellingError("Name at least one coder.")
    return tuple(given)


def _check_cell(text: str, field: Field) -> None:
    if not text.strip():
        raise SpellingError(f"The name of the {field.name} is empty.")
    if faults := cell_faults(text, field):
        raise SpellingError(f"{text!r} cannot name the {field.name}. {faults[0].message} {faults[0].hint}")


def _free_place(root: Path, trial: str) -> Path:
    trials = root / "trials"
    for place in (trials, root / "codebook"):
        if place.is_symlink() or not place.is_dir():
            what = "is a symbolic link; links are not followed" if place.is_symlink() else "is not there"
            raise SynthesisError(
                f"{place.as_posix()} {what}. Give the folder that holds codebook and trials with --data."
            )
    folder = trials / trial
    if os.path.lexists(folder):
        raise SynthesisError(f"{folder.as_posix()} is there already, and nothing is overwritten. Take another name.")
    return folder


def _entry(trial: str, path: Path, bibtex: Path | str | None, doi_entry: Path | str | None) -> NewEntry | Reference:
    """Return the entry to place, or the one that the bibliography has already."""
    if path.is_symlink():
        raise SynthesisError(f"{path.as_posix()} is a symbolic link; links are not followed. Give the file itself.")
    bibliography = load_bibliography(path)
    if not bibliography.is_read:
        raise SynthesisError(f"{bibliography.findings[0]}")
    if trial in bibliography.damaged_keys:
        raise SynthesisError(f"{path.as_posix()} has an entry {trial} that cannot be read. Mend it first.")
    source = bibtex or doi_entry
    if trial in bibliography.keys:
        if source:
            hint = "Leave the option out to use it, or take another name."
            raise SynthesisError(f"{path.as_posix()} already has an entry {trial}. {hint}")
        return _dated(bibliography.references[trial], path)
    if not source:
        raise SynthesisError(_how_to_get_it(trial, path))
    if bibliography.is_ris:
        hint = "Export it as BibTeX, and name that file with --references."
        raise SynthesisError(f"{path.as_posix()} is RIS, in which no entry is placed. {hint}")
    entry = take_entry(source, trial, rekey=source is doi_entry)
    _refuse_known_report(entry.reference, bibliography)
    _dated(entry.reference, source)
    return entry


def _dated(reference: Reference, path: Path | str) -> Reference:
    if not reference.year.isdigit():
        raise SynthesisError(f"The entry {reference.key} in {path} has no year. Add it, as in year = {{2026}}.")
    return reference


def _refuse_known_report(reference: Reference, bibliography: Bibliography) -> None:
    for known in bibliography.references.values():
        if reference.url and known.url.lower() == reference.url.lower():
            raise SynthesisError(
                f"{bibliography.path.as_posix()} already has this report, under the key {known.key} ({known.url}). "
                "Main report of a trial: use that key. Another report of one: the trial is there already."
            )


def _how_to_get_it(trial: str, path: Path) -> str:
    return (
        f"{path.as_posix()} has no entry {trial}. Save the main report's BibTeX entry to a file and name it:\n"
        f"  curl -LH 'Accept: application/x-bibtex' https://doi.org/DOI > entry.bib\n"
        f"  synthesis new-trial {trial} --doi-entry entry.bib\n"
        "The journal's page offers the same under 'Cite' or 'Export citation'."
    )
