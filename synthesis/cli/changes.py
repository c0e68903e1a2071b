"""The command that says what each version of a review changed, as a page and as a feed."""

from __future__ import annotations

from pathlib import Path

import click

from synthesis.cli.options import Place, takes_place


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default="reports")
@click.option("--since", default="", metavar="REVISION", help="Begin with this commit, branch or tag.  [default: all]")
@click.option("--address", default="", metavar="URL", help="Where FOLDER is published, for the links of the feed.")
@takes_place
def changes(folder: Path, since: str, address: str, place: Place) -> None:
    """Write what each version changed into FOLDER, by default reports: changes.html, a feed and the numbers.

    Versions are the repository's tags such as v1.0.0, and the data as they stand; each is compared with the one before
    it, as `synthesis diff` does.

    \b
    Example:
      synthesis changes
      synthesis changes reports --since HEAD~5
    """
    from synthesis.reports.changes import make_changes
    from synthesis.reports.changes.history import compare_versions
    from synthesis.reports.report import to_stderr

    found = compare_versions(
        place.data, references=place.references, given=place.given, since=since, progress=to_stderr
    )
    for path in make_changes(found, folder, address=address):
        click.echo(path)


COMMANDS = (changes,)
