"""Tables and sentences as a notebook shows them: real headers, captions, everything escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

import pandas as pd

from synthesis.answers.overview import Overview
from synthesis.answers.statements import SAID_ONCE, OutcomeFinding, said_once
from synthesis.markup import table_html
from synthesis.wording import count


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
        rows = count(len(self.frame), "row")
        return f"<details><summary>{escape(self.caption)} ({rows})</summary>{table}</details>"

    def __repr__(self) -> str:
        return f"{self.caption}\n{self.frame.to_string(index=False)}"


def show_table(frame: pd.DataFrame, caption: str, *, folded: bool = False) -> TableView:
    """Show a display-ready table under a caption; `folded` keeps a long one behind a line that opens.

    Examples
    --------
    >>> from synthesis.tables import show_table
    >>> show_table(trials_table(pooled), "The trials")._repr_html_()[:40]
    '<div class="table-scroll" role="region" '
    """
    return TableView(frame, caption, folded)


@dataclass(frozen=True, eq=False)
class TextView:
    """Sentences to read; in a notebook they show themselves as paragraphs, or as a list."""

    sentences: tuple[str, ...]
    listed: bool = False

    def _repr_html_(self) -> str:
        if self.listed:
            items = "".join(f"<li>{escape(sentence)}</li>" for sentence in self.sentences)
            return f"<ul>{items}</ul>"
        return "".join(f"<p>{escape(sentence)}</p>" for sentence in self.sentences)

    def __repr__(self) -> str:
        return "\n".join(f"- {sentence}" if self.listed else sentence for sentence in self.sentences)


def show_text(*sentences: str) -> TextView:
    """Show computed sentences as paragraphs; empty ones are left out.

    Examples
    --------
    >>> from synthesis.tables import show_text
    >>> show_text("A paragraph.", "")._repr_html_()
    '<p>A paragraph.</p>'
    """
    return TextView(tuple(filter(None, sentences)))


def show_list(sentences: Iterable[str]) -> TextView:
    """Show computed sentences as a list.

    Examples
    --------
    >>> from synthesis.tables import show_list
    >>> show_list(["First sentence.", "Second sentence."])._repr_html_()
    '<ul><li>First sentence.</li><li>Second sentence.</li></ul>'
    """
    return TextView(tuple(filter(None, sentences)), listed=True)


@dataclass(frozen=True, eq=False)
class TablesView:
    """Several tables, each behind a line that opens; nothing where there are none."""

    tables: tuple[TableView, ...]

    def _repr_html_(self) -> str:
        return "".join(table._repr_html_() for table in self.tables)

    def __repr__(self) -> str:
        return "\n\n".join(map(repr, self.tables))


def show_tables(tables: Mapping[str, pd.DataFrame]) -> TablesView:
    """Show display-ready tables by their captions, each behind a line that opens.

    Examples
    --------
    >>> from synthesis.tables import show_tables
    >>> show_tables({"The trials": trials_table(pooled)})._repr_html_()[:40]
    '<details><summary>The trials (19 rows)</'
    """
    return TablesView(tuple(TableView(frame, caption, folded=True) for caption, frame in tables.items()))


@dataclass(frozen=True, eq=False)
class SectionView:
    """Sentences to read as a list under a heading of their own; nothing where there are none."""

    heading: str
    sentences: tuple[str, ...]

    def _repr_html_(self) -> str:
        if not self.sentences:
            return ""
        return f"<h2>{escape(self.heading)}</h2>{show_list(self.sentences)._repr_html_()}"

    def __repr__(self) -> str:
        return "\n\n".join([self.heading, repr(show_list(self.sentences))]) if self.sentences else ""


def show_section(heading: str, sentences: Iterable[str]) -> SectionView:
    """Show computed sentences as a list under a heading, and neither where there is no sentence.

    Examples
    --------
    >>> from synthesis.tables import show_section
    >>> show_section("What was found", ["One sentence."])._repr_html_()
    '<h2>What was found</h2><ul><li>One sentence.</li></ul>'
    """
    return SectionView(heading, tuple(filter(None, sentences)))


@dataclass(frozen=True, eq=False)
class FindingsView:
    """One section an outcome: the finding, how sure and why, fidelity."""

    findings: tuple[OutcomeFinding, ...]

    def _repr_html_(self) -> str:
        same, own = self._told_apart()
        above = f"{show_text(SAID_ONCE)._repr_html_()}{show_list(same)._repr_html_()}" if same else ""
        return above + "".join(map(_section, own))

    def __repr__(self) -> str:
        same, own = self._told_apart()
        told = [[f.headline, f.meaning, f.expectation, *f.reservations, f.fidelity] for f in own]
        return "\n\n".join("\n".join(filter(None, texts)) for texts in [*told, same] if texts)

    def _told_apart(self) -> tuple[list[str], list[OutcomeFinding]]:
        same, own = said_once(finding.to_dict() for finding in self.findings)
        return same, [OutcomeFinding(**finding) for finding in own]


def show_findings(overview: Overview) -> FindingsView:
    """Show the finding of every answered outcome as a section of its own.

    Examples
    --------
    >>> from synthesis.tables import show_findings
    >>> show_findings(summarise(evidence, outcomes=["recovery", "hope"], permutations=99))._repr_html_()[:40]
    '<p>What holds for several of these outco'
    """
    return FindingsView(tuple(answer.finding for answer in overview.answers.values()))


def _section(finding: OutcomeFinding) -> str:
    paragraphs = show_text(finding.headline, finding.robust, finding.meaning, finding.expectation)._repr_html_()
    reasons = show_list(finding.reservations)._repr_html_()
    fidelity = f"<p><strong>Fidelity.</strong> {escape(finding.fidelity)}</p>" if finding.fidelity else ""
    return (
        f'<section class="finding"><h3>{escape(finding.outcome_label)}</h3>{paragraphs}'
        f"<p><strong>How sure, and why</strong></p>{reasons}{fidelity}</section>"
    )
