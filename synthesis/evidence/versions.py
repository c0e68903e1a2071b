"""Which versions of a data root its repository holds: release tags, oldest first, and the data as they stand now."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from synthesis.evidence.revisions import RevisionError

# v1.2.0, and what comes before it: v1.2.0rc1. Other tags are no versions.
VERSION = re.compile(r"v(\d+(?:\.\d+)*)(?:(a|b|rc)(\d+))?")
# Why a repository says less than there may be to say; a page says each in a sentence.
NOTES = {
    "no_history": "These data lie in no git repository, so nothing is known of earlier versions of them.",
    "no_versions": "No version has been released yet: the repository has no tag such as v1.0.0.",
    "uncommitted": "These data hold changes that are not committed yet; the date is that of their last commit.",
}
SHALLOW = (
    "{folder} is a shallow clone: versions before its oldest commit are not in it, and would be missing without a "
    "word. Fetch the whole history first: git fetch --unshallow --tags"
)
UNKNOWN = "{revision!r} is no git revision of {folder}. Name a commit, a branch or a tag, such as v1.0.0 or HEAD~1."
NO_GIT = "--since needs the git repository of the data, and {folder} lies in none. Leave it out."
_LINE = "%(refname:short)%09%(creatordate:iso-strict)%09%(*objectname)%09%(objectname)"


@dataclass(frozen=True)
class Version:
    """A state of the data.

    Attributes
    ----------
    name : str
        The tag, or the revision as it was named; empty for the data as they stand.
    commit : str
        The whole name of the commit; empty where there is no repository.
    date : str
        When it was tagged or committed, ISO 8601 with its offset; of the data as they stand, when they were last
        changed; empty where there is no repository.
    """

    name: str
    commit: str = ""
    date: str = ""


@dataclass(frozen=True)
class History:
    """The versions of a data root.

    Attributes
    ----------
    versions : tuple of Version
        Oldest first.
    now : Version
        The data as they stand.
    root : str
        The repository's first commit, by which it is known wherever it is cloned; empty without a repository.
    notes : tuple of str
        Codes of `NOTES`.
    """

    versions: tuple[Version, ...]
    now: Version
    root: str = ""
    notes: tuple[str, ...] = ()


def history_of(data: Path, *, beside: Sequence[Path] = (), since: str = "") -> History:
    """Return the versions that the repository of a data root holds.

    Parameters
    ----------
    data : pathlib.Path
        The data root.
    beside : sequence of pathlib.Path
        What belongs to the data and lies outside the root: the bibliography.
    since : str, optional
        A revision to begin with; versions up to it are left out, and it stands in their place.

    Returns
    -------
    History
        Tags on other branches than today's are none of its versions.

    Raises
    ------
    RevisionError
        For a shallow clone, and for a `since` that is no revision.
    """
    if not is_tracked(data):
        if since:
            raise RevisionError(NO_GIT.format(folder=data))
        return History((), Version(""), notes=("no_history",))
    if _git(data, "rev-parse", "--is-shallow-repository") == "true":
        raise RevisionError(SHALLOW.format(folder=data))
    paths = [str(path.resolve()) for path in (data, *beside) if path.exists()]
    changed = _git(data, "status", "--porcelain", "--", *paths)
    now = Version("", _git(data, "rev-parse", "HEAD"), _git(data, "log", "-1", "--format=%cI", "--", *paths))
    versions = _tags(data)
    if since:
        versions = _from(data, since, versions)
    notes = {"no_versions": not versions, "uncommitted": bool(changed)}
    root = _git(data, "rev-list", "--max-parents=0", "HEAD").splitlines()[-1]
    return History(versions, now, root, tuple(code for code, holds in notes.items() if holds))


def is_tracked(data: Path) -> bool:
    """Say whether a data root is part of a git repository: files that merely lie within one are not."""
    return bool(_asked(data, "ls-files", "--", ".")) and bool(_asked(data, "rev-parse", "--verify", "--quiet", "HEAD"))


def commit_of(folder: Path, revision: str) -> str:
    """Return the whole name of the commit that a revision stands for; empty where there is none."""
    return _asked(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")


def committed_at(folder: Path, commit: str) -> str:
    """Return when a commit was made, ISO 8601 with its offset."""
    return _git(folder, "show", "-s", "--format=%cI", commit)


def top_of(folder: Path) -> Path:
    """Return the folder of a repository."""
    return Path(_git(folder, "rev-parse", "--show-toplevel"))


def holds(commit: str, data: Path) -> bool:
    """Say whether a commit has a data root where it lies today."""
    return bool(_asked(data, "ls-tree", "--name-only", f"{commit}", "--", "codebook"))


def is_clean(data: Path) -> bool:
    """Say whether the repository of a data root is as it was committed, and the root holds no file beyond that."""
    return not _git(data, "status", "--porcelain", "--untracked-files=no") and not _git(
        data, "status", "--porcelain", "--", "."
    )


def order(name: str) -> tuple[tuple[int, ...], str, int]:
    """Return what versions are ordered by: numbers, then a release after what comes before it.

    Raises
    ------
    ValueError
        For a name that is none of a version.
    """
    found = VERSION.fullmatch(name)
    if found is None:
        raise ValueError(f"{name!r} is not the name of a version, such as v1.2.0.")
    numbers = tuple(int(part) for part in found[1].split("."))
    return numbers, found[2] or "release", int(found[3] or 0)


def _tags(data: Path) -> tuple[Version, ...]:
    found = []
    for line in _git(data, "for-each-ref", "--merged", "HEAD", f"--format={_LINE}", "refs/tags").splitlines():
        name, date, commit, own = line.split("\t")
        if VERSION.fullmatch(name):
            found.append(Version(name, commit or own, date))
    return tuple(sorted(found, key=lambda version: order(version.name)))


def _from(data: Path, since: str, versions: Sequence[Version]) -> tuple[Version, ...]:
    commit = commit_of(data, since)
    if not commit:
        raise RevisionError(UNKNOWN.format(revision=since, folder=data))
    before = set(_git(data, "rev-list", commit).splitlines())
    later = [version for version in versions if version.commit not in before]
    return (Version(since, commit, committed_at(data, commit)), *later)


def _git(folder: Path, *arguments: str) -> str:
    done = _run(folder, *arguments)
    if done is None or done.returncode:
        said = "" if done is None else done.stderr.strip()
        raise RevisionError(f"git could not say what was asked of {folder}: {said or 'it is not installed'}.")
    return done.stdout.strip()


def _asked(folder: Path, *arguments: str) -> str:
    """Return what git says; nothing where it does not, or is not installed."""
    done = _run(folder, *arguments)
    return done.stdout.strip() if done is not None and done.returncode == 0 else ""


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str] | None:
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, encoding="utf-8", check=False
        )
    except FileNotFoundError:
        return None
