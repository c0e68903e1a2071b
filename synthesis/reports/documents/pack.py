"""What a guideline panel is given to read: answer, limits, findings, pictures, trials and methods in one file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from synthesis import __version__
from synthesis.answers.coverage import map_coverage
from synthesis.answers.harms import describe_harms
from synthesis.answers.review import describe_model, describe_search, is_coded
from synthesis.answers.statements import SAID_ONCE, said_once
from synthesis.choices import CI, LEVEL, METHOD
from synthesis.errors import ReportError
from synthesis.evidence import Evidence
from synthesis.files import DestinationError, new_file
from synthesis.markup import RISK_OF_BIAS
from synthesis.reports.documents.blocks import Block, Bullets, Document, Heading, Paragraph, Picture, Table, Turn
from synthesis.reports.documents.pictures import pictures_of, tables_of
from synthesis.reports.page.index import with_documents
from synthesis.reports.record.documents import (
    MADE_FROM,
    RECORD,
    documents_beside,
    page_folders,
    pages_fingerprint,
    read_record,
)
from synthesis.reports.record.fingerprint import data_hash, hash_file
from synthesis.reports.record.manifest import NAME as MANIFEST
from synthesis.reports.record.manifest import read_manifest, write_json
from synthesis.tables.characteristics import characteristics_table, describe_characteristics
from synthesis.tables.checklists.prisma import answers_of, prisma_checklist
from synthesis.tables.evidence import evidence_table, harms_table, references_table
from synthesis.tables.glossary import glossary_table
from synthesis.wording import share, upper_first

FORMATS = ("docx", "pdf")
NAME = "panel-pack"
OTHER_DATA = (
    "The report in {folder} was made from other data: {changed} changed since. Make it again first: synthesis report "
    "--output {folder}"
)
NO_REPORT = "There is no report in {folder}. Make it first: synthesis report --output {folder}"
NOT_INSTALLED = (
    "Documents need python-docx and typst. Type: make document, or: pip install 'peer-work-synthesis[documents]'"
)
SUMMARY, TRIALS, CODING, CERTAINTY = "00_summary", "01_evidence", "03_fidelity_coding", "07_summary_of_findings"
POOLED = "02_pooled_effect-"
POOLING = (
    "Effects are standardised mean differences (Hedges' g), mean differences or ratios, by the measure that each "
    "outcome's codebook names, of the longest follow-up with usable numbers. Pools are random-effects models "
    "({method}) with a {level} interval by {ci}; heterogeneity has Q-profile intervals; a prediction interval is given "
    "from five trials on. Below three trials nothing is pooled, below ten no characteristic of trials is tested."
)
ENTERING = (
    "Numbers are entered as printed. What a team decided on a doubtful number is a row on file with its reason, and "
    "every pool is also shown as printed. Other ways to average the same trials stand on the page of each outcome."
)
METHODS = (POOLING, ENTERING)
CIS = {
    "knapp-hartung-floor": "Knapp and Hartung, never narrower than the normal one",
    "knapp-hartung": "Knapp and Hartung",
    "wald": "the normal distribution",
}
MADE = (
    "Made by synthesis {version} from data with the fingerprint {data}; numbers computed on {day}. No result was "
    "typed by hand."
)
EDITED = (
    "{place} is not as it was written here: somebody may have worked on it. Move it, give another folder with "
    "--output, or replace it with --force."
)
SUBJECT = "What trials found on {intervention}, for a panel that decides"
COLUMNS = {
    "outcome_label": "Outcome",
    "trials": "Trials",
    "n": "People",
    "better": "Better",
    "measure": "Measure",
    "effect": "Effect",
    "interval": "Interval of the average",
    "prediction": "Range expected in a new setting",
    "verdict": "Reading",
}


def make_documents(
    folder: Path,
    evidence: Evidence,
    *,
    formats: Sequence[str] = FORMATS,
    output: Path | None = None,
    force: bool = False,
) -> list[Path]:
    """Write the panel's pack from a report that was made.

    Parameters
    ----------
    folder : pathlib.Path
        Of the report: numbers, sentences and pictures are those of its pages.
    evidence : Evidence
        What the report was made from.
    formats : sequence of {"docx", "pdf"}
    output : pathlib.Path, optional
        Where they are written; the report's folder by default.
    force : bool
        Replace documents that are not as they were written.

    Returns
    -------
    list of pathlib.Path

    Raises
    ------
    ReportError
        Where there is no report, or the libraries that write documents are not installed.
    DestinationError
        Where a document is there that somebody may have worked on.
    """
    try:
        from synthesis.reports.documents.pdf import pdf_bytes, pngs_of
        from synthesis.reports.documents.word import word_bytes
    except ModuleNotFoundError as error:
        raise ReportError(NOT_INSTALLED) from error
    document = panel_pack(folder, evidence)
    made = {}
    with ThreadPoolExecutor() as side:  # Typst draws without Python's lock, so the three go side by side
        pdf = side.submit(pdf_bytes, document) if "pdf" in formats else None
        if "docx" in formats:
            pictures = [block for block in document.blocks if isinstance(block, Picture)]
            made["docx"] = word_bytes(document, pngs_of(pictures))
        if pdf is not None:
            made["pdf"] = pdf.result()
    written = _written(output or folder, made, pages_fingerprint(page_folders(folder)), force=force)
    if output is None or output.resolve() == folder.resolve():
        _link(folder)
    return written


def _link(folder: Path) -> None:
    """Say anew on a report's index which documents lie beside it; the report stays unaltered to who verifies it."""
    place, manifest = folder / "index.html", read_manifest(folder)
    if manifest is None or not place.is_file():
        return
    recorded = manifest.get("files", {}).get(place.name)
    if recorded is not None and recorded != hash_file(place):
        return  # somebody altered the index: that is theirs, and stays to be noticed
    before = place.read_text(encoding="utf-8")
    index = with_documents(before, documents_beside(folder, page_folders(folder)))
    if index == before:
        return
    with new_file(place, force=True) as opened:
        opened.write_text(index, encoding="utf-8", newline="\n")
    if recorded is not None:
        manifest["files"][place.name] = hash_file(place)
        with new_file(folder / MANIFEST, force=True) as opened:
            write_json(opened, manifest)


