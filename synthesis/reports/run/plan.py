"""Which notebooks make the report, in reading order, and what each is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from synthesis.answers.calibration.results import FILE as CALIBRATION
from synthesis.answers.fidelity import score_fidelity
from synthesis.answers.fidelity_slope import is_estimable
from synthesis.answers.hypotheses import declared_fingerprint
from synthesis.answers.measurement.results import FILE as MEASUREMENT
from synthesis.answers.review import is_coded
from synthesis.answers.verdicts import FEWEST_TRIALS, TRIALS_PER_COVARIATE
from synthesis.choices import METHOD, is_of_events
from synthesis.effects import compute_effects
from synthesis.evidence import Evidence
from synthesis.reports.record.fingerprint import hash_file
from synthesis.reports.record.jobs import Job, places_from
from synthesis.reports.record.parameters import values_for


@dataclass(frozen=True)
class Step:
    """A notebook of the report.

    Attributes
    ----------
    notebook : str
        Its name without the ending.
    title, blurb : str
        Heading and line on the index; `{outcome}` stands for the outcome's label.
    section : str
        Where the index lists it.
    per_outcome : bool
        Whether it runs once for each outcome, on the trials with a row on that outcome, or once on everything.
    cover : bool
        Whether the index shows its first figure.
    fewest_trials : int
        An outcome with fewer poolable trials has no such page.
    needs_codes : bool
        Whether the page needs an arm that is coded against the change model.
    calibrates : bool
        Whether the page's scores rest on the codes of all trials, not only of those with a row on its outcome.
    needs_slope : bool
        Whether the page needs a fidelity slope: three scored effects whose scores are not all the same.
    needs_effects : bool
        Whether the page needs a method that pools effects and not events.
    reads : tuple of str
        The files made apart from the report that the page shows where they lie in the data root.
    takes_long : bool
        Whether the page is among those that take longest.
    """

    notebook: str
    title: str
    blurb: str
    section: str
    per_outcome: bool = False
    cover: bool = False
    fewest_trials: int = 1
    needs_codes: bool = False
    needs_slope: bool = False
    calibrates: bool = False
    needs_effects: bool = False
    reads: tuple[str, ...] = ()
    takes_long: bool = False


STEPS = (
    Step(
        "00_summary",
        "All outcomes at a glance",
        "every outcome that can be pooled, side by side",
        "Start here",
        cover=True,
        takes_long=True,
    ),
    Step(
        "01_evidence",
        "The trials",
        "which trials there are, what they measured and which numbers are doubted",
        "The evidence",
    ),
    Step(
        "03_fidelity_coding",
        "The change model and the coding",
        "what the reports describe of it, and how far coders agree",
        "The evidence",
        needs_codes=True,
        cover=True,
    ),
    Step(
        "05_hypotheses",
        "What explains the differences",
        "the hypotheses as this review declared them and when, each with its verdict; fidelity, its rivals and silence "
        "over all outcomes",
        "Start here",
        needs_codes=True,
        reads=(CALIBRATION, MEASUREMENT),
        takes_long=True,
    ),
    Step(
        "07_summary_of_findings",
        "Summary of findings",
        "every declared outcome with what it means in people, and how certain those who rate it are",
        "Start here",
    ),
    Step("02_pooled_effect", "{outcome}: the trials pooled", "", "Pooled effects", per_outcome=True, cover=True),
    Step(
        "04_fidelity_and_effects",
        "{outcome}: fidelity and effects",
        "",
        "Fidelity and effects",
        per_outcome=True,
        fewest_trials=FEWEST_TRIALS,
        needs_slope=True,
        calibrates=True,
        needs_effects=True,
    ),
    # Below ten trials the page says what single trials do, and keeps small against large ones out of words.
    Step(
        "06_fragility",
        "{outcome}: how fragile the pool is",
        "",
        "How fragile the pools are",
        per_outcome=True,
        fewest_trials=FEWEST_TRIALS,
        needs_effects=True,
    ),
    Step(
        "09_multiverse",
        "{outcome}: every combination of choices",
        "",
        "Every combination of choices",
        per_outcome=True,
        fewest_trials=TRIALS_PER_COVARIATE,
        calibrates=True,
        needs_effects=True,
        takes_long=True,
    ),
)

# A calibrated score rests on the ratings and the roles of all coded arms.
CODED_IN = ("/components.csv", "/arms.csv")
# These are not for `--set`: the plan gives them to each notebook.
RESERVED = {"outcome": "--outcome", "data": "--data", "references": "--references"}


def poolable_trials(evidence: Evidence, outcomes: Iterable[str] = ()) -> dict[str, int]:
    """Count the trials that can be pooled on each outcome, by its key, in the order given or the codebook's."""
    names = list(outcomes) or list(evidence.codebook.outcomes["outcome"])
    keys = dict.fromkeys(evidence.codebook.outcome_key(name) for name in names)
    return {key: compute_effects(evidence, key).n_trials for key in keys}


