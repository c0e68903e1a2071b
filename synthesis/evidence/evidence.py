"""Load a data root: the trials as tidy tables with their codebook and references. Reading never repairs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import pandas as pd

from synthesis.errors import DataError
from synthesis.evidence.bibliography.library import Bibliography, load_bibliography
from synthesis.evidence.checks import check_read
from synthesis.evidence.codebook import Codebook, Review
from synthesis.evidence.contract import references_of
from synthesis.evidence.kept import keep, kept_evidence, load_or_read
from synthesis.evidence.reading import RawEvidence, read_root, typed
from synthesis.evidence.vocabulary import JUDGEMENTS, OVERALL
from synthesis.kept import remembered
from synthesis.results import Result
from synthesis.wording import count, number, years

TRIAL_TABLES = ("trials", "arms", "outcomes", "components", "risk_of_bias", "harms", "decisions")
_SEVERITY = {code: judgement.severity for code, judgement in JUDGEMENTS.items()}
ROOT_TABLES = (
    "search_flow", "searches", "left_out", "suspicions", "code_reasons", "baseline_risks", "reviewers",
    "grade", "rob_me", "evidence_to_decision",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Evidence(Result):
    """The trials and everything known about them.

    Attributes
    ----------
    root, references : pathlib.Path
        Where the data and the bibliography were read from.
    trials, arms, outcomes, components, risk_of_bias, harms, decisions : pandas.DataFrame
        The contract's tables over all trials; `trial` is the folder's name, `file` and `row` the place in the
        spreadsheet. Numbers are floats (nan = not reported), text is str (empty = not reported).
    codebook : Codebook
    search_flow, searches, left_out, suspicions, code_reasons : pandas.DataFrame
        PRISMA counts; searches as they were run; results met but not entered; doubts about printed numbers; what codes
        rest on. Empty where a data root has none.
    baseline_risks, reviewers, grade, rob_me, evidence_to_decision : pandas.DataFrame
        Risks without the intervention; who signs; what people judged of the certainty of the evidence, of evidence
        that is missing, and on the way to a decision. Empty where a data root has none.
    bibliography : Bibliography
    labels : dict[str, str]
        Author and year of each trial, told apart by letters where two would be the same; a part of the trials keeps
        the labels they have among all.
    files : dict[str, str]
        SHA-256 of every file read, by path relative to the data root, and of every reference entry used.
    raw : RawEvidence
        The cells as they stand in the files, as text; what an export writes.

    Examples
    --------
    >>> len(evidence.trials), len(evidence.outcomes)
    (97, 399)
    >>> evidence.trials[["trial", "year"]].head(2)
                            trial    year
    0  alvarezjimenez2021horyzons  2021.0
    1      amani2021peerdelivered  2021.0
    >>> evidence.label("sledge2011effectiveness")
    'Sledge et al. (2011)'
    """

    root: Path
    references: Path
    trials: pd.DataFrame
    arms: pd.DataFrame
    outcomes: pd.DataFrame
    components: pd.DataFrame
    risk_of_bias: pd.DataFrame
    harms: pd.DataFrame
    decisions: pd.DataFrame
    codebook: Codebook
    search_flow: pd.DataFrame
    searches: pd.DataFrame
    left_out: pd.DataFrame
    suspicions: pd.DataFrame
    code_reasons: pd.DataFrame
    baseline_risks: pd.DataFrame
    reviewers: pd.DataFrame
    grade: pd.DataFrame
    rob_me: pd.DataFrame
    evidence_to_decision: pd.DataFrame
    bibliography: Bibliography
    labels: dict[str, str]
    files: dict[str, str]
    raw: RawEvidence

    def kept_by(self) -> list[Any]:
        """Return what results of this evidence depend on, for `synthesis.kept`: not the cells as they were typed."""
        tables = [getattr(self, name) for name in (*TRIAL_TABLES, *ROOT_TABLES)]
        entries = dict(self.bibliography.digests)
        return [*tables, self.codebook, self.labels, entries, self.files]

    def label(self, trial: str) -> str:
        """Return "Sledge et al. (2011)" for a trial."""
        return self.labels[trial]

    def doi(self, trial: str) -> str:
        """Return the DOI of a trial's main report; empty where its entry has none."""
        return self.bibliography.doi(trial)

    def overall_risk_of_bias(self, trials: Iterable[str] | None = None, outcome: str = "") -> dict[str, str]:
        """Return the gravest overall judgement of each trial, or of some; trials that nobody judged overall are absent.

        Parameters
        ----------
        trials, outcome
            As in `worst_judgements`.
        """
        wanted = None if trials is None else list(trials)

        def find() -> dict[str, str]:
            overall = self.risk_of_bias[self.risk_of_bias["domain"].eq(OVERALL)]
            worst = _most_severe(_judgements_of(overall, wanted, outcome, ["trial"]), ["trial"])
            return dict(zip(worst["trial"], worst["judgement"], strict=True))

        # Effects are computed under many readings of the same rows.
        return dict(remembered(self.risk_of_bias, f"overall {outcome} {wanted}", find))

    def worst_judgements(self, trials: Iterable[str] | None = None, outcome: str = "") -> pd.DataFrame:
        """Return one judgement a trial, tool and domain: the most severe where several assessors judged.

        Parameters
        ----------
        trials : iterable of str, optional
            Of these trials only.
        outcome : str
            Of this outcome's results: where one of them was judged by itself, that stands, else what was said of every
            result of the trial. Without it, of any result.

        Returns
        -------
        pandas.DataFrame
            Rows of `risk_of_bias`; `assessor` names all of them.
        """
        key = ["trial", "tool", "domain"]
        judged = _judgements_of(self.risk_of_bias, trials, outcome, key)
        assessors = judged.groupby(key, sort=False)["assessor"].agg(lambda names: "; ".join(dict.fromkeys(names)))
        worst = _most_severe(judged, key).drop(columns="assessor")
        return worst.join(assessors, on=key).reset_index(drop=True)

    def only(self, trials: Iterable[str]) -> Evidence:
        """Return the evidence of some trials; `files` shrinks with it, so that it names what was really used."""
        wanted = set(trials)
        raw = self.raw.only(wanted)
        tables = {name: _rows_of(getattr(self, name), wanted) for name in TRIAL_TABLES}
        keys = self._reference_keys(tables["trials"]) | self._namesakes(wanted)
        files = {
            path: digest
            for path, digest in self.files.items()
            if path in raw.files or path.removeprefix("references.bib#") in keys
        }
        empty = {name: getattr(self, name).iloc[:0] for name in ROOT_TABLES}
        return replace(self, **tables, **empty, files=files, raw=raw)

    def reporting(self, outcome: str) -> Evidence:
        """Return the evidence of the trials with at least one row on an outcome, named by key or label."""
        key = self.codebook.outcome_key(outcome)
        return self.only(self.outcomes.loc[self.outcomes["outcome"].eq(key), "trial"])

    def to_dict(self) -> dict[str, Any]:
        """Return what the evidence holds, in counts."""
        measured = self.outcomes["outcome"].nunique()
        return {
            "trials": len(self.trials),
            "randomised": float(self.trials["n_randomised"].sum()),
            "first_year": float(self.trials["year"].min()),
            "last_year": float(self.trials["year"].max()),
            "arms": len(self.arms),
            "results": len(self.outcomes),
            "outcomes": measured,
            "ratings": len(self.components),
            "decisions": len(self.decisions),
            "suspicions": len(self.suspicions),
            "judged_for_risk_of_bias": len(self.overall_risk_of_bias()),
        }

    def to_frame(self) -> pd.DataFrame:
        """Return the trials, a row each."""
        return self.trials.copy()

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows: five lines that count what is there."""
        n = self.to_dict()
        lines = {
            "Trials": f"{number(n['trials'], 0)}, {years(n['first_year'], n['last_year'])}",
            "People randomised": number(n["randomised"], 0),
            "Results": f"{number(n['results'], 0)} on {count(n['outcomes'], 'outcome')}",
            "Ratings of components": number(n["ratings"], 0),
            "Doubts recorded, decisions on them": f"{n['suspicions']}, {n['decisions']}",
        }
        return pd.DataFrame({"Evidence": lines.keys(), self.root.as_posix(): lines.values()})

    def __str__(self) -> str:
        n = self.to_dict()
        trials = f"{n['trials']} randomised trial" + ("" if n["trials"] == 1 else "s")
        return (
            f"{trials} with {n['randomised']:,.0f} people, {years(n['first_year'], n['last_year'])}. They report "
            f"{n['results']} results in {n['outcomes']} outcome domains. Published reviews have judged "
            f"{n['judged_for_risk_of_bias']} of the trials for risk of bias. {n['suspicions']} doubts about printed "
            f"numbers are recorded, and {n['decisions']} decisions say how such numbers are read."
        )

    def _namesakes(self, trials: set[str]) -> set[str]:
        """Return the trials whose author and year read the same: they decide the letters of these trials' labels."""
        cited = {self.bibliography.cite(trial) for trial in trials & set(self.labels)}
        return {trial for trial in self.labels if self.bibliography.cite(trial) in cited}

    @staticmethod
    def _reference_keys(trials: pd.DataFrame) -> set[str]:
        others = {key.strip() for cell in trials["other_reports"] for key in cell.split(";") if key.strip()}
        return set(trials["trial"]) | others