def _written(folder: Path, made: Mapping[str, bytes], made_from: str, *, force: bool) -> list[Path]:
    """Write the documents whole or not at all; one that somebody may have worked on is not replaced."""
    record = folder / RECORD
    known = read_record(folder)
    places = {folder / f"{NAME}.{ending}": content for ending, content in made.items()}
    for place in places:
        if place.exists() and not force and sha256(place.read_bytes()).hexdigest() != known.get(place.name):
            raise DestinationError(EDITED.format(place=place))
    for place, content in places.items():
        with new_file(place, force=True) as opened:
            opened.write_bytes(content)
        known[place.name] = sha256(content).hexdigest()
        known.setdefault(MADE_FROM, {})[place.name] = made_from
    with new_file(record, force=True) as opened:
        opened.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return list(places)


def panel_pack(folder: Path, evidence: Evidence) -> Document:
    """Compose the pack from a report's results and pictures.

    Raises
    ------
    ReportError
        Where there is no report in the folder, or its numbers were made from other data than these.
    """
    pages = {
        path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*/results.json"))
    }
    if SUMMARY not in pages:
        raise ReportError(NO_REPORT.format(folder=folder))
    manifests = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*/manifest.json"))]
    _refuse_other_data(folder, evidence)
    made = max(manifest["started"] for manifest in manifests)
    return Document(
        title=evidence.codebook.review.title,
        subject=SUBJECT.format(intervention=evidence.codebook.review.names.intervention),
        author=f"synthesis {__version__}",
        made=made,
        blocks=list(_blocks(folder, pages, evidence, made)),
    )


def _refuse_other_data(folder: Path, evidence: Evidence) -> None:
    """Refuse to set a report's numbers beside trials that they were not made from."""
    manifest = json.loads((folder / SUMMARY / "manifest.json").read_text(encoding="utf-8"))
    then, now = manifest["data"]["files"], evidence.files
    changed = sorted(name for name in {*then, *now} if then.get(name) != now.get(name))
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise ReportError(OTHER_DATA.format(folder=folder, changed=f"{changed[0]}{more}"))


