"""The commands of the contract. No logic of its own: each command loads, calls one thing and prints it.

Heavy imports stand inside the commands, so that `synthesis --help` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from synthesis import __version__
from synthesis.errors import ChoiceError, SynthesisError

METHODS = ["REML", "PM", "DL", "ML", "HE", "EE"]
INTERVALS = ["knapp-hartung-floor", "knapp-hartung", "wald"]


def main() -> NoReturn:
    """Run the program: 0 done, 1 a problem in the data, 2 a mistake in the command, 130 interrupted."""
    try:
        code = commands(standalone_mode=False)
    except click.exceptions.Abort:
        _stop("Interrupted; nothing half-written was left.", 130)
    except KeyboardInterrupt:
        _stop("Interrupted; nothing half-written was left.", 130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except ChoiceError as error:
        _stop(f"Error: {error}", 2)
    except SynthesisError as error:
        _stop(f"Error: {error}", 1)
    sys.exit(code if isinstance(code, int) else 0)


def _stop(message: str, code: int) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(code)


class _Program(click.Group):
    """A group of commands that ends quietly when its reader stops reading, as `synthesis effects | head` does."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a closed pipe is no error, and click would make it exit code 1, a problem in the data."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # What is still buffered goes nowhere, or Python complains when it closes the pipe at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise click.exceptions.Exit(0) from None


def _options(*groups: list[Callable]) -> Callable:
    def decorate(function: Callable) -> Callable:
        for option in reversed([option for group in groups for option in group]):
            function = option(function)
        return function

    return decorate


PLACE = [
    click.option(
        "--data",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        default="data",
        show_default=True,
        help="Data root: a folder with codebook/ and trials/.",
    ),
    click.option(
        "--references",
        type=click.Path(path_type=Path),
        default=None,
        help="BibTeX file with an entry for every trial.  [default: references.bib in the data root or beside it]",
    ),
]
READING = [
    click.option(
        "--measure", help="Effect measure: SMD, MD, ROM, OR, RR, RD, HR or IRR.  [default: the outcome's own]"
    ),
    click.option("--as-printed", is_flag=True, help="Ignore the review team's decisions on doubtful numbers."),
    click.option(
        "--icc",
        type=click.FloatRange(0, 1),
        help="Intracluster correlation assumed where a cluster trial reports none.  [default: 0.05]",
    ),
]
MODEL = [
    click.option("--method", type=click.Choice(METHODS), default="REML", show_default=True, help="Estimator of tau2."),
    click.option(
        "--ci", type=click.Choice(INTERVALS), default=INTERVALS[0], show_default=True, help="Confidence interval."
    ),
    click.option("--level", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.95, show_default=True),
]
AS_TABLE = [click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)]
TIMEPOINT = [
    click.option("--timepoint", default="longest", show_default=True, help="longest, closest:MONTHS or all."),
]


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="synthesis")
def commands() -> None:
    """Pool the trials of peer workers and ask whether fidelity to the change model explains why they differ.

    \b
    A first look:
      synthesis check                 is everything in data/ in order?
      synthesis pool recovery         what do the trials say on recovery?
      synthesis fidelity recovery     does fidelity explain why they differ?
      synthesis report                all of it, as pages to read
    """


@commands.command()
@_options(PLACE)
@click.option("--trial", metavar="ID", help="Only what concerns one trial's folder.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "github"]),
    default="table",
    show_default=True,
    help="github: annotations beside the lines of a pull request.",
)
@click.option("--strict", is_flag=True, help="Exit 1 on open warnings too: those that no decision answers.")
def check(data: Path, references: Path | None, trial: str | None, form: str, strict: bool) -> int:
    """List every problem and doubtful figure in the data, with its place and how to mend it.

    Exit 0 without errors, 1 otherwise. A warning is answered by a decision in the trial's decisions.csv.

    \b
    Example:
      synthesis check --trial sledge2011effectiveness
      synthesis check --data data --format json
    """
    from synthesis.cli.annotations import annotations_text, findings_of_trial
    from synthesis.cli.faults import findings_text
    from synthesis.evidence.plausibility import examine
    from synthesis.results import to_json

    findings = examine(data, references=_references(data, references))
    if trial:
        findings = findings_of_trial(findings, trial, data)
    if form == "json":
        click.echo(to_json([finding.to_dict() for finding in findings]))
    elif form == "github":
        click.echo(annotations_text([finding for finding in findings if not finding.answered]))
    else:
        click.echo(findings_text(findings, data / "trials" / trial if trial else data))
    stops = [finding for finding in findings if finding.severity == "error" or (strict and not finding.answered)]
    return 1 if stops else 0