def load_evidence(data: Path | str = "data", *, references: Path | str | None = None) -> Evidence:
    """Load a data root.

    Parameters
    ----------
    data : path
        Folder with `codebook/` and `trials/`.
    references : path, optional
        The bibliography with an entry for every trial; by default `references.bib` inside the data root, where an
        import puts it, else beside it.

    Returns
    -------
    Evidence

    Raises
    ------
    DataError
        Listing every breach of the contract, each with its file, row, column and how to mend it.

    Examples
    --------
    >>> evidence = load_evidence("data", references="references.bib")
    >>> print(evidence)
    97 randomised trials with 22,345 people, 1995 to 2025. They report 399 results in 35 outcome
    domains. Published reviews have judged 33 of the trials for risk of bias. 41 doubts about
    printed numbers are recorded, and 69 decisions say how such numbers are read.
    """
    references = references_of(data, references)
    kept = kept_evidence(data, references)
    return load_or_read(data, references, lambda: _load(data, references)) if kept is None else _handed_out(kept)


def keep_evidence(data: Path | str = "data", *, references: Path | str | None = None) -> None:
    """Load a data root, and let `load_evidence` in this process and its forks find it while no file changes.

    Raises
    ------
    DataError
        As `load_evidence`.
    """
    bibliography = references_of(data, references)
    keep(data, bibliography, lambda: load_or_read(data, bibliography, lambda: _load(data, bibliography)))


