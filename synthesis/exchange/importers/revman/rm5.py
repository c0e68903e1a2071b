"""A file of RevMan 5 (.rm5) as the tables of a data package, so that everything after reads one form.

The file is XML, which is read without entities, document types or anything else that reaches outside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from synthesis.exchange.notes import Notes
from synthesis.exchange.source import Source, normalised, refused

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_OUTCOMES = {"DICH_OUTCOME": "DICH", "CONT_OUTCOME": "CONT", "IV_OUTCOME": "IV", "IPD_OUTCOME": "IPD"}
_ROWS = (
    "Analysis group", "Analysis number", "Analysis name", "Subgroup", "Subgroup number", "Applicability", "Study",
    "Study year", "GIV Mean", "GIV SE", "Experimental mean", "Experimental SD", "Experimental cases", "Experimental N",
    "Control mean", "Control SD", "Control cases", "Control N", "O-E", "Variance", "Weight", "Mean", "CI start",
    "CI end", "Footnotes",
)  # fmt: skip
_SETTINGS = (
    "Analysis group", "Analysis number", "Analysis name", "Analysis group name", "Experimental group label",
    "Control group label", "Statistical method", "Effect measure", "Analysis model", "Overall estimates",
    "Subgroup estimates", "Swap event and non-event", "Graph label (left)", "Graph label (right)", "Mean", "CI start",
    "CI end", "CI method", "Heterogeneity estimator",
)  # fmt: skip
_FIGURES = {
    "DICH": {"Experimental cases": "EVENTS_1", "Experimental N": "TOTAL_1", "Control cases": "EVENTS_2",
             "Control N": "TOTAL_2"},
    "CONT": {"Experimental mean": "MEAN_1", "Experimental SD": "SD_1", "Experimental N": "TOTAL_1",
             "Control mean": "MEAN_2", "Control SD": "SD_2", "Control N": "TOTAL_2"},
    "IV": {"GIV Mean": "ESTIMATE", "GIV SE": "SE", "Experimental N": "TOTAL_1", "Control N": "TOTAL_2"},
    "IPD": {"Experimental cases": "EVENTS_1", "Experimental N": "TOTAL_1", "Control cases": "EVENTS_2",
            "Control N": "TOTAL_2", "O-E": "O_E", "Variance": "VAR"},
}  # fmt: skip
_MEASURES = {"RR": "Risk Ratio", "OR": "Odds Ratio", "PETO_OR": "Peto Odds Ratio", "RD": "Risk Difference",
             "MD": "Mean Difference", "SMD": "Std. Mean Difference"}  # fmt: skip
_ANSWERS = {"YES": "Low risk", "NO": "High risk", "UNKNOWN": "Unclear risk"}
_BEGINS = (b"<COCHRANE_REVIEW", b"<!DOCTYPE COCHRANE_REVIEW")


def is_rm5(path: Path, content: bytes) -> bool:
    """Say whether a file is one of RevMan 5, by its name or how it begins."""
    return path.suffix.casefold() == ".rm5" or any(start in content[:2000] for start in _BEGINS)


def read_rm5(path: Path, content: bytes, notes: Notes) -> tuple[Source, Source, Source | None]:
    """Return the data rows, the settings and the judgements of bias of a RevMan 5 file.

    Raises
    ------
    DataError
        For XML that is damaged, reaches outside itself, or is no review.
    """
    try:
        root = fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        message = f"The file declares what a review does not need ({type(error).__name__}); it is not read."
        raise refused(path, "unreadable", message, hint="Save the review again with RevMan 5.") from error
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise refused(path, "unreadable", f"The file is no XML that can be read: {str(error)[:200]}.") from error
    if root.tag != "COCHRANE_REVIEW":
        raise refused(path, "unreadable", f"This is no review of RevMan 5: its outermost element is {root.tag[:60]}.")
    studies = {study.get("ID", ""): study for study in root.iter("STUDY")}
    rows, settings = [], []
    left_out = 0
    for comparison in root.iter("COMPARISON"):
        left_out += len(comparison.findall("OTHER_OUTCOME"))
        for outcome in comparison:
            if outcome.tag in _OUTCOMES:
                place = {"Analysis group": comparison.get("NO", ""), "Analysis number": outcome.get("NO", "")}
                place["Analysis name"] = _text(outcome, "NAME")
                settings.append(place | _setting(outcome, _text(comparison, "NAME")))
                rows += [place | row for row in _data(outcome, _OUTCOMES[outcome.tag], studies)]
    if left_out:
        notes.add("left_out", "other_data", f"{left_out} analyses hold text only (other data); left out.")
    if not rows:
        raise refused(path, "unreadable", "The review holds no analysis with data.")
    notes.add(
        "decided",
        "package",
        f"Read from a file of RevMan {root.get('REVMAN_VERSION', '5')}; rows are counted as in it.",
    )
    digest = hashlib.sha256(content).hexdigest()
    return (
        _table(path.name, _ROWS, rows, digest),
        _table(path.name, _SETTINGS, settings, digest),
        _bias(path.name, root, studies, digest),
    )


def _setting(outcome: Element, comparison: str) -> dict[str, str]:
    measure, method = outcome.get("EFFECT_MEASURE", ""), outcome.get("METHOD", "")
    if method == "PETO":
        measure = "PETO_OR"
    estimable = outcome.get("ESTIMABLE", "YES") == "YES"
    return {
        "Analysis group name": comparison,
        "Experimental group label": _text(outcome, "GROUP_LABEL_1"),
        "Control group label": _text(outcome, "GROUP_LABEL_2"),
        "Statistical method": method,
        "Effect measure": _MEASURES.get(measure) or _text(outcome, "EFFECT_MEASURE") or measure,
        "Analysis model": "Random effect" if outcome.get("RANDOM") == "YES" else "Fixed effect",
        "Heterogeneity estimator": "DL" if outcome.get("RANDOM") == "YES" else "",
        "Overall estimates": "true" if outcome.get("TOTALS", "YES") == "YES" else "false",
        "Subgroup estimates": "true" if outcome.get("TOTALS") in ("YES", "SUB") else "false",
        "Swap event and non-event": "true" if outcome.get("SWAP_EVENTS") == "YES" else "false",
        "Graph label (left)": _text(outcome, "GRAPH_LABEL_1"),
        "Graph label (right)": _text(outcome, "GRAPH_LABEL_2"),
        "Mean": outcome.get("EFFECT_SIZE", "") if estimable else "",
        "CI start": outcome.get("CI_START", "") if estimable else "",
        "CI end": outcome.get("CI_END", "") if estimable else "",
        "CI method": "Wald",
    }


def _data(outcome: Element, kind: str, studies: dict[str, Element]) -> Iterator[dict[str, str]]:
    for holder in (outcome, *outcome.findall(f"{kind}_SUBGROUP")):
        inside = holder is not outcome
        for row in holder.findall(f"{kind}_DATA"):
            study = studies.get(row.get("STUDY_ID", ""))
            estimable = row.get("ESTIMABLE", "YES") == "YES"
            made = {name: row.get(attribute, "") for name, attribute in _FIGURES[kind].items()}
            yield made | {
                "Subgroup": _text(holder, "NAME") if inside else "",
                "Subgroup number": holder.get("NO", "") if inside else "",
                "Applicability": "SUBGROUP_AND_OVERALL",
                "Study": study.get("NAME", "") if study is not None else row.get("STUDY_ID", ""),
                "Study year": study.get("YEAR", "") if study is not None else "",
                "Weight": row.get("WEIGHT", ""),
                "Mean": row.get("EFFECT_SIZE", "") if estimable else "",
                "CI start": row.get("CI_START", "") if estimable else "",
                "CI end": row.get("CI_END", "") if estimable else "",
                "Footnotes": _text(row, "FOOTNOTE"),
            }


def _bias(file: str, root: Element, studies: dict[str, Element], digest: str) -> Source | None:
    """Return the judgements of the tool of 2011, a row a study and a column a domain."""
    judged: dict[str, dict[str, str]] = {}
    names = []
    for item in root.iter("QUALITY_ITEM"):
        name = _text(item, "NAME")
        if not name:
            continue
        names.append(name)
        for entry in item.iter("QUALITY_ITEM_DATA_ENTRY"):
            study = studies.get(entry.get("STUDY_ID", ""))
            if study is not None:
                answer = _ANSWERS.get(entry.get("RESULT", ""), "")
                judged.setdefault(study.get("NAME", ""), {})[name] = answer
    if not judged:
        return None
    columns = ("Study", *dict.fromkeys(names))
    return _table(file, columns, [{"Study": study} | cells for study, cells in judged.items()], digest)


def _table(file: str, columns: tuple[str, ...], rows: list[dict[str, str]], digest: str) -> Source:
    return Source(
        file=file,
        header=tuple(normalised(name) for name in columns),
        printed=columns,
        rows=[[row.get(name, "") for name in columns] for row in rows],
        lines=list(range(2, len(rows) + 2)),
        decimal_comma=False,
        sha256=digest,
    )


def _text(element: Element, tag: str) -> str:
    found = element.find(tag)
    return " ".join("".join(found.itertext()).split()) if found is not None else ""
