"""Which effect measure an analysis of a Cochrane review prints, told by computing all of them from its figures.

The package's settings say it where they are at hand; the data rows alone do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from synthesis.exchange.importers.revman.rows import DataRows
from synthesis.statistics.measures import MEASURES, Estimates

_LEVELS = {level: -float(ndtri((1 - level) / 2)) for level in (0.90, 0.95, 0.99)}
_NAMES = (
    ("peto", "PETO"), ("std", "SMD"), ("standard", "SMD"), ("risk ratio", "RR"), ("relative risk", "RR"),
    ("hazard", "HR"), ("rate ratio", "IRR"), ("odds ratio", "OR"), ("risk difference", "RD"),
    ("mean difference", "MD"), ("o-e", "HR"),
)  # fmt: skip


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
    matched, compared : int
        Rows whose printed effect the figures give, of those that could be compared.
    told : bool
        Whether settings or recomputation say the measure; otherwise it is a stand-in.
    level : float
        Level of the printed intervals.
    """

    figures: str
    measure: str
    peto: bool
    matched: int
    compared: int
    told: bool
    level: float


def measure_of_name(name: str) -> str:
    """Return the code of a measure by the name RevMan gives it, empty when it is not known."""
    lowered = name.casefold()
    return next((code for word, code in _NAMES if word in lowered), "")


def candidates(rows: DataRows) -> dict[tuple[str, str], tuple[np.ndarray, np.ndarray]]:
    """Return, for each way to read a row, its effect on the printed scale and its standard error.

    The printed scale of a ratio is the ratio itself; its standard error is that of its logarithm.
    """
    v = rows.values
    with np.errstate(all="ignore"):
        found = {}
        means = [
            np.where(v[f"sd{arm}"] > 0, v[f"{name}{arm}"], np.nan) for arm in (1, 2) for name in ("mean", "sd", "n")
        ]
        for code in ("MD", "SMD"):
            found["means", code] = _natural(MEASURES[code].compute(*means), ratio=False)
        possible = (v["n1"] > 0) & (v["n2"] > 0) & (v["events1"] <= v["n1"]) & (v["events2"] <= v["n2"])
        events = [np.where(possible, v[name], np.nan) for name in ("events1", "n1", "events2", "n2")]
        for code in ("RR", "OR", "RD"):
            found["events", code] = _natural(MEASURES[code].compute(*events), ratio=code != "RD")
        found["events", "PETO"] = _peto(*events)
        giv = np.where(v["giv_se"] > 0, v["giv"], np.nan)
        found["generic", "ratio"] = np.exp(giv), v["giv_se"]
        found["generic", "difference"] = giv, v["giv_se"]
        variance = np.where(v["variance"] > 0, v["variance"], np.nan)
        found["o_e", "ratio"] = np.exp(v["o_e"] / variance), 1 / np.sqrt(variance)
    return found


def read_analysis(
    rows: DataRows, members: np.ndarray, found: Mapping[tuple[str, str], tuple[np.ndarray, np.ndarray]], setting: str
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
    """
    printed = rows.values["printed"][members]
    best, matched, compared = ("printed", ""), 0, 0
    tolerance = np.maximum(2e-4, 2e-3 * np.abs(printed))
    for way, (effects, _) in found.items():
        apart = np.abs(effects[members] - printed)  # nan where one of the two is missing, which is never close
        hits = int((apart <= tolerance).sum())
        if hits > matched and (not setting or _fits(way, setting)):
            best, matched, compared = way, hits, int(np.isfinite(apart).sum())
    if best[0] == "printed" or matched < compared / 2:
        best, told = _without_match(rows, members, setting), bool(setting)
    else:
        told = True
    figures, code = best
    name = rows.texts["name"][members[0]]
    measure, known = _measure(code, setting, name, rows, members)
    return Reading(
        figures, measure, code == "PETO", matched, compared, told and known, _level(rows, members, found, best)
    )


def _fits(way: tuple[str, str], setting: str) -> bool:
    figures, code = way
    if figures in ("generic", "o_e"):
        return (code == "ratio") == (setting in ("RR", "OR", "HR", "IRR", "PETO"))
    return code == setting


def _without_match(rows: DataRows, members: np.ndarray, setting: str) -> tuple[str, str]:
    v = {name: column[members] for name, column in rows.values.items()}
    if (v["sd1"] > 0).any() and (v["sd2"] > 0).any():
        return "means", setting if setting in ("MD", "SMD") else "MD"
    if ((v["giv_se"] > 0) & (v["giv"] != 0)).any():
        symmetric = "ratio" if setting in ("RR", "OR", "HR", "IRR") or _is_ratio(rows, members) else "difference"
        return "generic", symmetric
    if ((v["variance"] > 0) & (np.nan_to_num(v["o_e"]) != 0)).any():
        return "o_e", "ratio"
    if ((v["n1"] > 0) & np.isfinite(v["events1"])).any():
        return "events", setting if setting in ("RR", "OR", "RD", "PETO") else "RR"
    return "printed", setting or ("ratio" if _is_ratio(rows, members) else "difference")


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
        return ("OR" if code == "PETO" else code), True
    said = setting or measure_of_name(name)
    ratio = code == "ratio" or (code == "" and _is_ratio(rows, members))
    allowed = ("RR", "OR", "HR", "IRR") if ratio else ("MD", "SMD", "RD")
    said = "OR" if said == "PETO" else said
    return (said, True) if said in allowed else (("HR", False) if ratio else ("MD", False))


def _level(
    rows: DataRows,
    members: np.ndarray,
    found: Mapping[tuple[str, str], tuple[np.ndarray, np.ndarray]],
    way: tuple[str, str],
) -> float:
    """Return the level of the printed intervals, told by their width against the standard error; 0.95 when untold."""
    if way not in found:
        return 0.95
    se, lower, upper = found[way][1][members], rows.values["lower"][members], rows.values["upper"][members]
    with np.errstate(all="ignore"):
        ratio = way[1] in ("RR", "OR", "PETO", "ratio")
        width = (np.log(upper) - np.log(lower)) if ratio else upper - lower
        z = width / (2 * se)
    z = z[np.isfinite(z)]
    if not len(z):
        return 0.95
    middle = float(np.median(z))
    level = min(_LEVELS, key=lambda level: abs(_LEVELS[level] - middle))
    return level if abs(middle - _LEVELS[level]) < 0.02 * _LEVELS[level] else 0.95


def _natural(estimates: Estimates, *, ratio: bool) -> tuple[np.ndarray, np.ndarray]:
    return (np.exp(estimates.yi) if ratio else estimates.yi), np.sqrt(estimates.vi)


def _peto(a: np.ndarray, n1: np.ndarray, c: np.ndarray, n2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Peto's odds ratio (Yusuf et al. 1985): exp((O - E) / V)."""
    total, events = n1 + n2, a + c
    expected = n1 * events / total
    variance = n1 * n2 * events * (total - events) / (total**2 * (total - 1))
    return np.exp((a - expected) / variance), 1 / np.sqrt(variance)
