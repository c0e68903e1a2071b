"""The page on calibration, written from data/calibration.json and from what an earlier simulation led to expect."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from synthesis.answers.calibration.designs import JOINTS
from synthesis.answers.calibration.results import SHORT, Calibration
from synthesis.answers.calibration.statement import calibration_sentences
from synthesis.tables.calibration import JOINT_TESTS, READINGS, TESTS, TITLES, TRUTHS, calibration_tables
from synthesis.wording import count, number

EXPECTED = Path(__file__).with_name("calibration_expected.csv")
THEN = Path(__file__).with_name("calibration_then.json")
ERRORS = 3.0
PICTURE = "images/calibration.svg"

PAGE = """# How far the tests and intervals can be trusted

<!-- Made by `python docs/make_pages.py` from data/calibration.json, docs/calibration_then.json and
docs/calibration_expected.csv. Do not edit. -->

Who tests fidelity with seventeen trials should know how often such a test finds what is not there, and how often it
misses what is. Here thousands of reviews are simulated that look like this one: the same trials with their sizes and
fidelity scores, the same components left out of reports, but with a truth that is known. Each is analysed as the pages
analyse the real one.

{sentences}

![{alt}]({picture})

## How it is simulated

- **Trials.** Each effect is Hedges' g from the noncentral t that it has when people's scores are normal, at the real
  arm sizes, with its variance worked out anew from the g drawn. So estimates and variances go together, as they do in a
  review; normal effects with fixed variances would leave that out. Where clusters or an adjusted model make the real
  variance larger or smaller than the arm sizes say, both arms are made smaller or larger until it fits; where sizes are
  unknown the arms are equal. True effects vary by tau2 around the pooled benefit of the outcome, plus the slope times
  the score.
- **Tests.** Wald; Knapp-Hartung; Knapp-Hartung with a standard error never below Wald's ("KH with floor", the interval
  of the pages); the permutation of trials ({permutations} arrangements; the pages take 10,000); *detected*, the rule of
  the pages, which asks for interval and permutation.
- **The slope called detectable** is the one that the page of fidelity prints: with it, the interval should have 80%
  power at the heterogeneity estimated.
- **Prediction intervals** are held against the true effect of a new trial, in all reviews, and in those alone in which
  heterogeneity was estimated as zero.
- **What each score shows.** Ratings that reports give stay. What they leave out is drawn: as in the reports that
  describe the component, or absent four times in five, or always absent. Benefit follows the whole, true score with a
  slope of 1 (tau2 0.01); the table shows the slope on the score that a review would have.
- **All outcomes at once.** Correlated and hierarchical effects with heterogeneity as estimated here, the errors of a
  trial's outcomes correlated by 0.6 as the model assumes, or by 0.3 or 0.8, or with twice the heterogeneity between
  trials. Every simulated review estimates its heterogeneity anew. CR2 with Satterthwaite's degrees of freedom, the
  model's own standard error, the wider of both (which the pages use), and the permutation of whole trials.
- **Numbers.** {sets:,} data sets a world for intervals, {permuted:,} for permutations, {joint:,} for the joint model;
  REML; seed {seed}; evidence `{evidence}`; synthesis {synthesis}, Python {python}, numpy {numpy}, scipy {scipy}. After
  ± stands the Monte-Carlo standard error. Every world has a generator of its own: none depends on what else is run.

{tables}

## Expected and found

An independent review of the statistics had simulated the same quantities with code of its own, at an earlier state of
the data (commit eb71e96: recovery 16 trials, quality of life 21, symptoms 13, depression 14). Three figures stand in
each cell: found today, found by this code on the evidence of then, and expected. What was expected must agree with what
is found on the evidence of then within three Monte-Carlo errors of the difference: of {n} figures {within} do{beyond}
Where today's figure differs from both, the evidence has changed: more trials make for more power, and the slope called
detectable is smaller (recovery 0.87, then 0.93; quality of life 0.61, then 0.69).

{expected}

{explained}

## Run it

    make calibrate                                   # as shipped, into data/calibration.json
    synthesis calibrate --quick --outcome recovery   # a look, in seconds

It takes about half an hour on two processors. What is finished is kept in the file at once: after Ctrl-C, or a change
to some trials, the same command computes only what is missing or rests on other evidence. The page of the report on the
hypotheses shows the sentences above, and says so where they were computed on earlier evidence. After a run:
`.venv/bin/python docs/make_pages.py`. The evidence of then:

    mkdir then && git archive eb71e96 data references.bib | tar -x -C then
    synthesis calibrate --data then/data --sets 5000 --jobs 2 --output docs/calibration_then.json
