"""Every combination of declared choices: planned, run on one machine or many, resumed, looked at."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from synthesis.choices import LEVEL, MOST_PERMUTATIONS, SEED
from synthesis.cli.beside import takes_level
from synthesis.cli.options import AnyCase, Place, layout, takes_place

if TYPE_CHECKING:
    from synthesis.answers.multiverse.run import Run

FOLDER = click.Path(file_okay=False, path_type=Path)
TIME = re.compile(r"([0-9]+(?:\.[0-9]+)?) *(s|sec|min|h)?", re.IGNORECASE)
SECONDS = {"": 1.0, "s": 1.0, "sec": 1.0, "min": 60.0, "h": 3600.0}
STATUS = (
    "{outcome}: {done} of {all} chunks are done, {fits} fits, {orders} arrangements and {draws} draws of trials in all."
)
GO_ON = "{missing} of {all} chunks are still to do. Go on with: synthesis multiverse resume {folder}"
SHARD_DONE = "Shard {shard} is done; {missing} of {all} chunks are with the others."
WRITTEN = "Planned in {folder}. Go on with: synthesis multiverse run {folder}"
NOT_BEGUN = "{folder} has no chunk yet: synthesis multiverse run {folder}"
OTHER_EVIDENCE = "The evidence in {data} is no longer that of the plan: plan it anew to look at one combination."


class _Duration(click.ParamType):
    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read 90, 90s, 10min or 2h as seconds."""
        if isinstance(value, float):
            return value
        match = TIME.fullmatch(str(value).strip())
        if not match:
            self.fail(f"{value!r} is no time; write 90s, 10min or 2h.", param, ctx)
        return float(match[1]) * SECONDS[(match[2] or "").lower()]


@click.group()
def multiverse() -> None:
    """Cross every declared choice: plan, run, resume, status, show.

    \b
    Example:
      synthesis multiverse plan recovery --output runs/recovery
      synthesis multiverse run runs/recovery
      synthesis multiverse show runs/recovery
    """


@multiverse.command()
@click.argument("outcome", required=False, default="")
@click.option(
    "--target",
    type=AnyCase(["pool", "slope", "joint"]),
    default="pool",
    show_default=True,
    help="The average effect, its slope on fidelity, or the slope over all outcomes (which takes no OUTCOME).",
)
@click.option("--output", type=FOLDER, help="Folder for plan and chunks.  [default: only show what is planned]")
@click.option(
    "--only",
    multiple=True,
    metavar="CHOICE=LEVEL[,LEVEL]",
    help="Cross only these levels of a choice; may be given several times.",
)
@click.option(
    "--permutations",
    type=click.IntRange(0, MOST_PERMUTATIONS),
    default=1000,
    show_default=True,
    help="Arrangements of the curve's reference; 0 for none.",
)
@click.option(
    "--resamples",
    type=click.IntRange(0, MOST_PERMUTATIONS),
    default=0,
    show_default=True,
    help="Draws of whole trials with replacement, for intervals of the middle and of the main analysis.",
)
@click.option("--seed", type=click.IntRange(min=0), default=SEED, show_default=True, help="Of arrangements and draws.")
@takes_level
@takes_place
@layout("table", "json")
def plan(
    outcome: str,
    target: str,
    output: Path | None,
    only: tuple[str, ...],
    permutations: int,
    resamples: int,
    seed: int,
    place: Place,
    form: str,
    level: float = LEVEL,
) -> None:
    """Plan every combination of the choices that codebook/multiverse.csv declares for one OUTCOME.

    \b
    Example:
      synthesis multiverse plan recovery --target slope --output runs/recovery-slope
    """
    from synthesis.answers.multiverse.plan import write_plan
    from synthesis.answers.multiverse.space import multiverse as planned
    from synthesis.results import to_json
    from synthesis.tables.multiverse import plan_text

    if (target == "joint") == bool(outcome):
        raise click.UsageError("A joint model is of all outcomes: give no OUTCOME." if outcome else "Which OUTCOME?")
    levels = dict(_levels(one) for one in only)
    draws = {"permutations": permutations, "resamples": resamples, "seed": seed}
    options = {"target": target, "levels": levels, "level": level, **draws}
    space = planned(place.load(), outcome, **options)  # type: ignore[arg-type]
    if output is not None:
        write_plan(output, space.plan, space.work.data)
    click.echo(to_json(space.to_dict()) if form == "json" else plan_text(space))
    if output is not None:
        click.echo(WRITTEN.format(folder=output), err=True)


def _levels(text: str) -> tuple[str, list[str]]:
    name, equals, levels = text.partition("=")
    if not equals or not levels:
        raise click.UsageError(f"--only {text!r} should be CHOICE=LEVEL, such as timepoint=longest,closest:12.")
    return name.strip(), [level.strip() for level in levels.split(",")]


