"""The command that writes the explorer, a page on which readers change the model and the trials themselves."""

from __future__ import annotations

from pathlib import Path

import click

from synthesis.cli.beside import takes_level
from synthesis.cli.options import Place, layout, takes_place


@click.command()
@click.argument("outcome", required=False)
@takes_place
@takes_level
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    default="reports/explorer.html",
    show_default=True,
    help="Where the page is written.",
)
@click.option("--force", is_flag=True, help="Replace FILE even if this command did not make it.")
@layout("path", "json", says="path: write the page and print where; json: only print what it would hold.")
def explore(outcome: str | None, place: Place, level: float, output: Path, force: bool, form: str) -> None:
    """Write a page on which readers change the model and the trials themselves, opening on OUTCOME; print its path.

    One file that opens by itself in a browser, asks the network for nothing and keeps the main result beside
    the explored one.

    \b
    Example:
      synthesis explore recovery
    """
    from synthesis.explorer import explorer_data, write_explorer
    from synthesis.results import to_json

    evidence = place.load()
    if form == "json":
        click.echo(to_json(explorer_data(evidence, outcome, level=level)))
        return
    click.echo(write_explorer(evidence, output, outcome=outcome, level=level, force=force))


COMMANDS = (explore,)
