"""Tables and sentences as a notebook shows them: real headers, captions, everything escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

import pandas as pd

from synthesis.answers.overview import Overview
from synthesis.answers.statements import OutcomeFinding

_MINUS = re.compile(r"(?<![\w.)\]-])-(?=\d)")


@dataclass(frozen=True, eq=False)
class TableView:
    """A table to look at; in a notebook it shows itself.

    Attributes
    ----------
    frame : pandas.DataFrame
        Display-ready cells; the first column heads its rows.
    caption : str
        What the table shows.
    folded : bool
        Shown as a summary line that opens.
    """

    frame: pd.DataFrame
    caption: str
    folded: bool = False

    def _repr_html_(self) -> str:
        table = table_html(self.frame, self.caption)
        if not self.folded:
            return table
        count = f"{len(self.frame)} row" + ("" if len(self.frame) == 1 else "s")
        return f"<details><summary>{escape(self.caption)} ({count})</summary>{table}</details>"

    def __repr__(self) -> str:
        return f"{self.caption}\n{self.frame.to_string(index=False)}"


def show_table(frame: pd.DataFrame, caption: str, *, folded: bool = False) -> TableView:
    """Show a display-ready table under a caption; `folded` keeps a long one behind a line that opens."""
    return TableView(frame, caption, folded)


@dataclass(frozen=True, eq=False)
class TextView:
    """Sentences to read; in a notebook they show themselves as paragraphs, or as a list."""

    sentences: tuple[str, ...]
    listed: bool = False

    def _repr_html_(self) -> str:
        if self.listed:
            return (
                "<ul>" + "".join(f"<li>{escape(typographic(sentence))}</li>" for sentence in self.sentences) + "</ul>"
            )
        return "".join(f"<p>{escape(typographic(sentence))}</p>" for sentence in self.sentences)

    def __repr__(self) -> str:
        return "\n".join(f"- {sentence}" if self.listed else sentence for sentence in self.sentences)


def typographic(text: str) -> str:
    """Return a text for reading: a hyphen before a number that is not part of a word becomes a true minus sign."""
    return _MINUS.sub("\N{MINUS SIGN}", text)


def show_text(*sentences: str) -> TextView:
    """Show computed sentences as paragraphs; empty ones are left out."""
    return TextView(tuple(filter(None, sentences)))


def show_list(sentences: Iterable[str]) -> TextView:
    """Show computed sentences as a list."""
    return TextView(tuple(filter(None, sentences)), listed=True)


@dataclass(frozen=True, eq=False)
class FindingsView:
    """One section an outcome: the finding, how sure and why, fidelity."""

    findings: tuple[OutcomeFinding, ...]

    def _repr_html_(self) -> str:
        return "".join(_section(finding) for finding in self.findings)

    def __repr__(self) -> str:
        return "\n\n".join(
            "\n".join([f.headline, f.meaning, f.expectation, *f.reservations, f.fidelity]) for f in self.findings
        )


def show_findings(overview: Overview) -> FindingsView:
    """Show the finding of every answered outcome as a section of its own."""
    return FindingsView(tuple(answer.finding for answer in overview.answers.values()))


def _section(finding: OutcomeFinding) -> str:
    paragraphs = show_text(finding.headline, finding.meaning, finding.expectation)._repr_html_()
    reasons = show_list(finding.reservations)._repr_html_()
    return (
        f'<section class="finding"><h3>{escape(finding.outcome_label)}</h3>{paragraphs}'
        f"<p><strong>How sure, and why</strong></p>{reasons}"
        f"<p><strong>Fidelity.</strong> {escape(typographic(finding.fidelity))}</p></section>"
    )


def table_html(frame: pd.DataFrame, caption: str) -> str:
    """Write a table with a caption, column headers and row headers; a region that scrolls by itself where it is wide.

    Parameters
    ----------
    frame : pandas.DataFrame
        Cells are shown by `str`; the first column becomes the row headers. Numbers stand to the right.
    caption : str

    Returns
    -------
    str
        HTML in which every cell is text, whatever it holds.
    """
    title = escape(caption)
    if frame.empty:
        return f'<p class="empty">{title}: none.</p>'
    cells = [[_cell(value) for value in row] for row in frame.itertuples(index=False)]
    numeric = [all(_is_number(row[i]) for row in cells) for i in range(len(frame.columns))]
    head = "".join(
        f'<th scope="col"{_right(n)}>{escape(str(c))}</th>' for c, n in zip(frame.columns, numeric, strict=True)
    )
    body = "".join(f"<tr>{_row(row, numeric)}</tr>" for row in cells)
    return (
        f'<div class="table-scroll" role="region" tabindex="0" aria-label="{escape(caption, quote=True)}">'
        f"<table><caption>{title}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(cells: list[str], numeric: list[bool]) -> str:
    first, *others = cells
    rest = "".join(f"<td{_right(n)}>{escape(cell)}</td>" for cell, n in zip(others, numeric[1:], strict=True))
    return f'<th scope="row">{escape(first)}</th>{rest}'


def _cell(value: object) -> str:
    return "" if value is None or (isinstance(value, float) and value != value) else typographic(str(value))


def _is_number(cell: str) -> bool:
    return cell.lstrip("+-−").replace(",", "").replace("%", "").replace(".", "", 1).isdigit() or cell == ""


def _right(numeric: bool) -> str:
    return ' class="number"' if numeric else ""
