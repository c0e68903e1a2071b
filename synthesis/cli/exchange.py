"""Commands between programs: import someone else's database, export ours."""

from __future__ import annotations

from pathlib import Path

import click

from synthesis.cli.options import Place, takes_place


@click.command("import")
@click.argument("form", metavar="FORMAT", type=click.Choice(["metapsy", "revman"]))
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--output", type=click.Path(path_type=Path), required=True, help="The data root to make; a new or empty folder."
)
@click.option("--outcome", help="metapsy: the outcome domain of rows without a category.  [default: outcome]")
@click.option(
    "--better",
    multiple=True,
    metavar="higher|lower|NAME=lower",
    help="Which direction is good where the file does not tell; NAME=... for one scale or outcome. May be repeated.",
)
def import_(form: str, source: Path, output: Path, outcome: str | None, better: tuple[str, ...]) -> None:
    """Make a data root of someone else's database, with a report of all that was decided on the way.

    FORMAT is metapsy (a database in the Metapsy standard) or revman (a Cochrane review: the data package as it is
    downloaded, zipped or not, its data rows, or an .rm5 file).

    \b
    Examples:
      synthesis import metapsy data.csv --output metapsy
      synthesis import metapsy data.csv --better lower --output metapsy
      synthesis import revman CD010880-dataPackage.zip --output review
    """
    from synthesis.exchange.importers import import_metapsy, import_revman

    if form == "metapsy":
        click.echo(import_metapsy(source, output, better=better, **({"outcome": outcome} if outcome else {})))
    elif outcome:
        raise click.UsageError("--outcome is for metapsy; the analyses of a review name their outcomes.")
    else:
        click.echo(import_revman(source, output, better=better))


@click.command()
@click.argument("form", metavar="FORMAT", type=click.Choice(["metapsy", "revman", "metafor", "datapackage"]))
@click.argument("output", type=click.Path(path_type=Path))
@takes_place
@click.option("--outcome", help="metafor: one outcome domain.  [default: all]")
@click.option("--force", is_flag=True, help="Replace a file that exists.")
def export(form: str, output: Path, place: Place, outcome: str | None, force: bool) -> None:
    """Write the data in the format of another program, with a report of what that format cannot hold.

    FORMAT is metapsy, revman, metafor (one table for escalc and rma) or datapackage (Frictionless, holds everything).
    OUTPUT is a file where it ends in .csv, otherwise a folder.

    \b
    Examples:
      synthesis export metafor recovery.csv --outcome recovery
      synthesis export datapackage package
    """
    from synthesis.exchange.exporters import export_datapackage, export_metafor, export_metapsy, export_revman

    if outcome and form != "metafor":
        raise click.UsageError("--outcome is for metafor.")
    if form == "datapackage":
        if output.suffix.lower() == ".csv":
            raise click.UsageError("A data package is a folder; give a name without .csv.")
        click.echo(export_datapackage(place.load(), output))
    elif form == "metafor":
        click.echo(export_metafor(place.load(), output, outcome=outcome, force=force))
    else:
        write = {"metapsy": export_metapsy, "revman": export_revman}[form]
        click.echo(write(place.load(), output, force=force))


COMMANDS = (import_, export)
