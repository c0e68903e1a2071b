"""The pool a review prints beside ours of the same rows, and why they differ where they do.

Ours is made as `synthesis pool` makes it, by the model nearest to the review's, for the report of the import only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from synthesis.choices import is_of_events
from synthesis.exchange.cells import number
from synthesis.exchange.importers.keys import fold
from synthesis.exchange.importers.legal import Draft
from synthesis.exchange.importers.revman.analyses import Analysis
from synthesis.exchange.importers.revman.rows import DataRows
from synthesis.exchange.notes import Notes
from synthesis.exchange.root import Row
from synthesis.statistics.counts import mantel_haenszel, peto
from synthesis.statistics.measures import MEASURES, se_from_ci
from synthesis.statistics.models import fit_model
from synthesis.wording import count


class Way(NamedTuple):
    """How a review pools.

    Attributes
    ----------
    says : str
        Its name.
    fixed, random : str
        Our method that stands for it (`choices.PoolMethod`) without and with heterogeneity between studies.
    """

    says: str
    fixed: str
    random: str


# By what a package writes in `Statistical method`.
WAYS = {
    "iv": Way("inverse variance", "EE", "DL"),
    "mh": Way("Mantel-Haenszel", "MH-REVMAN", "MH-DL-REVMAN"),
    "peto": Way("Peto", "PETO", "DL"),
    "exp o e var": Way("O-E and variance", "EE", "DL"),
}
POOLED_BY = {"Mantel-Haenszel": ("RR", "OR", "RD"), "Peto": ("PETO",)}
_SPELLINGS = {"inverse variance": "iv", "mantel haenszel": "mh", "m h": "mh", "peto o e": "peto"}
_ESTIMATORS = {"reml": "REML", "dl": "DL", "dersimonian and laird": "DL", "dersimonian laird": "DL"}
REASONS = {
    "all_events": "{n} with an event in everybody {have} another effect there",
    "smd": "RevMan's correction and variance of a standardised mean difference are not quite Hedges's",
    "not_events": "it pools the events, and these rows were entered as estimates",
    "half": "RevMan adds no half to a zero cell of a risk difference",
    "rows": "rows were left out or changed on the way in, as noted above",
}


class _Pool(NamedTuple):
    estimate: float
    lower: float
    upper: float
    k: int


def compare_printed_pools(
    analyses: Sequence[Analysis], drafts: Sequence[tuple[Draft, int]], rows: DataRows, notes: Notes
) -> None:
    """Note for each analysis whose settings print a pool what ours is, and why it differs where it does.

    Parameters
    ----------
    analyses : sequence of Analysis
    drafts : sequence of (Draft, int)
        The outcome rows as entered, each with its place in the data rows.
    rows : DataRows
    notes : Notes
    """
    by_outcome: dict[str, list[tuple[Row, int]]] = {}
    for draft, place in drafts:
        by_outcome.setdefault(draft.row["outcome"], []).append((draft.row, place))
    for analysis in analyses:
        printed = _printed(analysis)
        if printed is not None:
            _compare(analysis, printed, by_outcome.get(analysis.entry["outcome"], []), rows, notes)


def _printed(analysis: Analysis) -> tuple[float, float, float] | None:
    """Return the pool as printed on the natural scale, None where there is none; 0 stands for none in old packages."""
    cells = [number(analysis.setting.get(name, "")) for name in ("mean", "ci_start", "ci_end")]
    estimate, lower, upper = (float(cell or "nan") for cell in cells)
    if np.isnan(estimate) or (MEASURES[analysis.reading.measure].ratio and not estimate > 0):
        return None
    return (estimate, lower, upper) if np.isnan(lower + upper) or lower < upper else None


def _compare(
    analysis: Analysis,
    printed: tuple[float, float, float],
    members: Sequence[tuple[Row, int]],
    rows: DataRows,
    notes: Notes,
) -> None:
    measure = MEASURES[analysis.reading.measure]
    way, model = _model(analysis.setting)
    yi, vi = _effects(analysis, members, rows)
    asked_events = is_of_events(model["method"])
    counts = _counts(members) if analysis.reading.figures == "events" else None
    of_events = asked_events and measure.code in POOLED_BY.get(way.says, ())
    usable = np.isfinite(yi) & np.isfinite(vi) & (vi > 0)
    label, line = analysis.entry["label"], rows.lines[analysis.members[0]]
    interval = "" if np.isnan(printed[1] + printed[2]) else f" ({printed[1]:.2f} to {printed[2]:.2f})"
    review = f"{measure.code} {printed[0]:.2f}{interval}"
    by = f"{way.says}, {analysis.setting.get('analysis_model', '').lower() or 'model not said'}"
    if not usable.any():
        message = f"{label}: the review prints {review}, {by}; none of its rows gives an effect here."
        notes.add("differs", "printed_pool", message, row=line)
        return
    if asked_events and not (of_events and counts is not None):
        model |= {"method": "EE"}
    if of_events and counts is not None:
        ours = _pool_of_events(counts, measure.code, model)
    else:
        ours = _pool(yi[usable], vi[usable], model)
    natural = measure.natural(np.array(ours[:3]))
    here = f"{natural[0]:.2f} ({natural[1]:.2f} to {natural[2]:.2f})"
    if all(f"{a:.2f}" == f"{b:.2f}" for a, b in zip(natural, printed, strict=True) if np.isfinite(b)):
        message = f"{label}: the review prints {review}, {by}; the same here, from {count(ours.k, 'effect')}."
        notes.add("decided", "printed_pool", message, row=line)
        return
    reasons = _reasons(analysis, members, counts)
    reasons += [REASONS["not_events"]] if asked_events and not (of_events and counts is not None) else []
    why = "; ".join(reasons) or "the reason is not known: look at its rows before trusting either"
    message = f"{label}: the review prints {review}, {by}; here {here}, from {count(ours.k, 'effect')}: {why}."
    notes.add("differs", "printed_pool", message, row=line, value=f"{printed[0]:.6g}")


def _model(setting: Row) -> tuple[Way, dict[str, Any]]:
    """Return the review's way of pooling, and the options of ours that stand for it."""
    said = fold(setting.get("statistical_method", ""))
    way = WAYS.get(
        _SPELLINGS.get(said, said), Way(setting.get("statistical_method", "") or "method not said", "EE", "DL")
    )
    is_random = "random" in setting.get("analysis_model", "").casefold()
    method = _ESTIMATORS.get(fold(setting.get("heterogeneity_estimator", "")), way.random) if is_random else way.fixed
    hksj = any(word in fold(setting.get("ci_method", "")) for word in ("hksj", "hartung", "knapp"))
    level = setting.get("ci_pi_level", "") or setting.get("estimate_ci", "")
    share = float(level.rstrip("%")) / 100 if level.rstrip("%").replace(".", "", 1).isdecimal() else 0.95
    ci = "knapp-hartung" if hksj and is_random else "wald"
    return way, {"method": method, "ci": ci, "level": share if 0.5 < share < 1 else 0.95}


