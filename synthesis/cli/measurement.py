"""The command that draws what arms truly did behind codes and silence."""

from __future__ import annotations

from pathlib import Path

import click

from synthesis.choices import SEED
from synthesis.cli.options import Place, layout, takes_place


@click.command()
@click.option(
    "--delta",
    "deltas",
    multiple=True,
    type=float,
    help="A reading of silence, several times.  [default: 0, -1, -2, -4]",
)
@click.option("--chains", type=click.IntRange(min=1), default=4, show_default=True, help="Chains, side by side.")
@click.option(
    "--draws", type=click.IntRange(min=20), default=4_000, show_default=True, help="Draws kept of each chain."
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where each finished delta is kept at once.  [default: measurement.json in the data root]",
)
@click.option("--force", is_flag=True, help="Start over where FILE was made with other settings.")
@click.option("--seed", type=click.IntRange(min=0), default=SEED, show_default=True, help="Of what is drawn.")
@takes_place
@layout("table", "json")
def measurement(
    deltas: tuple[float, ...],
    chains: int,
    draws: int,
    output: Path | None,
    force: bool,
    seed: int,
    place: Place,
    form: str,
) -> None:
    """Regress the benefit on all outcomes on what arms truly did, behind coders' errors and silent reports.

    Delta is the change in the log odds that a report names a component which was absent: no data tell it, so that
    several are tried. A delta takes about five minutes. What is finished is kept; after Ctrl-C the same command goes
    on.

    \b
    Example:
      synthesis measurement --delta 0 --draws 200 --output quick.json
    """
    from synthesis.answers.measurement import run_measurement
    from synthesis.answers.measurement.results import DELTAS, FILE, Sampling
    from synthesis.results import to_json
    from synthesis.tables.measurement import measurement_text

    found = run_measurement(
        place.load(),
        output=output or place.data / FILE,
        deltas=deltas or DELTAS,
        sampling=Sampling.of(chains, draws, seed),
        force=force,
        progress=lambda line: click.echo(line, err=True),
    )
    click.echo(to_json(found.to_dict()) if form == "json" else measurement_text(found))


COMMANDS = (measurement,)
