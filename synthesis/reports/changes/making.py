"""The page, the feed and the numbers of what changed: all of them made before the first is put in its place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from synthesis.errors import ReportError
from synthesis.files import told_as
from synthesis.reports.changes.feed import feed_of
from synthesis.reports.changes.history import Changes
from synthesis.reports.changes.page import changes_page
from synthesis.reports.run.folder import ReportFolder
from synthesis.results import plain, to_json

PAGE, FEED, NUMBERS = "changes.html", "changes.xml", "changes.json"
BAD_ADDRESS = "{address!r} is no address to publish at. Give one that begins with https:// or http://."


def make_changes(changes: Changes, folder: Path, *, address: str = "", site: str = "index.html") -> list[Path]:
    """Write the page, the feed and the numbers into a folder.

    Parameters
    ----------
    changes : Changes
    folder : pathlib.Path
        Of a report, or new.
    address : str, optional
        Where the folder will be served, for the links of the feed.
    site : str
        The page above, linked where it is there.

    Returns
    -------
    list of pathlib.Path
        What was written. Without a repository there is no feed, whose entries need dates.
    """
    ReportFolder(folder)  # refuses a folder that somebody else filled
    texts = texts_of(changes, address=address, site=site if (folder / site).is_file() else "")
    with told_as(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".part-", dir=folder) as staging:
            for name, text in texts.items():
                (Path(staging) / name).write_text(text, encoding="utf-8", newline="\n")
            for name in texts:
                (Path(staging) / name).replace(folder / name)
            for name in {PAGE, FEED, NUMBERS} - set(texts):
                (folder / name).unlink(missing_ok=True)
    return [folder / name for name in texts]


def texts_of(changes: Changes, *, address: str = "", site: str = "") -> dict[str, str]:
    """Return what is written, by the name of its file."""
    if address and not address.startswith(("https://", "http://")):
        raise ReportError(BAD_ADDRESS.format(address=address))
    address = f"{address.rstrip('/')}/" if address else ""
    feed = FEED if changes.history.root else ""
    texts = {PAGE: changes_page(changes, site=site, feed=feed, numbers=NUMBERS)}
    if feed:
        texts[FEED] = feed_of(changes, page=PAGE, feed=FEED, address=address)
    texts[NUMBERS] = to_json(numbers_of(changes)) + "\n"
    return texts


def numbers_of(changes: Changes) -> Mapping[str, Any]:
    """Return every version with what it changed, unrounded, as plain values."""
    return plain(
        {
            "review": changes.review.title,
            "notes": list(changes.history.notes),
            "versions": [
                {
                    "version": step.version.name or None,
                    "commit": step.version.commit or None,
                    "date": step.version.date or None,
                    "before": step.before.name if step.before else None,
                    "summary": step.summary,
                    "sentences": step.sentences,
                    "difference": None if step.difference is None else step.difference.to_dict(),
                }
                for step in changes.steps
            ],
        }
    )
