"""Commands that answer: effects, pool, how fragile it is, fidelity, agreement, and what a change to the data does."""

from __future__ import annotations

from pathlib import Path

import click

from synthesis.choices import (
    DEPENDENCE,
    ENGINE,
    METHOD,
    MOST_PERMUTATIONS,
    MOST_SUBSETS,
    PERMUTATIONS,
    SEED,
    Dependence,
    Engine,
    Method,
)
from synthesis.cli.options import (
    Model,
    Place,
    Reading,
    choice,
    layout,
    takes_model,
    takes_place,
    takes_pool,
    takes_reading,
    takes_rho,
    takes_score,
)

CHE_ONLY = "--dependence che is fitted by REML with CR2 intervals; leave out --method, --ci and --engine."
PICTURES = (".svg", ".png", ".pdf")


@click.command()
@click.option("--outcome", help="One outcome domain.  [default: all]")
@takes_place
@takes_reading
@layout("csv", "json")
def effects(outcome: str | None, place: Place, reading: Reading, form: str) -> None:
    """Print every row's effect: status pooled, or why it is not.

    \b
    Example:
      synthesis effects --outcome recovery > effects.csv
    """
    from synthesis.effects import effects_listing
    from synthesis.results import to_json
    from synthesis.tables import listing_text

    listing = effects_listing(place.load(), outcome, **reading.settings)
    click.echo(to_json(listing.to_dict("records")) if form == "json" else listing_text(listing), nl=form == "json")


@click.command()
@click.argument("outcome")
@takes_place
@takes_reading
@takes_pool
@choice(
    "--dependence",
    Dependence,
    DEPENDENCE,
    "Several effects of a trial (--timepoint all): one average, or all in one model (correlated and hierarchical).",
)
@choice("--engine", Engine, ENGINE, "Who fits the model: this package, or PyMARE as an independent check.")
@takes_rho
@layout("table", "json")
def pool(
    outcome: str,
    place: Place,
    reading: Reading,
    model: Model,
    dependence: str,
    engine: str,
    rho: float,
    form: str,
) -> None:
    """Pool the trials on one OUTCOME.

    \b
    Example:
      synthesis pool recovery --method PM --format json
      synthesis pool recovery --timepoint all --dependence che
    """
    from synthesis.answers.pooling import pool as combine
    from synthesis.results import to_json
    from synthesis.tables import pooled_text

    if dependence == "che":
        if model.method != METHOD or model.ci or engine != ENGINE:
            raise click.UsageError(CHE_ONLY)
        from synthesis.answers.dependent import pool_dependent
        from synthesis.tables.explain import dependent_text

        effects = reading.compute(place.load(), outcome, dependence=dependence)
        found = pool_dependent(effects, rho=rho, level=model.level)
        click.echo(to_json(found.to_dict()) if form == "json" else dependent_text(found))
        return
    pooled = combine(reading.compute(place.load(), outcome), **model.settings, engine=engine)
    click.echo(to_json(pooled.to_dict()) if form == "json" else pooled_text(pooled))


@click.command()
@click.argument("outcome")
@takes_place
@takes_reading
@takes_model
@layout("table", "json")
def influence(outcome: str, place: Place, reading: Reading, model: Model, form: str) -> None:
    """Say what changes in the pool on one OUTCOME without each trial, and how it grew year by year.

    \b
    Example:
      synthesis influence recovery --format json
    """
    from synthesis.answers.cumulative import accumulate
    from synthesis.answers.influence import examine_influence
    from synthesis.results import to_json
    from synthesis.tables import influence_text

    evidence = place.load()
    effects = reading.compute(evidence, outcome).with_moderators(evidence.trials[["trial", "year"]])
    found, grown = examine_influence(effects, **model.settings), accumulate(effects, **model.settings)
    withheld = {"withheld": [*found.withheld, *grown.withheld]}
    both = found.to_dict() | {"cumulative": grown.to_dict()["rows"]} | withheld
    click.echo(to_json(both) if form == "json" else influence_text(found, grown))


@click.command()
@click.argument("outcome")
@takes_place
@takes_reading
@choice("--method", Method, METHOD, "Estimator of tau2.")
@click.option(
    "--most",
    type=click.IntRange(min=4),
    default=MOST_SUBSETS,
    show_default=True,
    help="Subsets: all where there are no more, a random sample of as many otherwise.",
)
@click.option("--seed", type=click.IntRange(min=0), default=SEED, show_default=True, help="Of a sample.")
@layout("table", "json")
def gosh(outcome: str, place: Place, reading: Reading, method: str, most: int, seed: int, form: str) -> None:
    """Pool every subset of the trials on one OUTCOME by itself, and say which trial splits them.

    \b
    Example:
      synthesis gosh depression
    """
    from synthesis.answers.subsets import pool_subsets
    from synthesis.results import to_json
    from synthesis.tables import subsets_text

    found = pool_subsets(reading.compute(place.load(), outcome), method=method, most=most, seed=seed)
    click.echo(to_json(found.to_dict()) if form == "json" else subsets_text(found))


