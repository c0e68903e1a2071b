"""The list of versions: where each report lies, with its data and code, and which of them is of today."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from synthesis.evidence.versions import order
from synthesis.reports.changes.feed import anchor_of
from synthesis.reports.changes.history import Changes, Step
from synthesis.reports.changes.page import day_of
from synthesis.reports.page.layout import templates
from synthesis.reports.publishing.freeze import DATA, DOCUMENTS, SOURCE
from synthesis.reports.publishing.frozen import FrozenVersion
from synthesis.reports.record.fingerprint import command_line, surroundings

TITLE = "Versions"


def listing_page(changes: Changes, frozen: Sequence[FrozenVersion], *, feed: bool, at: str) -> str:
    """Return the HTML of the list.

    Parameters
    ----------
    changes : Changes
    frozen : sequence of FrozenVersion
        Those that were kept.
    feed : bool
        Whether there is one.
    at : str
        The way from the page to the top of what is served: empty, or one step up.
    """
    template = templates().get_template("versions.html.j2")
    return template.render(
        title=changes.review.title if not at else TITLE,
        site=changes.review.title,
        question=changes.review.question,
        above=f"{at}index.html" if at else "",
        at=at,
        feed=feed,
        now=_now(changes),
        versions=_versions(changes, frozen),
        contents=[],
        record=surroundings(".") | {"command": command_line()},
    )


def _now(changes: Changes) -> dict[str, Any]:
    """Return what is said of the report of today: the newest step, released or not."""
    newest = changes.steps[0]
    return {
        "day": day_of(changes.history.now.date) if changes.history.now.date else "",
        "version": newest.version.name,
        "summary": newest.summary if newest.is_now else "",
        "before": newest.before.name if newest.is_now and newest.before else "",
        "anchor": anchor_of(newest),
    }


def _versions(changes: Changes, frozen: Sequence[FrozenVersion]) -> list[dict[str, Any]]:
    """Return a row a version, newest first: those that were kept, and those that only a tag tells of."""
    steps = {step.version.name: step for step in changes.steps if not step.is_now}
    kept = {own.version: own for own in frozen}
    known = {name for name in steps if _is_version(name)} | set(kept)
    names = sorted(known, key=order, reverse=True)
    return [_row(name, steps.get(name), kept.get(name), latest=place == 0) for place, name in enumerate(names)]


def _is_version(name: str) -> bool:
    try:
        order(name)
    except ValueError:
        return False
    return True


def _row(name: str, step: Step | None, own: FrozenVersion | None, *, latest: bool) -> dict[str, Any]:
    date = step.version.date if step else own.committed if own else ""
    row = {
        "name": name,
        "latest": latest,
        "day": day_of(date) if date else "",
        "summary": step.summary if step else "",
        "anchor": anchor_of(step) if step else "",
        "kept": own is not None,
    }
    if own is not None:
        documents = [path for path in own.files if path.count("/") == 1 and path.endswith(DOCUMENTS)]
        row |= {
            "commit": own.commit[:12],
            "digest": own.digest[:12],
            "synthesis": own.synthesis,
            "documents": [(path, path.rpartition(".")[2].upper()) for path in sorted(documents)],
            "data": DATA,
            "source": SOURCE,
        }
    return row
