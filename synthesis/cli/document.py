"""The command that writes the panel's pack as Word and PDF."""

from __future__ import annotations

from pathlib import Path

import click

from synthesis.cli.options import Place, takes_place


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default="reports")
@click.option("--format", "formats", default="docx,pdf", show_default=True, help="docx, pdf, or both with a comma.")
@click.option(
    "--output", type=click.Path(file_okay=False, exists=True, path_type=Path), help="Folder.  [default: the report's]"
)
@click.option("--force", is_flag=True, help="Replace documents that somebody may have worked on.")
@takes_place
def document(folder: Path, formats: str, output: Path | None, force: bool, place: Place) -> None:
    """Write the report in FOLDER as one document for a panel to read, by default reports.

    Numbers, sentences and pictures are those of its pages; nothing is computed anew.

    \b
    Example:
      synthesis document --format docx
    """
    from synthesis.choices import chosen
    from synthesis.reports.documents import make_documents
    from synthesis.reports.documents.pack import FORMATS

    wanted = [chosen("format", own.strip(), FORMATS) for own in formats.split(",") if own.strip()]
    for made in make_documents(folder, place.load(), formats=wanted, output=output, force=force):
        click.echo(made)


COMMANDS = (document,)
