"""The command that says which paper, judgement or code would help most."""

from __future__ import annotations

import click

from synthesis.cli.options import Place, layout, takes_place


@click.command()
@click.option("--outcome", "outcomes", multiple=True, help="Only this outcome; may be given several times.")
@click.option("--most", type=click.IntRange(min=1), default=10, show_default=True, help="Rows shown; JSON has all.")
@takes_place
@layout("table", "json")
def worklist(outcomes: tuple[str, ...], most: int, place: Place, form: str) -> None:
    """Say what to read, judge or find out next: what could change an answer stands first.

    Each row names the file, and the row of it, where the finding is entered.

    \b
    Example:
      synthesis worklist --outcome readmission
    """
    from synthesis.answers.worklist import find_work
    from synthesis.results import to_json

    found = find_work(place.load(), outcomes=outcomes or None)
    if form == "json":
        click.echo(to_json(found.to_dict()))
        return
    for number, sentence in enumerate(found.sentences(most=most), start=1):
        click.echo(f"{number:>2}  {sentence}")
    if len(found.table):
        click.echo(f"\n{found}.")


COMMANDS = (worklist,)
