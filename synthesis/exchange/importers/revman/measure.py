"""Which effect measure an analysis of a Cochrane review prints, told by computing all of them from its figures.

The package's settings say it where they are at hand; the data rows alone do not. A reading is told by the printed
effect *and* its printed interval, to the last printed digit: odds ratios of rare events, Peto's and risk ratios differ
in the fourth digit. What two readings give alike is told by neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from synthesis.exchange.importers.revman.rows import DataRows
from synthesis.statistics.distributions import normal_quantile
from synthesis.statistics.measures import MEASURES, Estimates

_LEVELS = {level: float(normal_quantile(0.5 + level / 2)) for level in (0.95, 0.90, 0.99)}
_NAMES = (
    ("peto", "PETO"), ("std", "SMD"), ("standard", "SMD"), ("risk ratio", "RR"), ("relative risk", "RR"),
    ("hazard", "HR"), ("rate ratio", "IRR"), ("odds ratio", "OR"), ("risk difference", "RD"),
    ("mean difference", "MD"), ("o-e", "HR"),
)  # fmt: skip
_RATIO_CODES = ("RR", "OR", "HR", "IRR", "PETO")
# Files that were rounded on the way: within this share, and intervals within this share of their width.
_ROUNDED, _ROUNDED_WIDTH = 2e-3, 0.03


class Way(NamedTuple):
    """A way to read a row: which figures, as which measure, of the events or of those without the event."""

    figures: str
    code: str
    swapped: bool = False

    @property
    def ratio(self) -> bool:
        """Whether the printed effect is a ratio."""
        return self.code in (*_RATIO_CODES, "ratio")


class Candidate(NamedTuple):
    """What a way gives: effects on the analysis scale and their standard errors, shape (k,)."""

    yi: np.ndarray
    se: np.ndarray


@dataclass(frozen=True)
class Reading:
    """How the rows of one analysis are read.

    Attributes
    ----------
    figures : {"means", "events", "generic", "o_e", "printed"}
        Which figures the analysis rests on.
    measure : str
        Code of the contract.
    peto : bool
        Whether the review's own odds ratios are Peto's.
    swapped : bool
        Whether the effects are of people without the event.
    matched, compared : int
        Rows whose printed effect and interval the figures give, of those that could be compared.
    told : bool
        Whether settings or recomputation say the measure; otherwise it is a stand-in.
    level : float
        Level of the printed intervals.
    """

    figures: str
    measure: str
    peto: bool
    swapped: bool
    matched: int
    compared: int
    told: bool
    level: float


def measure_of_name(name: str) -> str:
    """Return the code of a measure by the name RevMan gives it, empty when it is not known."""
    lowered = name.casefold()
    return next((code for word, code in _NAMES if word in lowered), "")


def candidates(rows: DataRows) -> dict[Way, Candidate]:
    """Return what each way to read a row gives, by RevMan's formulas.

    Deeks and Higgins (2010), Statistical algorithms in Review Manager 5.
    """
    v = rows.values
    found = {}
    with np.errstate(all="ignore"):
        means = [
            np.where(v[f"sd{arm}"] > 0, v[f"{name}{arm}"], np.nan) for arm in (1, 2) for name in ("mean", "sd", "n")
        ]
        found[Way("means", "MD")] = _of(MEASURES["MD"].compute(*means))
        found[Way("means", "SMD")] = _smd(*means)
        possible = (v["n1"] > 0) & (v["n2"] > 0) & (v["events1"] <= v["n1"]) & (v["events2"] <= v["n2"])
        a, n1, c, n2 = (np.where(possible, v[name], np.nan) for name in ("events1", "n1", "events2", "n2"))
        for swapped in (False, True):
            counts = (n1 - a, n1, n2 - c, n2) if swapped else (a, n1, c, n2)
            for code in ("RR", "OR"):
                found[Way("events", code, swapped)] = _of(MEASURES[code].compute(*counts))
            found[Way("events", "RD", swapped)] = _rd(*counts)
            found[Way("events", "PETO", swapped)] = _peto(*counts)
        giv = np.where(v["giv_se"] > 0, v["giv"], np.nan)
        found[Way("generic", "ratio")] = Candidate(giv, v["giv_se"])
        found[Way("generic", "difference")] = Candidate(giv, v["giv_se"])
        variance = np.where(v["variance"] > 0, v["variance"], np.nan)
        found[Way("o_e", "ratio")] = Candidate(v["o_e"] / variance, 1 / np.sqrt(variance))
    return found


def read_analysis(
    rows: DataRows,
    members: np.ndarray,
    found: Mapping[Way, Candidate],
    setting: str,
    swapped: bool | None = None,
) -> Reading:
    """Return how the rows of one analysis are read.

    Parameters
    ----------
    rows : DataRows
    members : ndarray of int
        Places of the analysis's rows.
    found : mapping
        Of `candidates`.
    setting : str
        Code of the measure the settings name, empty when there are none.
    swapped : bool, optional
        Whether the settings exchange events and non-events; None when there are none.
    """
    allowed = [way for way in found if (not setting or _fits(way, setting)) and swapped in (None, way.swapped)]
    if swapped:  # only counts can be exchanged
        allowed = allowed or [way for way in found if way.swapped]
    best, told = Way("printed", ""), False
    matched = compared = 0
    for exact in (True, False):
        hits = {way: _matches(rows, members, found[way], way, exact=exact) for way in allowed}
        matched = max((n for n, _, _ in hits.values()), default=0)
        first = [way for way, (n, _, _) in hits.items() if n == matched and matched]
        if first:
            _, compared, level = hits[first[0]]
        if first and matched >= compared / 2:
            # Readings that agree on every row are one where they are of one measure, and no telling where they are not.
            best, told = first[0], len({(way.figures, way.code, way.swapped) for way in first}) == 1
            break
    else:
        best, told, level = _without_match(rows, members, setting, bool(swapped)), bool(setting), 0.95
    name = rows.texts["name"][members[0]]
    measure, known = _measure(best.code, setting, name, rows, members)
    if measure == "PETO" and best.figures != "events":  # an estimate of an odds ratio, whoever made it
        measure = "OR"
    return Reading(
        figures=best.figures,
        measure=measure,
        peto=best.code == "PETO" or setting == "PETO",
        swapped=best.swapped,
        matched=matched,
        compared=compared,
        told=(told or bool(setting)) and known,
        level=level,
    )


def _matches(
    rows: DataRows, members: np.ndarray, candidate: Candidate, way: Way, *, exact: bool
) -> tuple[int, int, float]:
    """Return how many printed effects with their intervals a way gives, of how many compared, at which level."""
    printed, lower, upper = (rows.values[name][members] for name in ("printed", "lower", "upper"))
    steps = [_half_units([rows.digits[name][place] for place in members]) for name in ("printed", "lower", "upper")]
    yi, se = candidate.yi[members], candidate.se[members]
    with np.errstate(all="ignore"):
        natural = np.exp if way.ratio else np.asarray
        effect = natural(yi)
        room = steps[0] * 1.01 + 2e-6 * np.abs(printed) if exact else np.maximum(2e-4, _ROUNDED * np.abs(printed))
        near = np.abs(effect - printed) <= room
        compared = int(np.isfinite(effect + printed).sum())
        best = (0, 0.95)
        for level, z in _LEVELS.items():
            ends = (natural(yi - z * se), natural(yi + z * se))
            if exact:
                fits = [
                    np.abs(end - given) <= step * 1.01 + 5e-6 * np.abs(given)
                    for end, given, step in zip(ends, (lower, upper), steps[1:], strict=True)
                ]
                within = (fits[0] | np.isnan(lower)) & (fits[1] | np.isnan(upper))
            else:
                width = (np.log(upper) - np.log(lower)) if way.ratio else upper - lower
                within = (np.abs(width / (2 * z * se) - 1) <= _ROUNDED_WIDTH) | np.isnan(width)
            best = max(best, (int((near & within).sum()), level), key=lambda found: found[0])
    return best[0], compared, best[1]


def _half_units(texts: list[str]) -> np.ndarray:
    """Return half a unit of each number's last printed digit."""
    places = [len(text.partition(".")[2]) if "e" not in text.casefold() else 15 for text in texts]
    return np.array([0.5 * 10.0**-n for n in places])