@commands.command()
@click.option("--outcome", help="One outcome domain.  [default: all]")
@_options(PLACE, READING, TIMEPOINT)
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
def effects(
    outcome: str | None, data: Path, references: Path | None, form: str, timepoint: str, **reading: Any
) -> None:
    """Print every row's effect: status pooled, or why it is not.

    \b
    Example:
      synthesis effects --outcome recovery > effects.csv
    """
    from synthesis.effects import effects_listing
    from synthesis.results import to_json

    listing = effects_listing(_load(data, references), outcome, timepoint=timepoint, **_given(reading))
    click.echo(
        to_json(listing.to_dict("records")) if form == "json" else listing.to_csv(index=False), nl=form == "json"
    )


@commands.command()
@click.argument("outcome")
@_options(PLACE, READING, TIMEPOINT, MODEL, AS_TABLE)
def pool(outcome: str, data: Path, references: Path | None, form: str, timepoint: str, **options: Any) -> None:
    """Pool the trials on one OUTCOME.

    \b
    Example:
      synthesis pool recovery --method PM --format json
    """
    from synthesis.answers.pooling import pool as combine
    from synthesis.effects import compute_effects
    from synthesis.results import to_json
    from synthesis.tables import pooled_text

    reading, model = _split(options)
    pooled = combine(compute_effects(_load(data, references), outcome, timepoint=timepoint, **reading), **model)
    click.echo(to_json(pooled.to_dict()) if form == "json" else pooled_text(pooled))


@commands.command()
@click.argument("outcome")
@_options(PLACE, READING, TIMEPOINT, MODEL, AS_TABLE)
@click.option(
    "--score", default="fidelity", show_default=True, help="fidelity, trust, role_modelling, bridging, difference, ..."
)
@click.option("--permutations", type=click.IntRange(min=1), default=10_000, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=20150101, show_default=True)
def fidelity(
    outcome: str,
    data: Path,
    references: Path | None,
    form: str,
    timepoint: str,
    score: str,
    permutations: int,
    seed: int,
    **options: Any,
) -> None:
    """Regress the benefit on one OUTCOME on fidelity to the change model.

    \b
    Example:
      synthesis fidelity recovery --permutations 20000 --seed 7
    """
    from synthesis.answers.fidelity import score_fidelity
    from synthesis.answers.fidelity_slope import fidelity_slope
    from synthesis.effects import compute_effects
    from synthesis.results import to_json
    from synthesis.tables import slope_text

    reading, model = _split(options)
    evidence = _load(data, references)
    found = compute_effects(evidence, outcome, timepoint=timepoint, **reading)
    slope = fidelity_slope(found, score_fidelity(evidence), score=score, permutations=permutations, seed=seed, **model)
    click.echo(to_json(slope.to_dict()) if form == "json" else slope_text(slope))


@commands.command()
@_options(PLACE, AS_TABLE)
def agreement(data: Path, references: Path | None, form: str) -> None:
    """Show how far the coders of the components agree.

    \b
    Example:
      synthesis agreement --format json
    """
    from synthesis.answers.agreement import coder_agreement
    from synthesis.results import to_json
    from synthesis.tables import agreement_text

    found = coder_agreement(_load(data, references))
    click.echo(to_json(found.to_dict()) if form == "json" else agreement_text(found))


