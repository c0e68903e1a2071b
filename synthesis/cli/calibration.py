"""The command that simulates how far the tests and intervals of the other commands can be trusted."""

from __future__ import annotations

from pathlib import Path

import click

from synthesis.choices import SEED
from synthesis.cli.options import Place, layout, takes_place


@click.command()
@click.option("--quick", is_flag=True, help="A few data sets a cell, to see what it does; kept only with --output.")
@click.option("--sets", type=click.IntRange(min=20), help="Data sets a cell.  [default: 20,000; fewer of slower tests]")
@click.option("--outcome", "outcomes", multiple=True, help="Only this outcome; may be given several times.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where each finished cell is kept at once.  [default: calibration.json in the data root]",
)
@click.option("--force", is_flag=True, help="Start over where FILE was made with other settings.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Cells side by side.")
@click.option("--seed", type=click.IntRange(min=0), default=SEED, show_default=True, help="Of what is drawn.")
@takes_place
@layout("table", "json")
def calibrate(
    quick: bool,
    sets: int | None,
    outcomes: tuple[str, ...],
    output: Path | None,
    force: bool,
    jobs: int,
    seed: int,
    place: Place,
    form: str,
) -> None:
    """Simulate at the design of the evidence how often its tests and intervals are right.

    Type I error, power, coverage and what each score shows of a true slope, each with its Monte-Carlo error. It takes
    about half an hour on two processors. What is finished is kept; after Ctrl-C the same command goes on.

    \b
    Example:
      synthesis calibrate --quick --outcome recovery
    """
    from synthesis.answers.calibration import QUICK, SIZES, Sizes
    from synthesis.answers.calibration import calibrate as run
    from synthesis.answers.calibration.results import FILE
    from synthesis.results import to_json
    from synthesis.tables.calibration import calibration_text

    if quick and sets is not None:
        raise click.UsageError("Give --quick or --sets, not both.")
    sizes = QUICK if quick else SIZES if sets is None else Sizes.of(sets)
    found = run(
        place.load(),
        output=output or (None if quick else place.data / FILE),
        sizes=sizes,
        seed=seed,
        outcomes=outcomes,
        jobs=jobs,
        force=force,
        progress=lambda line: click.echo(line, err=True),
    )
    click.echo(to_json(found.to_dict()) if form == "json" else calibration_text(found))


COMMANDS = (calibrate,)