"""
BEYOND = "; those marked * ({n}) are explained below."
EXPLAINED = "Marked *:"


@dataclass(frozen=True)
class Compared:
    """A figure expected beside those found.

    Attributes
    ----------
    row : dict of str
        Of `calibration_expected.csv`.
    today, then : float
        Found on the evidence of today and of then; nan where that was not simulated.
    error : float
        Monte-Carlo standard error of the difference of then, with half a unit of the last digit expected.
    """

    row: dict[str, str]
    today: float
    then: float
    error: float

    @property
    def is_within(self) -> bool:
        """Whether what was expected is what is found on the evidence of then."""
        return abs(self.then - float(self.row["expected"])) <= ERRORS * self.error

    @property
    def shown(self) -> str:
        """All three, as a cell shows them."""
        figures = (number(self.today, 3), number(self.then, 3), self.row["expected"])
        return f"{', '.join(figures)}{'' if self.is_within else ' *'}"


def calibration_page(found: Calibration, then: Calibration, alt: str) -> str:
    """Return the page."""
    compared = compare(found, then)
    beyond = [own for own in compared if not own.is_within]
    return PAGE.format(
        sentences="\n".join(f"- {sentence}" for sentence in calibration_sentences(found)),
        alt=alt,
        picture=PICTURE,
        **{name: getattr(found.sizes, name) for name in ("sets", "permuted", "joint", "permutations")},
        seed=found.seed,
        evidence=found.evidence[:SHORT],
        **found.versions,
        tables="\n\n".join(f"## {title}\n\n{markdown(table)}" for title, table in calibration_tables(found).items()),
        n=len(compared),
        within=len(compared) - len(beyond),
        beyond=BEYOND.format(n=len(beyond)) if beyond else ".",
        expected="\n\n".join(_expected_tables(compared)),
        explained="\n".join([EXPLAINED, "", *_explained(beyond)]) if beyond else "",
    ).replace("\n\n\n", "\n\n")


def compare(found: Calibration, then: Calibration) -> list[Compared]:
    """Return every figure expected with those found, today and on the evidence of then."""
    frames = found.to_frame(), then.to_frame()
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [_compared(row, *(_found(frame, row) for frame in frames)) for row in rows]


def _compared(row: dict[str, str], today: pd.Series, then: pd.Series) -> Compared:
    expected, n = float(row["expected"]), float(row["sets"])
    digit = 0.5 * 10.0 ** -len(row["expected"].partition(".")[2])
    # Of mean slopes the spread was printed: 0.02 over 60 codings.
    theirs = 0.02 if row["quantity"] == "estimate" else np.sqrt(max(expected * (1 - expected), 1 / n) / n)
    error = float(np.hypot(np.hypot(theirs, then["mc_error"]), digit / ERRORS))
    return Compared(row, float(today["value"]), float(then["value"]), error)


def _found(frame: pd.DataFrame, row: dict[str, str]) -> pd.Series:
    own = frame
    for name in ("kind", "design", "score", "truth", "test", "quantity"):
        own = own[own[name].eq(row[name])]
    for name in ("tau2", "rho"):  # empty: as estimated, which is another number on other evidence
        own = own[own[name].eq(float(row[name]))] if row[name] else own
    if row["slope"] == "detectable":
        own = own[own["permuted"] & own["slope"].ne(0)]
    else:
        own = own[own["slope"].eq(float(row["slope"]))]
    if len(own) != 1:
        raise ValueError(f"{row} means {count(len(own), 'figure')}")
    return own.iloc[0]


def _expected_tables(compared: list[Compared]) -> Iterator[str]:
    """Yield a table a kind of world."""
    names = {"slope": TESTS, "pool": _POOLS, "silence": READINGS, "joint": JOINT_TESTS}
    titles = {
        "slope": "Slopes",
        "pool": "Prediction intervals",
        "silence": TITLES["attenuation"],
        "joint": TITLES["joint"],
    }
    for kind, columns in names.items():
        worlds: dict[tuple[str, ...], dict[str, str]] = {}
        for own in (one for one in compared if one.row["kind"] == kind):
            column = own.row["quantity"] if kind == "pool" else own.row["test"]
            found = kind == "silence" and own.row["quantity"] == "rejected"
            worlds.setdefault(_world(own.row), {})[f"Found: {columns[column]}" if found else columns[column]] = (
                own.shown
            )
        if worlds:
            table = pd.DataFrame(list(worlds.values())).fillna("")
            order = [
                name for name in [*columns.values(), *(f"Found: {own}" for own in columns.values())] if name in table
            ]
            head = pd.DataFrame(list(worlds), columns=["World", "Then"])
            whole = pd.concat([head, table[order]], axis=1)
            yield f"**{titles[kind]}**: found today, found on the evidence of then, expected\n\n{markdown(whole)}"


_POOLS = {"coverage": "Coverage", "coverage_tau2_zero": "Coverage where tau2 was estimated as 0"}


def _world(row: dict[str, str]) -> tuple[str, str]:
    parts = [JOINTS.get(row["design"], row["design"].replace("_", " "))]
    parts += [f"tau2 {float(row['tau2']):g}"] if row["tau2"] else []
    if row["kind"] in ("slope", "joint") and row["slope"] not in ("0", "detectable"):
        parts.append(f"slope {row['slope']}")
    parts += ["slope called detectable"] if row["slope"] == "detectable" else []
    parts += [TRUTHS.get(row["truth"], row["truth"].replace("_", " "))] if row["truth"] else []
    parts += [f"rho {row['rho']}"] if row["truth"] == "other_rho" else []
    return ", ".join(parts), row["then"]


def _explained(beyond: list[Compared]) -> Iterator[str]:
    """Yield each explanation with the figures it is of."""
    reasons: dict[str, list[str]] = {}
    for own in beyond:
        reasons.setdefault(own.row["why"], []).append(f"{_world(own.row)[0]} ({own.row['test'].replace('_', ' ')})")
    for why, where in reasons.items():
        yield f"- {why or 'Not explained.'} {'; '.join(where)}."


def markdown(table: pd.DataFrame) -> str:
    """Write a table in Markdown."""
    lines = [list(table.columns), ["---"] * len(table.columns), *table.astype(str).to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