@commands.command()
@click.argument("base")
@click.argument("head", required=False)
@click.option("--format", "form", type=click.Choice(["table", "json", "markdown"]), default="table", show_default=True)
@click.option(
    "--picture",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also draw it, to a file ending in svg, png or pdf.",
)
@_options(PLACE, MODEL)
def diff(
    base: str,
    head: str | None,
    form: str,
    picture: Path | None,
    data: Path,
    references: Path | None,
    **model: Any,
) -> None:
    """Say what changed between two states of the data: what moved, which trial did it, which conclusion flips.

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

    place = {"data": data, "references": references}
    with evidence_at(base, **place) as old, evidence_at(head or str(data), **place) as new:
        found = compare_evidence(old, new, names=(base, head or str(data)), **model)
    layouts = {"markdown": difference_markdown, "table": difference_text}
    click.echo(to_json(found.to_dict()) if form == "json" else layouts[form](found))
    if picture is not None:
        from synthesis.figures import show_difference

        show_difference(found).save(picture)


@commands.command()
@click.option(
    "--outcome", "outcomes", multiple=True, help="Outcome domain; repeat for several.  [default: all with three trials]"
)
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), default="reports", show_default=True)
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A notebook parameter, such as method=DL.")
@click.option("--jobs", type=click.IntRange(min=1), help="Notebooks run side by side.  [default: one a processor]")
@click.option("--force", is_flag=True, help="Run everything again, whether it changed or not.")
@_options(PLACE)
def report(
    outcomes: tuple[str, ...],
    output: Path,
    settings: tuple[str, ...],
    jobs: int | None,
    force: bool,
    data: Path,
    references: Path | None,
) -> int:
    """Run the notebooks on the data and render them as pages; index.html is the one to open.

    \b
    Example:
      synthesis report --outcome recovery --outcome hope --output reports
    """
    from synthesis.reports import run_report

    return run_report(
        data=data,
        references=_references(data, references),
        outcomes=list(outcomes),
        output=output,
        settings=list(settings),
        jobs=jobs,
        force=force,
    )


@commands.command("new-trial")
@click.argument("trial", metavar="ID")
@click.option(
    "--bibtex",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="BibTeX file that holds the main report's entry under the key ID.",
)
@click.option(
    "--doi-entry",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="BibTeX file with that one entry under any key, as saved from doi.org or the journal's page.",
)
@click.option(
    "--coder", "coders", multiple=True, metavar="NAME", help="Who rates; repeat for each.  [default: coder-1, coder-2]"
)
@click.option(
    "--arm",
    "arms",
    multiple=True,
    metavar="NAME:ROLE",
    help="An arm, role intervention or comparator; repeat for each.  [default: peer:intervention, control:comparator]",
)
@_options(PLACE)
def new_trial(
    trial: str, data: Path, references: Path | None, coders: tuple[str, ...], arms: tuple[str, ...], **entry: Any
) -> None:
    """Make the folder of a new trial from templates, and place its entry in the bibliography.

    ID names the folder and is the BibTeX key of the trial's main report: author, year and a word of the title.

    \b
    Example:
      synthesis new-trial smith2026peer --doi-entry entry.bib
    """
    from synthesis.evidence.new_trial import SpellingError
    from synthesis.evidence.new_trial import new_trial as make

    given = {name: value for name, value in {"coders": coders, "arms": arms}.items() if value}
    try:
        click.echo(make(trial, data=data, references=_references(data, references), **given, **entry))
    except SpellingError as error:
        raise click.UsageError(str(error)) from error


@commands.command()
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file.")
@_options(PLACE)
def codebook(output: Path | None, data: Path, references: Path | None) -> None:
    """Print the codebook as a page in Markdown: components, outcomes, scales and columns with their meaning.

    \b
    Example:
      synthesis codebook --output docs/codebook.md
    """
    from synthesis.reports.page.codebook import codebook_page

    page = codebook_page(data, references=_references(data, references))
    if output:
        output.write_text(page, encoding="utf-8", newline="\n")
    else:
        click.echo(page, nl=False)


@commands.command("import")
@click.argument("form", metavar="FORMAT", type=click.Choice(["metapsy", "revman"]))
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--output", type=click.Path(path_type=Path), required=True, help="The data root to make; a new or empty folder."
)
@click.option("--outcome", help="metapsy: the outcome domain of rows without a category.  [default: outcome]")
def import_(form: str, source: Path, output: Path, outcome: str | None) -> None:
    """Make a data root of someone else's database, with a report of all that was decided on the way.

    FORMAT is metapsy (a database in the Metapsy standard) or revman (the data rows of a Cochrane review).

    \b
    Examples:
      synthesis import metapsy data.csv --output metapsy
      synthesis import revman CD010880-data-rows.csv --output review
    """
    from synthesis.exchange.importers import import_metapsy, import_revman

    if form == "metapsy":
        click.echo(import_metapsy(source, output, **_given({"outcome": outcome})))
    elif outcome:
        raise click.UsageError("--outcome is for metapsy; the analyses of a review name their outcomes.")
    else:
        click.echo(import_revman(source, output))


@commands.command()
@click.argument("form", metavar="FORMAT", type=click.Choice(["metapsy", "revman", "metafor", "datapackage"]))
@click.argument("output", type=click.Path(path_type=Path))
@_options(PLACE)
@click.option("--outcome", help="metafor: one outcome domain.  [default: all]")
@click.option("--force", is_flag=True, help="Replace a file that exists.")
def export(form: str, output: Path, data: Path, references: Path | None, outcome: str | None, force: bool) -> None:
    """Write the data in the format of another program, with a report of what that format cannot hold.

    FORMAT is metapsy, revman, metafor (one table for escalc and rma) or datapackage (Frictionless, holds everything).
    OUTPUT is a file where it ends in .csv, otherwise a folder.

    \b
    Examples:
      synthesis export metafor recovery.csv --outcome recovery
      synthesis export datapackage package
    """
    from synthesis.exchange import exporters

    options = {"outcome": outcome} if form == "metafor" else {}
    if outcome and not options:
        raise click.UsageError("--outcome is for metafor.")
    if form == "datapackage":
        if output.suffix.lower() == ".csv":
            raise click.UsageError("A data package is a folder; give a name without .csv.")
        click.echo(exporters.export_datapackage(_load(data, references), output))
        return
    write = getattr(exporters, f"export_{form}")
    click.echo(write(_load(data, references), output, force=force, **options))


def _load(data: Path, references: Path | None) -> Any:
    from synthesis.evidence import load_evidence

    return load_evidence(data, references=_references(data, references))


def _references(data: Path, references: Path | None) -> Path:
    from synthesis.evidence.contract import references_of

    return references_of(data, references)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """Drop options that were not given, so that the library's defaults stay in one place."""
    return {name: value for name, value in options.items() if value is not None}


def _split(options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    model = {name: options.pop(name) for name in ("method", "ci", "level")}
    return _given(options), model
