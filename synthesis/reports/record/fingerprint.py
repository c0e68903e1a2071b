"""Fingerprints of everything a page depends on: they decide whether it is made again, and its manifest records them."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from synthesis import __version__
from synthesis.reports.record.jobs import Job
from synthesis.reports.record.parameters import read_notebook, source_of

PACKAGE = Path(__file__).resolve().parents[2]
TEMPLATES = PACKAGE / "reports" / "templates"

# A new release of these may change a number or a picture; the others only carry them. Without numba, which is an extra,
# last digits differ.
NUMERIC_LIBRARIES = ("bibtexparser", "forestplot", "matplotlib", "numba", "numpy", "pandas", "pymare", "scipy")
CARRYING_LIBRARIES = ("ipykernel", "jinja2", "nbconvert", "papermill")
RENDERING_LIBRARIES = ("beautifulsoup4", "jinja2", "nbconvert", "nh3", "pygments")

# Parts of the package that no notebook's result can depend on.
NOT_IN_RESULTS = ("cli/", "__main__.py", "reports/", "exchange/", "explorer/")
IN_RESULTS = ("reports/record/published.py",)


def sha256(content: bytes) -> str:
    """Return the hexadecimal SHA-256 of bytes."""
    return hashlib.sha256(content).hexdigest()


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    return sha256(path.read_bytes())


def hash_plain(content: Any) -> str:
    """Return the SHA-256 of anything JSON can hold, independent of the order of keys."""
    return sha256(json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False).encode())


def hash_files(paths: Iterable[Path], root: Path) -> dict[str, str]:
    """Return the SHA-256 of files by path relative to a root, with forward slashes, in order."""
    return {path.relative_to(root).as_posix(): hash_file(path) for path in sorted(paths)}


@cache
def code_hash() -> str:
    """Return the fingerprint of the package's sources and schemas that results depend on."""
    kept = [path for pattern in ("*.py", "*.json", "*.csv") for path in PACKAGE.rglob(pattern) if _in_results(path)]
    return hash_plain(hash_files(kept, PACKAGE))


def _in_results(path: Path) -> bool:
    name = path.relative_to(PACKAGE).as_posix()
    return name in IN_RESULTS or not name.startswith(NOT_IN_RESULTS)


@cache
def template_hash() -> str:
    """Return the fingerprint of what renders a page: templates, style and the code of this package."""
    here = PACKAGE / "reports"
    files = [path for path in here.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    return hash_plain({"files": hash_files(files, here), "versions": versions(RENDERING_LIBRARIES)})


def notebook_hash(path: Path) -> str:
    """Return the fingerprint of a notebook's cells, whatever outputs and counts it was saved with."""
    cells = read_notebook(path)["cells"]
    return hash_plain([[cell["cell_type"], source_of(cell), cell["metadata"].get("tags", [])] for cell in cells])


def versions(names: Iterable[str]) -> dict[str, str]:
    """Return the installed versions of distributions; absent ones are left out."""
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def job_key(job: Job) -> str:
    """Return the fingerprint of everything a job's results depend on: the same key, the same results."""
    return hash_plain(
        {
            "notebook": notebook_hash(job.notebook),
            "parameters": dict(job.parameters),
            "data": dict(job.files),
            "code": code_hash(),
            "libraries": _numeric_libraries(),
            "python": platform.python_version(),
        }
    )


@cache
def _numeric_libraries() -> dict[str, str]:
    """Return their versions, looked up once: those that this process works with stay the same."""
    return versions(NUMERIC_LIBRARIES)


def render_key(job: Job) -> str:
    """Return the fingerprint of what turns an executed notebook into its page."""
    return hash_plain({"template": template_hash(), "title": job.title, "site": job.site})


def git_state(folder: Path) -> dict[str, Any]:
    """Return the commit checked out around a folder and whether tracked files differ from it; None outside git."""
    head = _git(folder, "rev-parse", "HEAD")
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no") if head else None
    return {"git_commit": head, "uncommitted_changes": None if changes is None else bool(changes)}


def _git(folder: Path, *arguments: str) -> str | None:
    git = shutil.which("git")
    if git is None:
        return None
    done = subprocess.run([git, "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def surroundings(folder: Path) -> dict[str, Any]:
    """Return what a manifest says of code, interpreter and platform; `folder` is where git is asked."""
    return {
        "code": {
            "version": __version__,
            "sha256": code_hash(),
            **git_state(folder),
        },
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "packages": versions((*NUMERIC_LIBRARIES, *CARRYING_LIBRARIES)),
    }


def data_hash(files: Mapping[str, str]) -> str:
    """Return one fingerprint for a set of data files."""
    return hash_plain(dict(files))


def command_line() -> str:
    """Return the command that started this process, with paths as seen from the working folder.

    Neither the program's place nor an absolute path is told: pages are published.
    """
    program = Path(sys.argv[0] if sys.argv else "")
    name = f"python -m {program.parent.name}" if program.name == "__main__.py" else program.name or "python"
    return " ".join([name, shlex.join(map(_from_here, sys.argv[1:]))]).rstrip()


def _from_here(argument: str) -> str:
    """Return an argument whose value, after any "=", is an absolute path with that path relative."""
    option, sign, value = argument.rpartition("=")
    if not Path(value).is_absolute():
        return argument
    try:
        return f"{option}{sign}{Path(os.path.relpath(value)).as_posix()}"
    except ValueError:  # another drive of Windows
        return f"{option}{sign}{Path(value).name}"
