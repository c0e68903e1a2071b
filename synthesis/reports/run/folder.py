"""The output folder: recognised as ours, written elsewhere first, changed in one burst at the end."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from synthesis.errors import ReportError
from synthesis.files import told_as
from synthesis.reports.record.manifest import MADE_BY, NAME, read_manifest, write_json

STAGING = ".part-"
FAILED = ".failed.ipynb"

# What a killed run left behind is removed by the next run after this time; a run that still writes is younger.
LEFTOVER_SECONDS = 3600
# Pages that commands of their own may have put there first: the one to explore on, and what each version changed.
EXPLORER = "explorer.html"
BESIDE = (EXPLORER, "changes.html", "changes.xml", "changes.json")


class ReportFolder:
    """A folder of pages with a manifest that says so.

    Raises
    ------
    ReportError
        When the folder holds something and was not made by `synthesis report`, or is a file.
    """

    def __init__(self, path: Path):
        self.path = path
        if path.exists() and not path.is_dir():
            raise ReportError(f"{path} is a file; the report needs a folder.")
        self.manifest: Mapping[str, Any] = read_manifest(path) or {}
        if path.is_dir() and not self.manifest:
            self._refuse_strangers()

    def _refuse_strangers(self) -> None:
        names = (item.name for item in self.path.iterdir())
        known = (*BESIDE, FAILED)
        strangers = sorted(name for name in names if not (name.startswith(".") or name.endswith(known)))
        if strangers:
            listed = ", ".join(strangers[:3]) + (" ..." if len(strangers) > 3 else "")
            raise ReportError(
                f"{self.path} is not empty and was not made by `synthesis report` (it holds {listed}). Writing there "
                "could destroy someone's files: choose another folder with --output, or empty it."
            )

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """Give a folder to write in, on the same file system; it is gone afterwards, whatever happens."""
        created = not self.path.exists()
        with told_as(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            self._remove_leftovers()
            # Whole, because papermill changes this process's folder while it writes, to where an earlier run was made.
            staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=self.path)).resolve()
            try:
                yield staging
            finally:
                shutil.rmtree(staging, ignore_errors=True)
                if created and not any(self.path.iterdir()):
                    self.path.rmdir()

    def _remove_leftovers(self) -> None:
        for item in self.path.glob(f"{STAGING}*"):
            if time.time() - item.stat().st_mtime > LEFTOVER_SECONDS:
                shutil.rmtree(item, ignore_errors=True)

    def take(self, staging: Path, *names: str) -> None:
        """Move files of the staging folder into place, one by one, in order."""
        for name in names:
            (staging / name).replace(self.path / name)

    def install(self, staging: Path, slugs: Iterable[str], manifest: Mapping[str, Any]) -> tuple[str, ...]:
        """Move what a run wrote into place and remove what the report no longer has.

        Parameters
        ----------
        staging : pathlib.Path
            Holds a folder for each page made in this run, failed notebooks, and `index.html`.
        slugs : iterable of str
            The pages the report has from now on.
        manifest : Mapping
            The report's manifest. It is written first: a folder that is cut off in the middle is still known as ours.

        Returns
        -------
        tuple of str
            Pages of an earlier run that were removed.
        """
        kept, trash = set(slugs), staging / ".trash"
        trash.mkdir()
        write_json(staging / NAME, manifest)
        self.take(staging, NAME)
        gone = [slug for slug in self.manifest.get("pages", {}) if slug not in kept and (self.path / slug).is_dir()]
        for name in (*gone, *(item.name for item in self.path.glob(f"*{FAILED}"))):
            (self.path / name).replace(trash / name)
        for item in sorted(staging.iterdir()):
            if item.is_dir() and item != trash:
                if (self.path / item.name).exists():
                    (self.path / item.name).replace(trash / item.name)
                item.replace(self.path / item.name)
            elif item.is_file():
                item.replace(self.path / item.name)
        return tuple(gone)


def report_manifest(pages: Mapping[str, str], failures: Mapping[str, str], written: str) -> dict[str, Any]:
    """Return the manifest of a whole report: its pages with their keys, and what is missing and why."""
    return {"made_by": MADE_BY, "written": written, "pages": dict(pages), "missing": dict(failures)}
