"""Commands on the report: make its pages, and verify them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from synthesis.cli.options import Place, takes_place
from synthesis.errors import NotEstimableError

if TYPE_CHECKING:
    from synthesis.evidence import Evidence


@click.command()
@click.option(
    "--outcome", "outcomes", multiple=True, help="Outcome domain; repeat for several.  [default: all with three trials]"
)
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), default="reports", show_default=True)
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A notebook parameter, such as method=DL.")
@click.option("--jobs", type=click.IntRange(min=1), help="Notebooks run side by side.  [default: two a processor]")
@click.option("--force", is_flag=True, help="Run everything again, whether it changed or not.")
@takes_place
def report(
    outcomes: tuple[str, ...],
    output: Path,
    settings: tuple[str, ...],
    jobs: int | None,
    force: bool,
    place: Place,
) -> int:
    """Run the notebooks on the data and render them as pages; index.html is the one to open.

    \b
    Example:
      synthesis report --outcome recovery --outcome hope --output reports
    """
    from synthesis.reports import run_report

    return run_report(
        data=place.data,
        references=place.references,
        outcomes=list(outcomes),
        output=output,
        settings=list(settings),
        jobs=jobs,
        force=force,
        explorer=_explorer,
    )


def _explorer(evidence: Evidence) -> str:
    """Return the page on which readers explore; empty where no trial has a usable effect."""
    from synthesis.explorer import explorer_html

    try:
        return explorer_html(evidence)
    except NotEstimableError:
        return ""


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default="reports")
@takes_place
def verify(folder: Path, place: Place) -> int:
    """Say whether a report in FOLDER is unaltered and what today's data, code and libraries would give.

    Exit 0 if it is, 1 otherwise. FOLDER is a whole report or one page's folder, `reports` by default.

    \b
    Example:
      synthesis verify reports
    """
    from synthesis.reports import verify_report

    found = verify_report(folder, place.data, references=place.references)
    click.echo(str(found))
    return 0 if found.holds else 1


COMMANDS = (report, verify)