@click.command("small-study")
@click.argument("outcome")
@takes_place
@takes_reading
@takes_model
@layout("table", "json")
def small_study(outcome: str, place: Place, reading: Reading, model: Model, form: str) -> None:
    """Ask whether small trials on one OUTCOME differ from large ones, and what the pool would be if some were missing.

    \b
    Example:
      synthesis small-study recovery
    """
    from synthesis.answers.small_study import examine_small_studies
    from synthesis.results import to_json
    from synthesis.tables import small_study_text

    found = examine_small_studies(reading.compute(place.load(), outcome), **model.settings)
    click.echo(to_json(found.to_dict()) if form == "json" else small_study_text(found))


@click.command()
@click.argument("outcome")
@takes_place
@takes_reading
@takes_model
@layout("table", "json")
@takes_score
@click.option(
    "--permutations",
    type=click.IntRange(min=1, max=MOST_PERMUTATIONS),
    default=PERMUTATIONS,
    show_default=True,
    help="Random arrangements of the permutation test; all distinct ones where there are no more.",
)
@click.option("--seed", type=click.IntRange(min=0), default=SEED, show_default=True, help="Of those arrangements.")
def fidelity(
    outcome: str,
    place: Place,
    reading: Reading,
    model: Model,
    form: str,
    score: str,
    permutations: int,
    seed: int,
) -> None:
    """Regress the benefit on one OUTCOME on fidelity to the change model.

    \b
    Example:
      synthesis fidelity recovery --permutations 20000 --seed 7
    """
    from synthesis.answers.fidelity import score_fidelity
    from synthesis.answers.fidelity_slope import fidelity_slope
    from synthesis.results import to_json
    from synthesis.tables import slope_text

    evidence = place.load()
    found, scores = reading.compute(evidence, outcome), score_fidelity(evidence)
    slope = fidelity_slope(found, scores, score=score, permutations=permutations, seed=seed, **model.settings)
    click.echo(to_json(slope.to_dict()) if form == "json" else slope_text(slope))


@click.command()
@takes_place
@layout("table", "json")
def agreement(place: Place, form: str) -> None:
    """Show how far the coders of the components agree.

    \b
    Example:
      synthesis agreement --format json
    """
    from synthesis.answers.agreement import coder_agreement
    from synthesis.results import to_json
    from synthesis.tables import agreement_text

    found = coder_agreement(place.load())
    click.echo(to_json(found.to_dict()) if form == "json" else agreement_text(found))


def _picture(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    if value is not None and value.suffix.lower() not in PICTURES:
        raise click.BadParameter(f"{value} must end in {', '.join(PICTURES[:-1])} or {PICTURES[-1]}.", ctx, param)
    return value


@click.command()
@click.argument("base")
@click.argument("head", required=False)
@layout("table", "json", "markdown")
@click.option(
    "--picture",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_picture,
    help="Also draw it, to a file ending in svg, png or pdf.",
)
@click.option("--hypotheses", is_flag=True, help="Also run every declared hypothesis on both: takes seconds each.")
@takes_place
@takes_model
def diff(
    base: str, head: str | None, form: str, picture: Path | None, hypotheses: bool, place: Place, model: Model
) -> None:
    """Say what changed between two states of the data: what moved, which trial did it, which conclusion flips.

    Also which ratings of certainty are of earlier data now. `synthesis changes` makes a page of it for every version.

    BASE and HEAD are data roots or git revisions; HEAD is the data as they stand by default.

    \b
    Example:
      synthesis diff origin/main
      synthesis diff v1.0 HEAD --format markdown --picture change.svg
    """
    from synthesis.answers.difference import compare_evidence
    from synthesis.evidence.revisions import evidence_at
    from synthesis.results import to_json
    from synthesis.tables import difference_markdown, difference_text

    where, now = {"data": place.data, "references": place.given}, head or str(place.data)
    with evidence_at(base, **where) as old, evidence_at(now, **where) as new:
        judged = {"judgements": True, "hypotheses": hypotheses}
        found = compare_evidence(old, new, names=(base, now), **model.settings, **judged)
    layouts = {"markdown": difference_markdown, "table": difference_text}
    click.echo(to_json(found.to_dict()) if form == "json" else layouts[form](found))
    if picture is not None:
        from synthesis.figures import show_difference
        from synthesis.files import new_file

        with new_file(picture, force=True) as place_of_picture:
            show_difference(found).save(place_of_picture)


COMMANDS = (effects, pool, influence, gosh, small_study, fidelity, agreement, diff)
