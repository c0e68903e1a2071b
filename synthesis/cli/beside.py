"""Commands on what stands beside the main analysis, never in its place."""

from __future__ import annotations

import click

from synthesis.choices import LEVEL
from synthesis.cli.options import AnyCase, Place, Reading, layout, takes_place, takes_reading, takes_score

POSITIVE = click.FloatRange(0, min_open=True)
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
@takes_score
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


@click.command()
@click.argument("outcome")
@takes_place
@takes_reading
@takes_level
@takes_score
@click.option(
    "--tau-prior",
    type=(AnyCase(["half-normal", "half-cauchy"]), POSITIVE),
    metavar="NAME SCALE",
    help="Prior of the standard deviation between trials: half-normal or half-cauchy.  [default: half-normal 0.5]",
)
@click.option("--mu-sd", type=POSITIVE, help="Standard deviation of the average's prior.  [default: 1]")
@click.option("--slope-sd", type=POSITIVE, help="Standard deviation of the slope's prior.  [default: 0.5]")
@layout("table", "json")
def bayes(
    outcome: str,
    place: Place,
    reading: Reading,
    level: float,
    score: str,
    tau_prior: tuple[str, float] | None,
    mu_sd: float | None,
    slope_sd: float | None,
    form: str,
) -> None:
    """Pool and slope of one OUTCOME by Bayes, with Bayes factors over the scale of their priors.

    \b
    Example:
      synthesis bayes recovery --tau-prior half-cauchy 0.5 --slope-sd 0.25
    """
    from synthesis.answers.bayes import bayes_answer
    from synthesis.answers.fidelity import score_fidelity
    from synthesis.results import to_json
    from synthesis.tables import bayes_text

    evidence = place.load()
    effects, scores = reading.compute(evidence, outcome), score_fidelity(evidence)
    priors = {"tau_prior": tau_prior, "mu_sd": mu_sd, "slope_sd": slope_sd}
    found = bayes_answer(effects, scores, score=score, level=level, **priors)  # type: ignore[arg-type]
    click.echo(to_json(found.to_dict()) if form == "json" else bayes_text(found))


COMMANDS = (directions, bayes)
