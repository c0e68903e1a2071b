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
def evidence_at(spec: str, *, data: Path, references: Path) -> Iterator[Evidence]:
    """Load the evidence that a name stands for.

    Parameters
    ----------
    spec : str
        A folder that is a data root (its bibliography is `references.bib` beside it), or a git revision such as
        `HEAD~1` or `origin/main`.
    data, references : pathlib.Path
        Where the data root and the bibliography lie in the working tree; a revision is read at the same places.

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
        own = references if folder.resolve() == data.resolve() else folder.parent / "references.bib"
        yield load_evidence(folder, references=own)
        return
    with TemporaryDirectory(prefix="synthesis-") as place:
        inside, bibliography = _extract(spec, data, references, Path(place))
        yield load_evidence(inside, references=bibliography)


def _extract(revision: str, data: Path, references: Path, place: Path) -> tuple[Path, Path]:
    """Unpack the data root and the bibliography of a revision into a folder."""
    top = _git(data, "rev-parse", "--show-toplevel", what=revision).decode().strip()
    commit = _git(data, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", what=revision)
    paths = [path.resolve().relative_to(Path(top).resolve()).as_posix() for path in (data, references)]
    archive = _git(Path(top), "archive", "--format=tar", commit.decode().strip(), "--", *paths, what=revision)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(place, filter="data")  # refuses links and paths that lead out of the folder
    return place / paths[0], place / paths[1]


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
