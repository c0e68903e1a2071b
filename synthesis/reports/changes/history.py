"""Every version of a data root beside the one before it, compared with the code of today."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from synthesis.answers.difference import Difference, EvidenceState, compare_states
from synthesis.answers.difference_statement import describe_difference, summarise_difference
from synthesis.choices import PERMUTATIONS, SEED
from synthesis.errors import DataError
from synthesis.evidence import load_evidence
from synthesis.evidence.codebook import Review
from synthesis.evidence.revisions import RevisionError, evidence_at
from synthesis.evidence.versions import History, Version, history_of, holds
from synthesis.wording import count

NOW = "the data as they stand"
# Why there is nothing to compare a version with, or with what.
FIRST = "This is the first version that is known: there is nothing earlier to compare it with."
NO_DATA = "At {version} there were no data in {data}."
UNREAD = "The data of {version} could not be read. {reason}"
BROKEN = (
    "The data of {version} do not pass the contract of today: {problems}, the first of them in {first}. What changed "
    "to them and from them is not computed."
)
UNREAD_BEFORE = "The data of the version before, {version}, could not be read, so what changed since is not known."


@dataclass(frozen=True, eq=False)
class Step:
    """A version, and what it changed.

    Attributes
    ----------
    version : Version
    before : Version or None
        What it is compared with; None for the first.
    difference : Difference or None
        None where there is nothing to compare.
    why_not : str
        A sentence that says why there is no difference; empty where there is one.
    """

    version: Version
    before: Version | None
    difference: Difference | None
    why_not: str = ""

    @property
    def is_now(self) -> bool:
        """Whether it is the data as they stand, which nobody has released."""
        return not self.version.name

    @property
    def summary(self) -> str:
        """What it changed, in a sentence."""
        return summarise_difference(self.difference) if self.difference is not None else self.why_not

    @property
    def sentences(self) -> list[str]:
        """What it changed, sentence by sentence."""
        return describe_difference(self.difference) if self.difference is not None else [self.why_not]


@dataclass(frozen=True, eq=False)
class Changes:
    """The versions of a review, newest first, each with what it changed.

    Attributes
    ----------
    review : Review
        What it is called today.
    history : History
    steps : tuple of Step
        Newest first; the data as they stand among them where they are not those of the newest version.
    """

    review: Review
    history: History
    steps: tuple[Step, ...]


def compare_versions(
    data: Path,
    *,
    references: Path,
    given: Path | None = None,
    since: str = "",
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
    progress: Callable[[str], None] = lambda line: None,
) -> Changes:
    """Compare each version of a data root with the one before it.

    Parameters
    ----------
    data, references : pathlib.Path
        The data root and its bibliography.
    given : pathlib.Path, optional
        The bibliography as it was named, to be read at the same place of every version.
    since : str, optional
        A revision to begin with.
    permutations, seed : int
        Of the tests by arrangements of trials.
    progress : callable
        Receives a line for each version that is read.

    Returns
    -------
    Changes

    Raises
    ------
    DataError
        When the data as they stand break the contract.
    RevisionError
        For a shallow clone, and for a `since` that is no revision.
    """
    history = history_of(data, beside=[references], since=since)
    now = load_evidence(data, references=references)
    states = [*history.versions, history.now]
    steps: list[Step] = []
    before: EvidenceState | None = None
    for place, version in enumerate(states):
        progress(f"Reading {version.name or NOW} ...")
        if version.name:
            state, why_not = _read(version, data, given, permutations, seed)
        else:
            state, why_not = EvidenceState(now, permutations=permutations, seed=seed), ""
        earlier = states[place - 1] if place else None
        steps.append(_step(version, earlier, before, state, why_not))
        before = state
    if len(steps) > 1 and _is_released(steps[-1], history):
        steps.pop()
    return Changes(now.codebook.review, history, tuple(reversed(steps)))


def _is_released(step: Step, history: History) -> bool:
    """Say whether the data as they stand are those of the newest version, so that nothing is left to say of them."""
    found = step.difference
    return found is not None and not (found.changes or found.rows or found.added or found.removed)


def _read(
    version: Version, data: Path, given: Path | None, permutations: int, seed: int
) -> tuple[EvidenceState | None, str]:
    if not holds(version.commit, data):
        return None, NO_DATA.format(version=version.name, data=data)
    try:
        with evidence_at(version.commit, data=data, references=given) as evidence:
            return EvidenceState(evidence, permutations=permutations, seed=seed), ""
    except DataError as error:
        first = error.findings[0]
        place = Path(*Path(first.file).parts[-3:]).as_posix()
        row = f"{place} row {first.row}" if first.row is not None else place
        problems = count(len(error.findings), "problem")
        return None, BROKEN.format(version=version.name, problems=problems, first=row)
    except RevisionError as error:
        return None, UNREAD.format(version=version.name, reason=error)


def _step(
    version: Version, earlier: Version | None, before: EvidenceState | None, state: EvidenceState | None, why_not: str
) -> Step:
    if state is None:
        return Step(version, earlier, None, why_not)
    if earlier is None:
        return Step(version, None, None, FIRST)
    if before is None:
        return Step(version, earlier, None, UNREAD_BEFORE.format(version=earlier.name))
    names = (earlier.name, version.name or NOW)
    return Step(version, earlier, compare_states(before, state, names=names))
