"""Load a data root: the trials as tidy tables with their codebook and references. Reading never repairs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from synthesis.errors import DataError
from synthesis.evidence.bibliography.library import Bibliography, load_bibliography
from synthesis.evidence.checks import check_read
from synthesis.evidence.codebook import Codebook
from synthesis.evidence.contract import references_of
from synthesis.evidence.reading import RawEvidence, read_root, typed

TRIAL_TABLES = ("trials", "arms", "outcomes", "components", "risk_of_bias", "decisions")


@dataclass(frozen=True, eq=False)
class Evidence:
    """The trials and everything known about them.

    Attributes
    ----------
    root, references : pathlib.Path
        Where the data and the bibliography were read from.
    trials, arms, outcomes, components, risk_of_bias, decisions : pandas.DataFrame
        The contract's tables over all trials; `trial` is the folder's name, `file` and `row` the place in the
        spreadsheet. Numbers are floats (nan = not reported), text is str (empty = not reported).
    codebook : Codebook
    search_flow, left_out, suspicions : pandas.DataFrame
        PRISMA counts; results met but not entered; doubts about printed numbers. Empty where a data root has none.
    bibliography : Bibliography
    labels : dict[str, str]
        Author and year of each trial, told apart by letters where two would be the same; a part of the trials keeps
        the labels they have among all.
    files : dict[str, str]
        SHA-256 of every file read, by path relative to the data root, and of every reference entry used.
    raw : RawEvidence
        The cells as they stand in the files, as text; what an export writes.
    """

    root: Path
    references: Path
    trials: pd.DataFrame
    arms: pd.DataFrame
    outcomes: pd.DataFrame
    components: pd.DataFrame
    risk_of_bias: pd.DataFrame
    decisions: pd.DataFrame
    codebook: Codebook
    search_flow: pd.DataFrame
    left_out: pd.DataFrame
    suspicions: pd.DataFrame
    bibliography: Bibliography
    labels: dict[str, str]
    files: dict[str, str]
    raw: RawEvidence

    def label(self, trial: str) -> str:
        """Return "Sledge et al. (2011)" for a trial."""
        return self.labels[trial]

    def overall_risk_of_bias(self) -> dict[str, str]:
        """Return each trial's overall judgement; trials that nobody judged overall are absent."""
        overall = self.risk_of_bias[self.risk_of_bias["domain"].eq("overall")]
        severity = {"low": 0, "unclear": 1, "some_concerns": 1, "high": 2}
        worst = overall.assign(severity=overall["judgement"].map(severity)).sort_values("severity", kind="stable")
        return dict(zip(worst["trial"], worst["judgement"], strict=True))

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
        empty = {name: getattr(self, name).iloc[:0] for name in ("search_flow", "left_out", "suspicions")}
        return replace(self, **tables, **empty, files=files, raw=raw)

    def reporting(self, outcome: str) -> Evidence:
        """Return the evidence of the trials with at least one row on an outcome."""
        self.codebook.outcome(outcome)
        return self.only(self.outcomes.loc[self.outcomes["outcome"].eq(outcome), "trial"])

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

    def __str__(self) -> str:
        n = self.to_dict()
        trials = f"{n['trials']} randomised trial" + ("" if n["trials"] == 1 else "s")
        return (
            f"{trials} with {n['randomised']:,.0f} people, {n['first_year']:.0f} to {n['last_year']:.0f}. They report "
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
    """
    raw = read_root(data)
    bibliography = load_bibliography(references_of(data, references))
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
        decisions=table["decisions"],
        codebook=codebook,
        search_flow=table["search_flow"],
        left_out=table["left_out"],
        suspicions=table["suspicions"],
        bibliography=bibliography,
        labels=bibliography.labels(list(table["trial"]["trial"])),
        files=raw.files | entries,
        raw=raw,
    )


def _rows_of(table: pd.DataFrame, trials: set[str]) -> pd.DataFrame:
    return table[table["trial"].isin(trials)].reset_index(drop=True)
