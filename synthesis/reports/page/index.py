"""The first page of a report: what was found, in words and numbers, how sure that is, and where the rest stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markupsafe import Markup

from synthesis.evidence.vocabulary import NEUTRAL
from synthesis.reports.page.accessible import mend_pictures
from synthesis.reports.page.layout import templates
from synthesis.reports.page.outline import Entry
from synthesis.reports.page.sanitise import sanitise
from synthesis.reports.record.documents import Beside
from synthesis.reports.record.fingerprint import data_hash
from synthesis.reports.record.jobs import Job
from synthesis.reports.record.manifest import title_of
from synthesis.reports.record.parameters import read_notebook

TITLE = "What the trials say"
SITE = "The evidence"
MORE = ("robust", "definition")
# Between these the index speaks of documents, which may be made after it.
FROM_HERE, TO_HERE = "<!-- documents -->", "<!-- end of documents -->"


@dataclass(frozen=True)
class Summary:
    """What the index states.

    Attributes
    ----------
    title, intervention : str
        Heading of the page; what is tried, as it stands in a sentence.
    lead : sequence of str
        What is asked, a paragraph each.
    plain : sequence of str
        The answer in plain words, a paragraph each.
    headline : sequence of str
        The findings in a few sentences, with their technical terms.
    findings : sequence of mapping
        One an outcome, with the names of `findings.OutcomeFinding`; `verdict`, if given, says whom the effect favours.
    fidelity : sequence of str
        Whether fidelity explains the differences, in sentences.
    too_few : sequence of str
        Labels of outcomes that were measured and cannot be pooled.
    limits : sequence of str
        What these data cannot answer.
    work : sequence of str
        What to read, judge or find out next.
    work_page : str
        The page that lists all of it.
    """

    title: str = TITLE
    intervention: str = NEUTRAL.intervention
    lead: Sequence[str] = ()
    plain: Sequence[str] = ()
    headline: Sequence[str] = ()
    findings: Sequence[Mapping[str, Any]] = ()
    fidelity: Sequence[str] = ()
    too_few: Sequence[str] = ()
    limits: Sequence[str] = ()
    work: Sequence[str] = ()
    work_page: str = ""


@dataclass
class Section:
    """Pages that the index lists under one heading."""

    title: str
    jobs: list[Job] = field(default_factory=list)


def published_summary(results: Mapping[str, Mapping[str, Any]]) -> Summary:
    """Make the summary from what the pages published.

    Parameters
    ----------
    results : Mapping
        The content of each page's `results.json`, by page. `summary` has any of `plain`, `headline`, `fidelity` and
        `limits` (sentences) and `too_few` (labels by outcome); `review` the page's title and lead. `finding` is an
        outcome's; those of several pages on one outcome complete one another. `overview` has all of it and stands in
        for what is missing. `worklist` has what would help most (`sentences`).
    """
    overview = next((published["overview"] for published in results.values() if "overview" in published), {})
    summary = next((published["summary"] for published in results.values() if "summary" in published), {})
    said = {**overview, **summary}
    findings: dict[str, dict[str, Any]] = {}
    for finding in (published["finding"] for published in results.values() if "finding" in published):
        findings.setdefault(finding["outcome"], {}).update({name: value for name, value in finding.items() if value})
    review = next((published["review"] for published in results.values() if "review" in published), {})
    work = next((published["worklist"] for published in results.values() if "worklist" in published), {})
    return Summary(
        title=review.get("title", TITLE),
        intervention=review.get("intervention", NEUTRAL.intervention),
        lead=review.get("lead", ()),
        plain=said.get("plain", ()),
        headline=said.get("headline", ()),
        findings=_completed(findings, said.get("findings", ())),
        fidelity=said.get("fidelity", ()),
        too_few=tuple(said.get("too_few", {}).values()),
        limits=said.get("limits", ()),
        work=work.get("sentences", ()),
        work_page=next((slug for slug, published in results.items() if "worklist" in published), ""),
    )


def _completed(
    of_pages: Mapping[str, Mapping[str, Any]], of_summary: Sequence[Mapping[str, Any]]
) -> Sequence[Mapping[str, Any]]:
    """Return the findings of the outcomes' pages, each with what only the summary says.

    How far it hangs on choices and on whom it rests, and by what it was measured.
    """
    more = {own["outcome"]: {name: own[name] for name in MORE if own.get(name)} for own in of_summary}
    own = [finding for finding in of_pages.values() if "outcome_label" in finding]
    return [one | more.get(one["outcome"], {}) for one in own] or of_summary


def index_page(
    plan: Sequence[Job],
    summary: Summary,
    manifests: Mapping[str, Mapping[str, Any]],
    *,
    missing: Mapping[str, str],
    covers: Mapping[str, Path],
    title: str = "",
    explorer: str = "",
    documents: Sequence[Beside] = (),
) -> str:
    """Return the HTML of the index.

    Parameters
    ----------
    plan : sequence of Job
        Every page, in reading order.
    summary : Summary
    manifests : Mapping
        The manifest of each page that exists, by page.
    missing : Mapping[str, str]
        Pages that could not be made, and why.
    covers : Mapping[str, pathlib.Path]
        Executed notebooks whose first figure is shown.
    title : str, optional
        Instead of the summary's.
    explorer : str, optional
        The page on which readers explore, beside the index.
    documents : sequence of Beside
        Documents beside the index.
    """
    from synthesis.answers.statements import SAID_ONCE, said_once
    from synthesis.tables.glossary import BESIDE_FIDELITY, GLOSSARY  # with pandas, which a look at a report is without

    figures = {slug: figure for slug, path in covers.items() if (figure := first_figure(path))}
    same, own = said_once(summary.findings)
    outcomes = [_with_pages(finding, plan, figures) for finding in own]
    # The front section's figures are what was found; those of the pages behind it show what was asked.
    found, asked = [], []
    for job in plan:
        if job.slug in figures and not job.outcome:
            (found if job.section == plan[0].section else asked).append(Markup(figures[job.slug]))
    template = templates().get_template("index.html.j2")
    return template.render(
        title=title or summary.title,
        site=SITE,
        summary=summary,
        outcomes=outcomes,
        same=same,
        said_once=SAID_ONCE,
        figures=found,
        asked=asked,
        sections=_sections(plan),
        missing=missing,
        pages={job.slug: job.page for job in plan},
        titles={job.slug: job.title or title_of(job.notebook) for job in plan},
        contents=_contents(summary, outcomes, found),
        record=_record(list(manifests.values())),
        explorer=explorer,
        documents=_documents(documents),
        glossary=[(word, GLOSSARY[word]) for word in BESIDE_FIDELITY],
    )


def with_documents(index: str, documents: Sequence[Beside]) -> str:
    """Return an index that was made before, with what it says of the documents beside it said anew."""
    start, middle, end = index.partition(FROM_HERE)
    _, mark, rest = end.partition(TO_HERE)
    return f"{start}{_documents(documents)}{rest}" if middle and mark else index


def _documents(documents: Sequence[Beside]) -> Markup:
    """Link the documents of these pages; of those made from others say so."""
    current, older = ([own.name for own in documents if own.is_current is which] for which in (True, False))
    said = templates().get_template("documents.html.j2").render(current=current, older=older)
    return Markup(f"{FROM_HERE}{said}{TO_HERE}")


def first_figure(notebook: Path) -> str:
    """Return the HTML of the first figure that an executed notebook shows, as on its page; empty when it has none."""
    for cell in read_notebook(notebook)["cells"]:
        for output in cell.get("outputs", []):
            html = "".join(output.get("data", {}).get("text/html", ""))
            soup = sanitise(html) if "<figure" in html else None
            if soup is not None and soup.figure is not None:
                mend_pictures(soup)
                return str(soup.figure)
    return ""


def _with_pages(finding: Mapping[str, Any], plan: Sequence[Job], figures: Mapping[str, str]) -> dict[str, Any]:
    """Join a finding with its pages and figures, and fill what it leaves out."""
    pages = [job for job in plan if job.outcome == finding["outcome"]]
    shown = [Markup(figures[job.slug]) for job in pages if job.slug in figures]
    names = "better definition effect interval prediction headline robust meaning expectation fidelity verdict".split()
    texts = {name: finding.get(name, "") for name in names}
    texts["headline"] = texts["headline"].removeprefix(f"{finding['outcome_label']}: ")
    texts["n_unknown"] = finding.get("n_unknown", 0)
    reasons = finding.get("reservations", [])
    return {**finding, **texts, "reservations": reasons, "pages": pages, "figures": shown}


def _sections(plan: Iterable[Job]) -> list[Section]:
    """Gather the pages of each section under one heading, wherever they stand in the plan."""
    sections: dict[str, Section] = {}
    for job in plan:
        sections.setdefault(job.section, Section(job.section)).jobs.append(job)
    return list(sections.values())


def _contents(summary: Summary, outcomes: Sequence[Mapping[str, Any]], figures: Sequence[str]) -> list[Entry]:
    children = [Entry(f"outcome-{finding['outcome']}", finding["outcome_label"]) for finding in outcomes]
    possible = (
        (summary.plain, Entry("in-short", "In short")),
        (summary.limits, Entry("limits", "What limits this answer")),
        (summary.fidelity, Entry("fidelity", "Does fidelity explain the differences?")),
        (outcomes or summary.headline, Entry("findings", "Outcome by outcome, in numbers")),
        (figures, Entry("picture", "The evidence in one picture")),
        (outcomes, Entry("outcomes", "Each outcome, in words", children)),
        (summary.work, Entry("work", "What is missing, and what would help most")),
        (True, Entry("pages", "All pages")),
    )
    return [entry for present, entry in possible if present]


def _record(manifests: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the provenance of the whole: the newest page's software and every page's data."""
    if not manifests:
        return {}
    files = {name: digest for manifest in manifests for name, digest in manifest["data"]["files"].items()}
    newest = max(manifests, key=lambda manifest: manifest["started"])
    return {**newest, "data": {"sha256": data_hash(files), "files": files}}
