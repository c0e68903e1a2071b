"""The explorer as one file that opens by itself: no request, no script but its own, and a result for who runs none."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from synthesis import __version__
from synthesis.choices import CI, LEVEL, METHOD
from synthesis.evidence import Evidence
from synthesis.explorer.data import explorer_data
from synthesis.explorer.module import DATA_ID, HOST_ID, page_module, style
from synthesis.explorer.words import (
    LEAD,
    MADE,
    NEEDS_SCRIPT,
    STATIC,
    STATIC_CAPTION,
    STATIC_NONE,
    TITLE,
)
from synthesis.figures.forest.texts import CI_WORDS
from synthesis.files import DestinationError, new_file
from synthesis.markup import table_html
from synthesis.reports.page.index import SITE
from synthesis.reports.page.layout import templates
from synthesis.reports.record.fingerprint import data_hash
from synthesis.statistics.measures import MEASURES

# By this a later run knows that the file is its own, and may be replaced.
MARK = '<meta name="generator" content="synthesis explore">'
LOOKED_AT = 4096
POLICY = (
    "default-src 'none'; img-src data:; style-src {style}; script-src {script}; base-uri 'none'; form-action 'none'"
)
TEMPLATE = Path(__file__).parent / "browser" / "page.html.j2"
_TEXTS = {kind: re.compile(rf"<{kind}[^>]*>(.*?)</{kind}>", re.DOTALL) for kind in ("style", "script")}


def explorer_page(data: dict[str, Any], *, fingerprint: str, in_report: bool = False) -> str:
    """Return the page.

    Parameters
    ----------
    data : dict
        From `explorer_data`.
    fingerprint : str
        Of the data files.
    in_report : bool
        Whether it stands beside a report's index, to which it then links.

    Examples
    --------
    >>> from synthesis.explorer import explorer_page
    >>> explorer_page(explorer_data(evidence.reporting("hope"), "hope"), fingerprint="")[:15]
    '<!doctype html>'
    """
    environment = templates()
    values = {
        "title": TITLE,
        "site": SITE,
        "in_report": in_report,
        "contents": (),
        "style": Markup(str(environment.globals["style"]) + style()),
        "mark": Markup(MARK),
        "lead": LEAD,
        "needs_script": NEEDS_SCRIPT,
        "static": STATIC,
        "table": Markup(_static_table(data)),
        "made": MADE.format(version=__version__, sha256=fingerprint[:12]),
        "host_id": HOST_ID,
        "data_id": DATA_ID,
        "data": Markup(_in_script(data)),
        "module": Markup(page_module()),
    }
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    # What a policy allows is the exact text between the tags, so the page is made once to be measured.
    draft = template.render(**values, content_policy="")
    allowed = {kind: _hash(found.findall(draft)[-1]) for kind, found in _TEXTS.items()}
    return template.render(**values, content_policy=Markup(POLICY.format(**allowed)))


def explorer_html(
    evidence: Evidence, outcome: str | None = None, *, level: float = LEVEL, in_report: bool = True
) -> str:
    """Return the page of a data root, as a report holds it or by itself; the rest as `explorer_data` takes it.

    Examples
    --------
    >>> from synthesis.explorer import explorer_html
    >>> explorer_html(evidence.reporting("hope"), "hope", in_report=False)[:15]
    '<!doctype html>'
    """
    data = explorer_data(evidence, outcome, level=level)
    return explorer_page(data, fingerprint=data_hash(evidence.files), in_report=in_report)


def write_explorer(
    evidence: Evidence,
    output: Path | str = "reports/explorer.html",
    *,
    outcome: str | None = None,
    level: float = LEVEL,
    force: bool = False,
) -> Path:
    """Write the explorer as a page of its own.

    Parameters
    ----------
    evidence : Evidence
    output : path
        The file: a new one, or one that an earlier call made.
    outcome : str, optional
        The outcome it opens on.
    level : float
        Confidence level of every interval.
    force : bool
        Replace a file that no earlier call made.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ChoiceError, NotEstimableError
        As `explorer_data`.
    DestinationError
        Where something else stands there.

    Examples
    --------
    >>> write_explorer(evidence.reporting("hope"), "explorer.html", outcome="hope").name
    'explorer.html'
    """
    place = Path(output)
    if place.is_file() and not force and not _is_ours(place):
        raise DestinationError(
            f"{place} was not made by `synthesis explore`. Choose another name with --output, or replace it with "
            "--force."
        )
    in_report = (place.parent / "index.html").is_file()
    page = explorer_html(evidence, outcome, level=level, in_report=in_report)
    with new_file(place, force=True) as file:
        file.write_text(page, encoding="utf-8", newline="\n")
    return place


def _is_ours(place: Path) -> bool:
    with place.open("rb") as file:
        return MARK.encode() in file.read(LOOKED_AT)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode()}'"


def _in_script(data: dict[str, Any]) -> str:
    """Return JSON in which nothing ends the element that holds it, whatever labels say."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in ("<", ">", "&", "\u2028", "\u2029"):
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _static_table(data: dict[str, Any]) -> str:
    """Return the prespecified results as a table, for who runs no script."""
    fewest, rows = data["rules"]["fewest_trials"], []
    for one in data["outcomes"]:
        pooled, measure = one["prespecified"], MEASURES[one["measure"]["code"]]
        numbers = (pooled["estimate"], pooled["ci_lb"], pooled["ci_ub"])
        effect = measure.with_interval(*numbers) if one["trials"] >= fewest else STATIC_NONE
        rows.append((one["label"], one["trials"], measure.code, effect))
    frame = pd.DataFrame(rows, columns=["Outcome", "Trials", "Measure", "Effect and interval"])
    return table_html(frame, STATIC_CAPTION.format(method=METHOD, ci=CI_WORDS[CI]))
