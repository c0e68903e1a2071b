"""The one layout and style of every page, and the policy that lets a page fetch, run and send nothing."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from synthesis.reports.record.fingerprint import TEMPLATES

# Nothing is fetched, run or sent: pictures and style travel inside the file.
CONTENT_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-src 'none'"
)


@cache
def templates() -> Environment:
    """Return the environment of the page templates; every value is escaped unless it is marked as HTML."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["day"] = _day
    environment.filters["sentence"] = _sentence
    environment.tests["in_references"] = lambda name: "#" in name
    environment.globals["style"] = Markup((TEMPLATES / "report.css").read_text(encoding="utf-8"))
    environment.globals["content_policy"] = CONTENT_POLICY
    return environment


def _sentence(text: str) -> str:
    """End a definition with a full stop, as its author may not have."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _day(moment: str) -> str:
    """Turn an ISO moment into "25 November 2026, 19:03 UTC"."""
    when = datetime.fromisoformat(moment)
    return f"{when.day} {when:%B %Y, %H:%M} UTC"