def _handed_out(kept: Evidence) -> Evidence:
    """Return evidence whose tables can be changed without a trace in those kept: pandas copies what is written to."""
    tables = {field.name: getattr(kept, field.name) for field in fields(kept)}
    copies = {name: table.copy(deep=False) for name, table in tables.items() if isinstance(table, pd.DataFrame)}
    parts = {field.name: getattr(kept.codebook, field.name) for field in fields(kept.codebook)}
    book = {name: part.copy(deep=False) for name, part in parts.items() if isinstance(part, pd.DataFrame)}
    codebook, known = replace(kept.codebook, **book), {"labels": dict(kept.labels), "files": dict(kept.files)}
    return replace(kept, **copies, **known, codebook=codebook)


def _load(data: Path | str, references: Path | str) -> Evidence:
    raw = read_root(Path(data))
    bibliography = load_bibliography(Path(references))
    errors = [finding for finding in check_read(raw, bibliography) if finding.severity == "error"]
    if errors:
        raise DataError(errors)
    return _assemble(raw, bibliography)


def _assemble(raw: RawEvidence, bibliography: Bibliography) -> Evidence:
    table = {name: typed(raw.tables[name], name) for name in raw.tables}
    codebook = Codebook(
        components=table["codebook_components"],
        outcomes=table["codebook_outcomes"],
        instruments=table["codebook_instruments"],
        hypotheses=table["codebook_hypotheses"],
        key_functions=table["codebook_key_functions"],
        review=Review.of(table["codebook_review"].to_dict("records")),
        thresholds=table["codebook_thresholds"],
        important_differences=table["codebook_important_differences"],
        multiverse=table["codebook_multiverse"],
    )
    entries = {f"references.bib#{key}": digest for key, digest in bibliography.digests.items()}
    return Evidence(
        root=raw.root,
        references=bibliography.path,
        trials=table["trial"],
        arms=table["arms"],
        outcomes=table["outcomes"],
        components=table["components"],
        risk_of_bias=table["risk_of_bias"],
        harms=table["harms"],
        decisions=table["decisions"],
        codebook=codebook,
        search_flow=table["search_flow"],
        searches=table["searches"],
        left_out=table["left_out"],
        suspicions=table["suspicions"],
        code_reasons=table["code_reasons"],
        baseline_risks=table["baseline_risks"],
        reviewers=table["reviewers"],
        grade=table["grade"],
        rob_me=table["rob_me"],
        evidence_to_decision=table["evidence_to_decision"],
        bibliography=bibliography,
        labels=bibliography.labels(list(table["trial"]["trial"])),
        files=raw.files | entries,
        raw=raw,
    )


def _judgements_of(judged: pd.DataFrame, trials: Iterable[str] | None, outcome: str, key: list[str]) -> pd.DataFrame:
    """Return the judgements of some trials and of an outcome's results: its own where there are, else the general."""
    judged = judged if trials is None else judged[judged["trial"].isin(list(trials))]
    if not outcome:
        return judged
    own, rows = judged["outcome"].eq(outcome), pd.MultiIndex.from_frame(judged[key])
    return judged[own | (judged["outcome"].eq("") & ~rows.isin(rows[own.to_numpy()]))]


def _most_severe(judged: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Return of the judgements of each key the most severe, in the order of the rows."""
    order = judged["judgement"].map(_SEVERITY).argsort(kind="stable")
    return judged.iloc[order].drop_duplicates(key, keep="last").sort_index()


def _rows_of(table: pd.DataFrame, trials: set[str]) -> pd.DataFrame:
    return table[table["trial"].isin(trials)].reset_index(drop=True)