def report_plan(
    evidence: Evidence,
    outcomes: Mapping[str, int],
    *,
    notebooks: Path | str = "notebooks",
    runs_in: Path | None = None,
    settings: Mapping[str, Any] | None = None,
    steps: Sequence[Step] = STEPS,
) -> tuple[Job, ...]:
    """Return the jobs of a report.

    Parameters
    ----------
    evidence : Evidence
        Decides the data files each job depends on.
    outcomes : Mapping[str, int]
        The outcomes to report, in order, with their poolable trials; from `poolable_trials`.
    notebooks : path
        Folder of the notebooks.
    runs_in : pathlib.Path, optional
        Where they run; their own folder by default.
    settings : Mapping[str, Any], optional
        Further parameters; each goes to the notebooks that know it.
    steps : sequence of Step

    Returns
    -------
    tuple of Job

    Examples
    --------
    >>> from synthesis.reports import report_plan
    >>> [job.slug for job in report_plan(evidence, {"hope": 7})]
    ['00_summary', '01_evidence', '03_fidelity_coding', '05_hypotheses', '07_summary_of_findings',
    '02_pooled_effect-hope', '04_fidelity_and_effects-hope', '06_fragility-hope']
    """
    folder = Path(notebooks)
    places = places_from(runs_in or folder, evidence.root, evidence.references)
    scores, site = score_fidelity(evidence), evidence.codebook.review.title
    declared = declared_fingerprint(evidence.codebook)
    read = cache(lambda outcome: evidence.reporting(outcome).files)
    jobs = []
    for step in steps:
        if step.needs_codes and not is_coded(evidence):
            continue
        path = folder / f"{step.notebook}.ipynb"
        own = places | values_for(path, settings or {})
        if step.per_outcome:
            enough = [outcome for outcome, trials in outcomes.items() if trials >= step.fewest_trials]
            if step.needs_effects and is_of_events((settings or {}).get("method", METHOD)):
                enough = []
            elif step.needs_slope:
                enough = [name for name in enough if is_estimable(compute_effects(evidence, name), scores)]
            jobs += [_outcome_job(step, path, own, evidence, name, read(name), declared, runs_in) for name in enough]
        else:
            jobs.append(
                Job(
                    notebook=path,
                    slug=step.notebook,
                    title=step.title,
                    section=step.section,
                    blurb=step.blurb,
                    parameters=own,
                    files=_all_files(step, evidence),
                    cover=step.cover,
                    site=site,
                    hypotheses=declared,
                    folder=runs_in,
                    takes_long=step.takes_long,
                )
            )
    return tuple(jobs)


def _all_files(step: Step, evidence: Evidence) -> Mapping[str, str]:
    """Return the files that decide whether a page about everything must be made again."""
    made = {name: evidence.root / name for name in step.reads}
    return {**evidence.files, **{name: hash_file(path) for name, path in made.items() if path.is_file()}}


def _files(step: Step, evidence: Evidence, own: Mapping[str, str]) -> Mapping[str, str]:
    """Return the files that decide whether an outcome's page must be made again, from those of its trials."""
    if not step.calibrates:
        return own
    codes = {name: digest for name, digest in evidence.files.items() if name.endswith(CODED_IN)}
    return {name: digest for name, digest in evidence.files.items() if name in own or name in codes}


def _outcome_job(
    step: Step,
    path: Path,
    own: Mapping[str, Any],
    evidence: Evidence,
    outcome: str,
    files: Mapping[str, str],
    declared: str,
    runs_in: Path | None,
) -> Job:
    label = str(evidence.codebook.outcome(outcome)["label"])
    return Job(
        notebook=path,
        slug=f"{step.notebook}-{outcome}",
        title=step.title.format(outcome=label),
        section=step.section,
        blurb=step.blurb.format(outcome=label),
        outcome=outcome,
        parameters={**own, "outcome": outcome},
        files=_files(step, evidence, files),
        cover=step.cover,
        site=evidence.codebook.review.title,
        hypotheses=declared,
        folder=runs_in,
        takes_long=step.takes_long,
    )
