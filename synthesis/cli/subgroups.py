"""The command that pools an outcome within kinds of trials."""

from __future__ import annotations

import click

from synthesis.cli.options import Model, Place, Reading, layout, takes_model, takes_place, takes_reading


@click.command()
@click.argument("outcome")
@click.option(
    "--by",
    multiple=True,
    help="people, peers, comparator, length, year or bias; may be given several times.  [default: all]",
)
@takes_place
@takes_reading
@takes_model
@layout("table", "json")
def subgroups(outcome: str, by: tuple[str, ...], place: Place, reading: Reading, model: Model, form: str) -> None:
    """Pool OUTCOME within kinds of trials, and test whether the kinds differ.

    \b
    Example:
      synthesis subgroups depression --by people
    """
    from synthesis.answers.subgroups import subgroups as pool_groups
    from synthesis.results import to_json
    from synthesis.tables.terminal import text_table

    evidence = place.load()
    found = pool_groups(reading.compute(evidence, outcome), evidence, by=by or None, **model.settings)
    if form == "json":
        click.echo(to_json(found.to_dict()))
        return
    click.echo(f"{text_table(found.shown())}\n\n{' '.join(found.sentences())}")


COMMANDS = (subgroups,)
