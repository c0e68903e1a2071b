"""Commands that ask what explains the differences between trials: joint, hypotheses, components, silence."""

from __future__ import annotations

import click

from synthesis.choices import LEVEL, METHOD, MOST_PERMUTATIONS, PERMUTATIONS, SEED
from synthesis.cli.options import (
    Decorator,
    Model,
    Place,
    Reading,
    layout,
    takes_model,
    takes_place,
    takes_reading,
    takes_rho,
    takes_score,
)

_PERMUTATIONS = click.option(
    "--permutations",
    type=click.IntRange(min=1, max=MOST_PERMUTATIONS),
    default=PERMUTATIONS,
    show_default=True,
    help="Random arrangements of whole trials; all distinct ones where there are no more.",
)
_SEED = click.option("--seed", type=click.IntRange(min=0), default=SEED, show_default=True, help="Of what is drawn.")
_LEVEL: Decorator = click.option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=LEVEL,
    show_default=True,
    help="Confidence level.",
)


@click.command()
@click.option("--moderator", default="fidelity", show_default=True, help="fidelity, year or another rival of it.")
@click.option("--beside", multiple=True, help="What else stands in the model; may be given several times.")
@click.option("--outcome", "outcomes", multiple=True, help="Only this outcome; may be given several times.")
@takes_score
@takes_place
@takes_rho
@_LEVEL
@_PERMUTATIONS
@_SEED
@layout("table", "json")
def joint(
    moderator: str,
    beside: tuple[str, ...],
    outcomes: tuple[str, ...],
    score: str,
    place: Place,
    rho: float,
    level: float,
    permutations: int,
    seed: int,
    form: str,
) -> None:
    """Regress the benefit on all outcomes at once on fidelity, or on a rival of it.

    \b
    Example:
      synthesis joint --score calibrated --beside year
    """
    from synthesis.answers.joint import joint as fit
    from synthesis.results import to_json
    from synthesis.tables.explain import joint_text

    found = fit(
        place.load(),
        moderator=moderator,
        beside=beside,
        score=score,
        outcomes=outcomes or None,
        rho=rho,
        level=level,
        permutations=permutations,
        seed=seed,
    )
    click.echo(to_json(found.to_dict()) if form == "json" else joint_text(found, asked=rho))


@click.command()
@takes_place
@_PERMUTATIONS
@_SEED
@layout("table", "json")
def hypotheses(place: Place, permutations: int, seed: int, form: str) -> None:
    """Run every declared hypothesis by its own rule, the first plan beside what amends it.

    \b
    Example:
      synthesis hypotheses --format json
    """
    from synthesis.answers.hypotheses import run_hypotheses
    from synthesis.results import to_json
    from synthesis.tables.explain import hypotheses_text

    found = run_hypotheses(place.load(), permutations=permutations, seed=seed)
    click.echo(to_json(found.to_dict()) if form == "json" else hypotheses_text(found))


@click.command()
@click.argument("outcome")
@takes_place
@takes_reading
@layout("table", "json")
def components(outcome: str, place: Place, reading: Reading, form: str) -> None:
    """Say which components the trials of one OUTCOME could tell apart.

    \b
    Example:
      synthesis components recovery
    """
    from synthesis.answers.fidelity import score_fidelity
    from synthesis.answers.identifiable import identify_components
    from synthesis.results import to_json
    from synthesis.tables.explain import components_text

    evidence = place.load()
    effects = reading.compute(evidence, outcome)
    found = identify_components(effects, score_fidelity(evidence), evidence.codebook.components)
    click.echo(to_json(found.to_dict()) if form == "json" else components_text(found))


@click.command()
@click.argument("outcome", required=False)
@takes_place
@takes_reading
@takes_model
@_SEED
@layout("table", "json")
def silence(outcome: str | None, place: Place, reading: Reading, model: Model, seed: int, form: str) -> None:
    """Show the slope on fidelity under every reading of what reports do not say, of one OUTCOME or of all.

    \b
    Example:
      synthesis silence recovery
    """
    from synthesis.answers.coverage import all_effects
    from synthesis.answers.fidelity import score_fidelity
    from synthesis.answers.silence import joint_silence_ladder, silence_ladder
    from synthesis.results import to_json
    from synthesis.tables.explain import silence_text

    if outcome is None and (model.method != METHOD or model.ci is not None):
        raise click.UsageError("--method and --ci go with one OUTCOME; the model of all outcomes has its own.")
    evidence = place.load()
    if outcome is None:
        effects = all_effects(evidence, **reading.settings)
        found = joint_silence_ladder(evidence, effects=effects, level=model.level, seed=seed)
    else:
        effects = reading.compute(evidence, outcome)
        found = silence_ladder(effects, score_fidelity(evidence), seed=seed, **model.settings)
    click.echo(to_json(found.to_dict()) if form == "json" else silence_text(found))


COMMANDS = (joint, hypotheses, components, silence)
