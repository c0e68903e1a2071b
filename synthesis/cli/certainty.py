"""The command on certainty: what the rules suggest on one outcome, what people decided, rows for the file."""

from __future__ import annotations

import click

from synthesis.cli.options import AnyCase, Place, layout, takes_place
from synthesis.evidence.certainty import GRADE_POOLS


@click.command()
@click.argument("outcome")
@takes_place
@click.option("--pool", type=AnyCase(list(GRADE_POOLS)), help="A part of the trials.  [default: all that are pooled]")
@click.option(
    "--draft", is_flag=True, help="Print rows for judgements/grade.csv with the rules' facts; nothing is decided."
)
@layout("table", "json")
def grade(outcome: str, place: Place, pool: str | None, draft: bool, form: str) -> None:
    """Say how the certainty of the evidence on one OUTCOME is rated (GRADE), and what the rules suggest.

    Rules suggest, people decide: without their rows in judgements/grade.csv the certainty is not rated.

    \b
    Example:
      synthesis grade recovery
      synthesis grade recovery --draft > rows.csv
    """
    from synthesis.answers.grading.grade import grade_outcome
    from synthesis.results import to_json
    from synthesis.tables.certainty import draft_csv, grade_text

    found = grade_outcome(place.load(), outcome, pool=pool or "")
    if draft:
        rows = found.draft_rows()
        click.echo(to_json(rows) if form == "json" else draft_csv(rows), nl=form == "json")
        return
    click.echo(to_json(found.to_dict()) if form == "json" else grade_text(found))


COMMANDS = (grade,)