def _pool(yi: np.ndarray, vi: np.ndarray, model: dict[str, Any]) -> _Pool:
    if len(yi) == 1:
        model = model | {"method": "EE", "ci": "wald"}
    fit = fit_model(yi, vi, np.ones((len(yi), 1)), **model)
    return _Pool(float(fit.beta[0]), float(fit.ci_lb[0]), float(fit.ci_ub[0]), len(yi))


def _counts(members: Sequence[tuple[Row, int]]) -> np.ndarray:
    """Return events and people of both arms as entered, shape (4, k)."""
    names = [f"{name}_{side}" for side in ("intervention", "comparator") for name in ("events", "n")]
    return np.array([[float(row.get(name, "") or "nan") for row, _ in members] for name in names])


def _pool_of_events(counts: np.ndarray, measure: str, model: dict[str, Any]) -> _Pool:
    whole = counts[:, np.isfinite(counts).all(axis=0)]
    if model["method"] == "PETO":
        fit = peto(*whole, level=model["level"])
    else:
        random = model["method"] == "MH-DL-REVMAN"
        fit = mantel_haenszel(*whole, measure=measure, random=random, convention="revman", level=model["level"])
    return _Pool(fit.estimate, fit.ci_lb, fit.ci_ub, fit.k)


def _effects(analysis: Analysis, members: Sequence[tuple[Row, int]], rows: DataRows) -> tuple[np.ndarray, np.ndarray]:
    """Return the effects of the rows as entered, on the analysis scale."""
    measure = MEASURES[analysis.reading.measure]

    def column(name: str) -> np.ndarray:
        return np.array([float(row.get(name, "") or "nan") for row, _ in members])

    names = {"means": ("mean", "sd", "n"), "events": ("events", "n")}.get(analysis.reading.figures)
    with np.errstate(all="ignore"):
        if names:
            found = measure.compute(
                *(column(f"{name}_{side}") for side in ("intervention", "comparator") for name in names)
            )
            return found.yi, found.vi
        raw, se = column("estimate"), column("standard_error")
        ends = se_from_ci(column("ci_lower"), column("ci_upper"), ratio=measure.ratio)
        return (np.log(raw) if measure.ratio else raw), np.where(np.isfinite(se), se, ends) ** 2


def _reasons(analysis: Analysis, members: Sequence[tuple[Row, int]], counts: np.ndarray | None) -> list[str]:
    """Say what is known to make the two pools differ."""
    said = []
    if counts is not None:
        a, n1, c, n2 = counts
        everybody = int(((a == n1) & (c == n2)).sum())
        if everybody and analysis.reading.measure != "RD":
            have = "has" if everybody == 1 else "have"
            said.append(REASONS["all_events"].format(n=count(everybody, "study", "studies"), have=have))
        if analysis.reading.measure == "RD" and (counts[[0, 2]] * (counts[[1, 3]] - counts[[0, 2]]) == 0).any():
            said.append(REASONS["half"])
    if analysis.reading.measure == "SMD":
        said.append(REASONS["smd"])
    if len(members) < len(analysis.members):
        said.append(REASONS["rows"])
    return said
