"""Commands on the data: check it, add a trial, read the codebook."""

from __future__ import annotations

from pathlib import Path

import click

from synthesis.cli.options import Place, layout, takes_place


@click.command()
@takes_place
@click.option("--trial", metavar="ID", help="Only what concerns one trial's folder.")
@layout("table", "json", "github", says="github: annotations beside the lines of a pull request.")
@click.option("--strict", is_flag=True, help="Exit 1 on open warnings too: those that no decision answers.")
def check(place: Place, trial: str | None, form: str, strict: bool) -> int:
    """List every problem and doubtful figure in the data, with its place and how to mend it.

    Exit 0 without errors, 1 otherwise. A warning is answered by a decision in the trial's decisions.csv.

    \b
    Example:
      synthesis check --trial sledge2011effectiveness
      synthesis check --data data --format json
    """
    from synthesis.cli.annotations import annotations_text
    from synthesis.cli.faults import findings_of_trial, findings_text, stale_in
    from synthesis.evidence.plausibility import examine
    from synthesis.results import to_json

    findings = examine(place.data, references=place.references)
    findings = sorted([*findings, *stale_in(place, findings)], key=lambda finding: finding.place)
    if trial:
        findings = findings_of_trial(findings, trial, place.data)
    if form == "json":
        click.echo(to_json([finding.to_dict() for finding in findings]))
    elif form == "github":
        click.echo(annotations_text([finding for finding in findings if not finding.answered]))
    else:
        click.echo(findings_text(findings, place.data / "trials" / trial if trial else place.data))
    stops = [finding for finding in findings if finding.severity == "error" or (strict and not finding.answered)]
    return 1 if stops else 0


@click.command("new-trial")
@click.argument("trial", metavar="ID")
@click.option(
    "--bibtex",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="BibTeX or RIS file that holds the main report's entry under the key ID.",
)
@click.option(
    "--doi-entry",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="BibTeX or RIS file with that one entry under any key, as saved from doi.org or the journal's page.",
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
@takes_place
def new_trial(
    trial: str,
    bibtex: Path | None,
    doi_entry: Path | None,
    coders: tuple[str, ...],
    arms: tuple[str, ...],
    place: Place,
) -> None:
    """Make the folder of a new trial from templates, and place its entry in the bibliography.

    ID names the folder and is the BibTeX key of the trial's main report: author, year and a word of the title.

    \b
    Example:
      synthesis new-trial smith2026peer --doi-entry entry.bib
    """
    from synthesis.evidence.new_trial import ARMS, CODERS, SpellingError
    from synthesis.evidence.new_trial import new_trial as make

    try:
        made = make(
            trial,
            data=place.data,
            references=place.references,
            bibtex=bibtex,
            doi_entry=doi_entry,
            coders=coders or CODERS,
            arms=arms or ARMS,
        )
    except SpellingError as error:
        raise click.UsageError(str(error)) from error
    click.echo(made)


@click.command()
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file.")
@takes_place
def codebook(output: Path | None, place: Place) -> None:
    """Print the codebook as a page in Markdown: components, outcomes, scales and columns with their meaning.

    \b
    Example:
      synthesis codebook --output docs/codebook.md
    """
    from synthesis.files import new_file
    from synthesis.reports.page.codebook import codebook_page

    page = codebook_page(place.data, references=place.references)
    if output:
        with new_file(output, force=True) as place:
            place.write_text(page, encoding="utf-8", newline="\n")
    else:
        click.echo(page, nl=False)


@click.command("new-review")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--title", default="What the trials say", show_default=True, help="Heading of the first page.")
@click.option("--question", default="", help="What the review asks, in a few plain sentences.")
@click.option(
    "--intervention",
    default="the intervention",
    show_default=True,
    help="What is tried, as it stands after favours.",
)
@click.option(
    "--comparator", default="the comparison", show_default=True, help="What it is compared with, as it stands there."
)
@click.option("--model", default="", help="The change model that arms will be coded against.  [default: none]")
def new_review(folder: Path, **words: str) -> None:
    """Make an empty data root for a review of your own in DIR, with an invented first trial.

    \b
    Example:
      synthesis new-review exercise --intervention "the exercise programme" --comparator "usual care"
    """
    from synthesis.evidence.new_review import WordsError
    from synthesis.evidence.new_review import new_review as make

    try:
        made = make(folder, **words)
    except WordsError as error:
        raise click.UsageError(str(error)) from error
    click.echo(made)


COMMANDS = (check, new_trial, new_review, codebook)