def _blocks(folder: Path, pages: Mapping[str, Any], evidence: Evidence, made: str) -> Iterator[Block]:
    summary = pages[SUMMARY]
    said, review = summary["overview"], summary["review"]
    yield from map(Paragraph, review["lead"])
    yield Heading("In short")
    yield from map(Paragraph, said["plain"])
    yield Heading("What limits this answer")
    yield Bullets(tuple(said["limits"]))
    if said["fidelity"]:
        yield Heading("Does fidelity explain the differences?")
        yield from map(Paragraph, said["fidelity"])
    coding = folder / CODING / f"{CODING}.ipynb"
    yield from pictures_of(coding, CODING)[:1] if coding.is_file() else ()
    yield Turn(landscape=True)
    certain = folder / CERTAINTY / f"{CERTAINTY}.ipynb"
    if certain.is_file():
        yield Heading("Summary of findings, and how certain they are")
        yield from map(Paragraph, pages.get(CERTAINTY, {}).get("who_rated", []))
        yield from tables_of(certain)
    yield Heading("Findings")
    yield _findings(said["findings"])
    yield Turn(landscape=False)
    yield Heading("Each outcome")
    same, own = said_once(said["findings"])
    if same:
        yield Paragraph(SAID_ONCE)
        yield Bullets(tuple(same))
    for finding in own:
        yield from _outcome(folder, finding)
    yield Heading("What is missing, and what would help most")
    yield Bullets(tuple(summary["worklist"]["sentences"]))
    yield Heading("How the trials were found")
    yield from map(Paragraph, describe_search(evidence))
    trials = folder / TRIALS / f"{TRIALS}.ipynb"
    yield from pictures_of(trials, TRIALS)[:1] if trials.is_file() else ()
    yield Turn(landscape=True)
    yield Heading("Harms, people lost, take-up and costs")
    yield from map(Paragraph, describe_harms(evidence))
    if len(evidence.harms):
        yield Table.of(harms_table(evidence), "What the texts say of harms, people lost, take-up and costs")
    yield Heading("The trials")
    yield Table.of(characteristics_table(evidence), "What the trials say of people, place, delivery and dose")
    yield from (Paragraph(text, quiet=True) for text in describe_characteristics(evidence))
    yield Table.of(evidence_table(evidence), "Randomised trials in the evidence base")
    yield Turn(landscape=False)
    yield Heading("Where the trials were reported")
    yield Table.of(references_table(evidence), "Main report of every trial")
    yield Heading("Methods")
    yield from map(Paragraph, _methods(evidence, said["numbers"]))
    yield Heading("Words used here")
    yield Table.of(glossary_table(evidence), "What the words of this document mean")
    yield Heading("What this report answers of PRISMA 2020")
    yield Table.of(_checklist(evidence, pages.get(TRIALS, {})), "PRISMA 2020 checklist")
    yield Paragraph(
        MADE.format(version=__version__, data=_fingerprint(folder)[:12], day=made.partition("T")[0]), quiet=True
    )


def _fingerprint(folder: Path) -> str:
    """Return the fingerprint of the data that the report's pages were made from, as its first page prints it."""
    manifests = [json.loads(place.read_text(encoding="utf-8")) for place in sorted(folder.glob("*/manifest.json"))]
    return data_hash({name: digest for own in manifests for name, digest in own["data"]["files"].items()})


def _findings(findings: Iterable[Mapping[str, Any]]) -> Table:
    rows = pd.DataFrame(findings)
    at_least = rows["n_unknown"].gt(0).map({True: "at least ", False: ""}) if "n_unknown" in rows else ""
    rows["n"] = at_least + rows["n"].map("{:,.0f}".format)
    return Table.of(rows[list(COLUMNS)].rename(columns=COLUMNS), "Every outcome with at least three trials to pool")


def _outcome(folder: Path, finding: Mapping[str, Any]) -> Iterator[Block]:
    """Give one outcome's finding in words, its forest plot, how sure it is, and the risk of bias of its trials."""
    slug = f"{POOLED}{finding['outcome']}"
    yield Heading(finding["outcome_label"], 2)
    if finding["definition"]:
        yield Paragraph(finding["definition"], quiet=True)
    label = f"{finding['outcome_label']}: "
    texts = (
        upper_first(finding["headline"].removeprefix(label)),
        finding["robust"],
        finding["meaning"],
        finding["expectation"],
    )
    yield from map(Paragraph, filter(None, texts))
    notebook = folder / slug / f"{slug}.ipynb"
    pictures = pictures_of(notebook, slug) if notebook.is_file() else []
    yield from pictures[:1]
    yield Bullets(tuple(finding["reservations"]))
    yield from (picture for picture in pictures[1:] if RISK_OF_BIAS in picture.kinds)
    if finding["fidelity"]:
        yield Paragraph(finding["fidelity"])


def _checklist(evidence: Evidence, published: Mapping[str, Any]) -> pd.DataFrame:
    """Show the checklist with its places by name: an address leads nowhere from a document.

    It is the one of the report's page, or made here for a report that lacks it.
    """
    own = published.get("prisma")
    rows = prisma_checklist(evidence, map_coverage(evidence)) if own is None else pd.DataFrame(own)
    places = [", ".join(filter(None, own)) for own in rows[["page", "heading"]].to_numpy(str)]
    return pd.DataFrame({"Item": rows["item"], "Topic": rows["topic"], "Answer": answers_of(rows), "Where": places})


def _methods(evidence: Evidence, numbers: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say how pools were made, by the settings that the report's own pools have."""
    own = next(iter(numbers), {"method": METHOD, "ci": CI, "level": LEVEL})
    settings = {"method": own["method"], "level": share(own["level"]), "ci": CIS.get(own["ci"], own["ci"])}
    coded = [describe_model(evidence)] if is_coded(evidence) else []
    return [text.format(**settings) for text in METHODS] + coded