def _fits(way: Way, setting: str) -> bool:
    if way.figures in ("generic", "o_e"):
        return (way.code == "ratio") == (setting in _RATIO_CODES)
    return way.code == setting


def _without_match(rows: DataRows, members: np.ndarray, setting: str, swapped: bool) -> Way:
    v = {name: column[members] for name, column in rows.values.items()}
    if (v["sd1"] > 0).any() and (v["sd2"] > 0).any():
        return Way("means", setting if setting in ("MD", "SMD") else "MD")
    if ((v["giv_se"] > 0) & (v["giv"] != 0)).any():
        ratio = setting in _RATIO_CODES or _is_ratio(rows, members)
        return Way("generic", "ratio" if ratio else "difference")
    if ((v["variance"] > 0) & (np.nan_to_num(v["o_e"]) != 0)).any():
        return Way("o_e", "ratio")
    if ((v["n1"] > 0) & np.isfinite(v["events1"])).any():
        return Way("events", setting if setting in ("RR", "OR", "RD", "PETO") else "RR", swapped)
    return Way("printed", setting or ("ratio" if _is_ratio(rows, members) else "difference"))


def _is_ratio(rows: DataRows, members: np.ndarray) -> bool:
    """Say whether the printed intervals are symmetric on the log scale rather than on the plain one."""
    middle, lower, upper = (rows.values[name][members] for name in ("printed", "lower", "upper"))
    with np.errstate(all="ignore"):
        plain = np.abs(upper + lower - 2 * middle) / (upper - lower)
        logged = np.abs(np.log(upper) + np.log(lower) - 2 * np.log(middle)) / (np.log(upper) - np.log(lower))
    both = np.isfinite(plain) & np.isfinite(logged)
    return bool(both.any() and (logged[both] < plain[both]).mean() > 0.5)


