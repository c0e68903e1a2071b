"""Commands on what stands beside the main analysis, never in its place."""

from __future__ import annotations

import click

from synthesis.choices import LEVEL, SCORE, Score
from synthesis.cli.options import Place, Reading, choice, layout, takes_place, takes_reading

takes_level = click.option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=LEVEL,
    show_default=True,
    help="Level of the intervals.",
)


@click.command("direction-only")
@click.argument("outcome")
@takes_place
@takes_reading
@takes_level
@choice("--score", Score, SCORE, "What benefit is regressed on.")
@layout("table", "json")
def directions(outcome: str, place: Place, reading: Reading, level: float, score: str, form: str) -> None:
    """Pool and slope of one OUTCOME with the results that only say a direction, or no difference.

    \b
    Example:
      synthesis direction-only recovery
    """
    from synthesis.answers.direction_only import with_directions
    from synthesis.answers.fidelity import score_fidelity
    from synthesis.results import to_json
    from synthesis.tables import directions_text

    evidence = place.load()
    effects, scores = reading.compute(evidence, outcome), score_fidelity(evidence)
    found = with_directions(effects, scores, evidence, score=score, level=level)  # type: ignore[arg-type]
    click.echo(to_json(found.to_dict()) if form == "json" else directions_text(found))


COMMANDS = (directions,)
