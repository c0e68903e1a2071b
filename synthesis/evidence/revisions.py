"""Read a data root from a folder or as it stood at a git revision, without touching the working tree."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from synthesis.errors import SynthesisError
from synthesis.evidence import Evidence, load_evidence


class RevisionError(SynthesisError):
    """What was named is neither a data root nor a revision that holds one."""


@contextmanager
def evidence_at(spec: str, *, data: Path, references: Path | None = None) -> Iterator[Evidence]:
    """Load the evidence that a name stands for.

    Parameters
    ----------
    spec : str
        A folder that is a data root, or a git revision such as `HEAD~1` or `origin/main`.
    data : pathlib.Path
        Where the data root lies in the working tree; a revision is read at the same place.
    references : pathlib.Path, optional
        The bibliography of `data`, read at the same place of a revision too. By default, and for any other folder,
        each state has its own: inside the data root, else beside it.

    Yields
    ------
    Evidence

    Raises
    ------
    RevisionError
        Naming what was tried.
    DataError
        When the data of that state break the contract.
    """
    folder = Path(spec)
    if (folder / "trials").is_dir():
        yield load_evidence(folder, references=references if folder.resolve() == data.resolve() else None)
        return
    with TemporaryDirectory(prefix="synthesis-") as place:
        inside, bibliography = _extract(spec, data, references, Path(place))
        yield load_evidence(inside, references=bibliography)


def _extract(revision: str, data: Path, references: Path | None, place: Path) -> tuple[Path, Path | None]:
    """Unpack the data root and the bibliography of a revision into a folder."""
    top = Path(_git(data, "rev-parse", "--show-toplevel", what=revision).decode().strip()).resolve()
    name = _git(data, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", what=revision)
    commit = name.decode().strip()
    root = data.resolve().relative_to(top)
    if references is not None:
        bibliography = _below(top, references, revision)
        wanted = [bibliography]
    else:  # inside it comes with the root; beside it there need not be one
        bibliography = None
        beside = root.parent / "references.bib"
        wanted = [beside] if _git(top, "ls-tree", commit, "--", beside.as_posix(), what=revision) else []
    paths = [path.as_posix() for path in (root, *wanted)]
    archive = _git(top, "archive", "--format=tar", commit, "--", *paths, what=revision)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        try:
            tar.extractall(place, filter="data")  # refuses links and paths that lead out of the folder
        except tarfile.FilterError as error:
            raise RevisionError(f"{revision!r} holds what leads out of its folder: {error}.") from error
    return place / root, None if bibliography is None else place / bibliography


def _below(top: Path, references: Path, revision: str) -> Path:
    if not references.resolve().is_relative_to(top):
        raise RevisionError(f"{references} is not in the repository of the data, so {revision!r} does not hold it.")
    return references.resolve().relative_to(top)


def _git(folder: Path, *arguments: str, what: str) -> bytes:
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=True)
    except FileNotFoundError as error:
        raise RevisionError(
            f"{what!r} is not a data root, and git, which could look it up, is not installed."
        ) from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()
        reason = f" (git: {said[-1]})" if said else ""
        raise RevisionError(f"{what!r} is neither a data root nor a git revision that holds one{reason}.") from error
    return done.stdout
