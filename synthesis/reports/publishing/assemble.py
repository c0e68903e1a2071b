"""Assemble the folder that is served, whole or not at all; what was released before is kept as it was."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from synthesis.errors import ReportError
from synthesis.evidence.versions import order
from synthesis.files import new_folder
from synthesis.reports.changes.history import Changes
from synthesis.reports.changes.making import FEED, NUMBERS, PAGE, texts_of
from synthesis.reports.publishing.freeze import checked_report, copy_report
from synthesis.reports.publishing.frozen import NAME, FrozenError, FrozenVersion, read_frozen
from synthesis.reports.publishing.listing import listing_page
from synthesis.results import to_json

MADE_BY = "synthesis publish"
REPORT, VERSIONS, INDEX, LIST = "report", "versions", "index.html", "versions.json"
# Names at the top that documentation may not have: these are ours.
OURS = frozenset({REPORT, VERSIONS, PAGE, FEED, NUMBERS})
CLASH = "{site} holds {names}, a name that this folder needs for itself. Call the page of the documentation otherwise."
NO_FRONT = "{site} has no index.html, so there is nothing to open first. Make the documentation anew, or leave it out."
OTHER_CONTENT = (
    "{version} is in {first} and in {second}, with other content: {digest} and {other}. What was released stays as it "
    "was: keep the one that is published, and give the other a version of its own."
)
VANISHED = (
    "{version} is published, and is not among the versions given. What was published stays: give the "
    "archive of its release with --versions."
)
NOT_A_LIST = "{path} is no list of published versions, as `synthesis publish` writes it to versions/{name}."
NO_FOLDER = (
    "There is no folder {folder} with archives of versions. Leave --versions out where nothing was released yet."
)


def publish_site(
    output: Path,
    *,
    report: Path,
    data: Path,
    references: Path,
    changes: Changes,
    versions: Iterable[Path] = (),
    published: Path | None = None,
    site: Path | None = None,
    address: str = "",
) -> Path:
    """Assemble the folder that is served.

    Parameters
    ----------
    output : pathlib.Path
        New, empty, or made by an earlier call, whose versions are then kept.
    report : pathlib.Path
        The report of today.
    data, references : pathlib.Path
        What it was made from.
    changes : Changes
        What each version changed.
    versions : iterable of pathlib.Path
        Folders with archives of released versions.
    published : pathlib.Path, optional
        The list of what is served today, from there: each of its versions must be among those given, with its content.
    site : pathlib.Path, optional
        The documentation, which becomes the front.
    address : str, optional
        Where the folder will be served.

    Returns
    -------
    pathlib.Path
        The page to open.

    Raises
    ------
    ReportError, FrozenError, DestinationError
        Before anything is replaced.
    """
    checked_report(report, data, references)
    _check_site(site)
    frozen = _gathered(output, versions)
    if published is not None:
        _check_published(published, {own.version: own for own in frozen})
    texts = texts_of(changes, address=address, site=INDEX)
    with new_folder(output, made_by=MADE_BY) as folder:
        if site is not None:
            shutil.copytree(site, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*"))
        copy_report(report, folder / REPORT)
        kept = []
        for own in frozen:
            own.copy_to(folder / VERSIONS / own.version)
            kept.append(replace(own, place=folder / VERSIONS / own.version))
        (folder / VERSIONS).mkdir(exist_ok=True)
        pages = {**texts, f"{VERSIONS}/{INDEX}": listing_page(changes, kept, feed=FEED in texts, at="../")}
        if site is None:
            pages[INDEX] = listing_page(changes, kept, feed=FEED in texts, at="")
        listed = [{"version": own.version, "commit": own.commit, "digest": own.digest} for own in kept]
        pages[f"{VERSIONS}/{LIST}"] = to_json(listed) + "\n"
        for name, text in pages.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
        (folder / ".nojekyll").touch()  # GitHub Pages would leave out what begins with an underscore
    return output / INDEX


def _check_site(site: Path | None) -> None:
    if site is None:
        return
    if not (site / INDEX).is_file():
        raise ReportError(NO_FRONT.format(site=site))
    clash = sorted(OURS & {path.name for path in site.iterdir()})
    if clash:
        raise ReportError(CLASH.format(site=site, names=", ".join(clash)))


def _check_published(published: Path, given: Mapping[str, FrozenVersion]) -> None:
    try:
        listed = {str(own["version"]): str(own["digest"]) for own in json.loads(published.read_text(encoding="utf-8"))}
    except (ValueError, KeyError, TypeError) as error:
        raise ReportError(NOT_A_LIST.format(path=published, name=LIST)) from error
    for version, digest in listed.items():
        own = given.get(version)
        if own is None:
            raise FrozenError(VANISHED.format(version=version))
        if own.digest != digest:
            digests = {"digest": digest[:12], "other": own.digest[:12]}
            raise FrozenError(OTHER_CONTENT.format(version=version, first=published, second=own.place, **digests))


def _gathered(output: Path, folders: Iterable[Path]) -> list[FrozenVersion]:
    """Return the released versions, newest first: those that are published already, and those in archives."""
    places = sorted(path for path in (output / VERSIONS).glob("*") if path.is_dir())
    for folder in folders:
        if not folder.is_dir():
            raise ReportError(NO_FOLDER.format(folder=folder))
        places += sorted(folder.glob(NAME.format(version="*")))
    found: dict[str, FrozenVersion] = {}
    for place in places:
        own = read_frozen(place)
        first = found.setdefault(own.version, own)
        if first.digest != own.digest:
            digests = {"digest": first.digest[:12], "other": own.digest[:12]}
            raise FrozenError(OTHER_CONTENT.format(version=own.version, first=first.place, second=own.place, **digests))
    return sorted(found.values(), key=lambda own: order(own.version), reverse=True)