@multiverse.command()
@click.argument("folder", type=FOLDER)
@click.option("--workers", type=click.IntRange(min=1), help="Threads.  [default: one a processor]")
@click.option(
    "--shard", metavar="I/N", help="Do only the chunks of one of N shards, such as 0/4 for the first of four."
)
@click.option(
    "--dask", metavar="ADDRESS", help="Scheduler of a Dask cluster whose workers see FOLDER: tcp://HOST:PORT."
)
@click.option("--until", type=_Duration(), help="Begin no chunk after this time: 90s, 10min, 2h.")
@layout("table", "json")
def run(folder: Path, workers: int | None, shard: str | None, dask: str | None, until: float | None, form: str) -> None:
    """Do what a planned FOLDER still misses; what is there is never done again.

    Ctrl-C ends after the chunks that are running. Several machines work on one folder, each as a shard, or on a Dask
    cluster.

    \b
    Example:
      synthesis multiverse run runs/recovery --shard 0/4
    """
    _work_on(folder, workers, shard, dask, until, form)


@multiverse.command()
@click.argument("folder", type=FOLDER)
@click.option("--workers", type=click.IntRange(min=1), help="Threads.  [default: one a processor]")
@click.option(
    "--dask", metavar="ADDRESS", help="Scheduler of a Dask cluster whose workers see FOLDER: tcp://HOST:PORT."
)
@click.option("--until", type=_Duration(), help="Begin no chunk after this time: 90s, 10min, 2h.")
@layout("table", "json")
def resume(folder: Path, workers: int | None, dask: str | None, until: float | None, form: str) -> None:
    """Go on with a FOLDER that was begun: after Ctrl-C, a crash, a full disk, or the death of a worker.

    \b
    Example:
      synthesis multiverse resume runs/recovery
    """
    from synthesis.answers.multiverse.work import open_folder
    from synthesis.errors import InputError

    work, parts = open_folder(folder)
    if len(parts.missing(work)) == work.chunks:
        raise InputError(NOT_BEGUN.format(folder=folder))
    parts.tidy()
    _work_on(folder, workers, None, dask, until, form)


def _work_on(
    folder: Path, workers: int | None, shard: str | None, dask: str | None, until: float | None, form: str
) -> None:
    from synthesis.answers.multiverse.work import STOPPED, do_missing, open_folder, shard_of

    if shard and dask:
        raise click.UsageError("Give --shard or --dask, not both.")
    own = shard_of(shard) if shard else (0, 1)
    work, parts = open_folder(folder)

    def tell(line: str) -> None:
        click.echo(line, err=True)

    try:
        if dask:
            from synthesis.answers.multiverse.cluster import do_on_cluster

            do_on_cluster(folder, dask, until=until, progress=tell)
        else:
            do_missing(work, parts, workers=workers, shard=own, until=until, progress=tell)
    except KeyboardInterrupt:
        left = {"missing": len(parts.missing(work)), "all": work.chunks, "folder": folder}
        click.echo(STOPPED.format(**left), err=True)
        raise
    missing = parts.missing(work)
    if not missing:
        _show(folder, form)
    elif shard and not [chunk for chunk in missing if chunk % own[1] == own[0]]:
        click.echo(SHARD_DONE.format(shard=shard, missing=len(missing), all=work.chunks), err=True)
    else:
        click.echo(GO_ON.format(missing=len(missing), all=work.chunks, folder=folder), err=True)


@multiverse.command()
@click.argument("folder", type=FOLDER)
@layout("table", "json")
def status(folder: Path, form: str) -> None:
    """Say how far the work on FOLDER is.

    \b
    Example:
      synthesis multiverse status runs/recovery
    """
    from synthesis.answers.multiverse.work import open_folder
    from synthesis.results import to_json

    work, parts = open_folder(folder)
    missing = parts.missing(work)
    about = {"outcome": work.plan.outcome_label, "all": work.chunks, "done": work.chunks - len(missing)}
    counts = {"fits": work.fits.total, "orders": work.plan.permutations, "draws": work.plan.resamples}
    if form == "json":
        click.echo(to_json({**about, **counts, "plan": work.plan.name, "missing": missing}))
        return
    click.echo(STATUS.format(**about, **{name: f"{value:,}" for name, value in counts.items()}))
    if missing:
        click.echo(GO_ON.format(missing=len(missing), all=work.chunks, folder=folder))


@multiverse.command()
@click.argument("folder", type=FOLDER)
@click.option("--at", type=click.IntRange(min=0), help="One combination by its number, fitted again from the data.")
@takes_place
@layout("table", "json")
def show(folder: Path, at: int | None, place: Place, form: str) -> None:
    """Say what the combinations of a finished FOLDER find, and which choices move it.

    \b
    Example:
      synthesis multiverse show runs/recovery --at 0
    """
    if at is None:
        _show(folder, form)
        return
    from synthesis.answers.multiverse.space import space_of
    from synthesis.answers.multiverse.work import open_folder
    from synthesis.errors import InputError
    from synthesis.results import to_json
    from synthesis.tables.multiverse import universe_text

    work, _ = open_folder(folder)
    space = space_of(place.load(), work)
    if space is None:
        raise InputError(OTHER_EVIDENCE.format(data=place.data))
    found = space.at(at)
    click.echo(to_json(found.to_dict()) if form == "json" else universe_text(space.plan, found))


def _show(folder: Path, form: str) -> None:
    from synthesis.results import to_json
    from synthesis.tables.multiverse import multiverse_text

    found = _finished(folder)
    click.echo(to_json(found.to_dict()) if form == "json" else multiverse_text(found))


def _finished(folder: Path) -> Run:
    from synthesis.answers.multiverse.run import Run
    from synthesis.answers.multiverse.work import open_folder

    return Run(*open_folder(folder))


COMMANDS = (multiverse,)