def _measure(code: str, setting: str, name: str, rows: DataRows, members: np.ndarray) -> tuple[str, bool]:
    """Return the contract's code and whether it is known, not a stand-in."""
    if code not in ("ratio", "difference", ""):
        return code, True
    said = setting or measure_of_name(name)
    ratio = code == "ratio" or (code == "" and _is_ratio(rows, members))
    allowed = ("RR", "OR", "HR", "IRR") if ratio else ("MD", "SMD", "RD")
    said = "OR" if said == "PETO" else said
    return (said, True) if said in allowed else (("HR", False) if ratio else ("MD", False))


def _of(estimates: Estimates) -> Candidate:
    return Candidate(estimates.yi, np.sqrt(estimates.vi))


def _smd(m1: np.ndarray, sd1: np.ndarray, n1: np.ndarray, m2: np.ndarray, sd2: np.ndarray, n2: np.ndarray) -> Candidate:
    """RevMan's standardised mean difference: J = 1 - 3 / (4 N - 9), variance N / (n1 n2) + g^2 / (2 (N - 3.94))."""
    total = n1 + n2
    pooled = np.sqrt(((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / (total - 2))
    g = (1 - 3 / (4 * total - 9)) * (m1 - m2) / pooled
    return Candidate(g, np.sqrt(total / (n1 * n2) + g**2 / (2 * (total - 3.94))))


def _rd(a: np.ndarray, n1: np.ndarray, c: np.ndarray, n2: np.ndarray) -> Candidate:
    """RevMan's risk difference: no half enters the estimate, one enters each cell of the variance where one is zero."""
    half = np.where((a == 0) | (c == 0) | (a == n1) | (c == n2), 0.5, 0.0)
    cells = [count + half for count in (a, n1 - a, c, n2 - c)]
    variance = sum(x * y / (x + y) ** 3 for x, y in (cells[:2], cells[2:]))
    return Candidate(a / n1 - c / n2, np.sqrt(variance))


def _peto(a: np.ndarray, n1: np.ndarray, c: np.ndarray, n2: np.ndarray) -> Candidate:
    """Peto's odds ratio (Yusuf et al. 1985): log OR = (O - E) / V, with V hypergeometric."""
    total, events = n1 + n2, a + c
    expected = n1 * events / total
    variance = n1 * n2 * events * (total - events) / (total**2 * (total - 1))
    return Candidate((a - expected) / variance, 1 / np.sqrt(variance))
