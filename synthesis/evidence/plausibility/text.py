"""Figures that people wrote in words: in the notes of a row, and in the `figures` of a result that was left out.

Only patterns that mean one thing are read; what is not recognised is left alone.
"""

from __future__ import annotations

import re

import pandas as pd

_NUMBER = r"(-?\d*\.?\d+)"
_VERSUS = r"\s*(?:v\.?|vs\.?|versus|against|and)\s*"
_MEANS = re.compile(
    rf"means {_NUMBER} \(SD {_NUMBER}, n (\d+)\){_VERSUS}{_NUMBER} \(SD {_NUMBER}, n (\d+)\)", re.IGNORECASE
)
_ESTIMATE = re.compile(rf"\b(MD|SMD|OR|RR|RD|HR|IRR) {_NUMBER} \({_NUMBER} to {_NUMBER}\)")
_BASELINE = re.compile(
    rf"baseline {_NUMBER}(?: \((?:SD )?{_NUMBER}\))?{_VERSUS}{_NUMBER}(?: \((?:SD )?{_NUMBER}\))?", re.IGNORECASE
)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)% ?(?:\(\d+\) ?)?(?:v\.?|vs\.?|versus) ?(\d+(?:\.\d+)?)%")
_EFFECT = re.compile(rf"\b(?:d|g|ES)\b(?: of| =|=|:)? ?{_NUMBER}(?![\d.]*\d)(?! to| ?[–-] ?\d)")
_P_BELOW = re.compile(r"\bp ?(?:<|&lt;) ?(0?\.\d+)")
_SIGNIFICANT = re.compile(
    r"(?<!not )(?<!no )\bsignificant(?:ly)? (?:\w+ )?"
    r"(?:better|higher|lower|greater|fewer|more|less|improve\w*|reduc\w*)",
    re.IGNORECASE,
)
_FOR_PEERS = re.compile(r"\bfavou?r(?:s|ing|ed)? (?:the )?(?:peers?|intervention)\b", re.IGNORECASE)
_AGAINST_PEERS = re.compile(r"\bfavou?r(?:s|ing|ed)? (?:the )?(?:control|comparator|usual)\b", re.IGNORECASE)
_ORIGIN = re.compile(
    r"\b(?:counted from|months? (?:from|after)|weeks (?:from|after)|days after) (?:the )?(birth|discharge|delivery)\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\b(?:people|counts?|sample|enrol\w*|recruit\w*|randomi[sz]ed)\b", re.IGNORECASE)
_FEWER = re.compile(
    r"\b(?:analys\w*|follow\w*|complet\w*|data|left|exclud\w*|arms?|university|subset)\b", re.IGNORECASE
)
_PEOPLE = re.compile(r"(?<![\d.,/-])(\d{2,3}(?:,\d{3})*|\d{4})(?![\d.,%/-]*\d|%)")

MEANS_COLUMNS = ("m1", "s1", "n1", "m2", "s2", "n2")
ESTIMATE_COLUMNS = ("measure", "est", "lo", "hi")


def means_in(texts: pd.Series) -> pd.DataFrame:
    """Read "means 14.9 (SD 10.4, n 16) v 62.0 (SD 7.3, n 17)": text columns m1 s1 n1 m2 s2 n2, NaN where absent."""
    return _columns(texts, _MEANS, MEANS_COLUMNS)


def estimates_in(texts: pd.Series) -> pd.DataFrame:
    """Read "SMD -0.37 (-0.88 to -0.24)": text columns measure est lo hi."""
    return _columns(texts, _ESTIMATE, ESTIMATE_COLUMNS)


def baselines_in(texts: pd.Series) -> pd.DataFrame:
    """Read "baseline 85.00 (17.88) vs 78.30 (18.79)": columns m1 s1 m2 s2 as numbers."""
    return _columns(texts, _BASELINE, ("m1", "s1", "m2", "s2")).astype(float)


def percentages_in(texts: pd.Series) -> pd.DataFrame:
    """Read "68.4% v 51.9%": text columns p1 p2."""
    return _columns(texts, _PERCENT, ("p1", "p2"))


def effects_in(texts: pd.Series) -> pd.Series:
    """Read a standardised effect such as "d 1.32" or "reported ES 0.24" as a number."""
    return _columns(texts, _EFFECT, ("d",))["d"].astype(float)


def p_bounds_in(texts: pd.Series) -> pd.Series:
    """Read the bound of "p < 0.05" as a number."""
    return _columns(texts, _P_BELOW, ("p",))["p"].astype(float)


def significance_in(texts: pd.Series) -> pd.Series:
    """Say whether the words call a difference significant, such as "significantly higher self-efficacy"."""
    return texts.fillna("").str.contains(_SIGNIFICANT)


def favoured_in(texts: pd.Series) -> pd.Series:
    """Say whom the words favour: 1 peers or the intervention, -1 the comparator, NaN neither or both."""
    text = texts.fillna("")
    peers, control = text.str.contains(_FOR_PEERS), text.str.contains(_AGAINST_PEERS)
    return pd.Series(float("nan"), texts.index).mask(peers & ~control, 1.0).mask(control & ~peers, -1.0)


def origins_in(texts: pd.Series) -> pd.Series:
    """Name the event from which time is counted, when the words name one: birth, discharge; else empty."""
    return texts.fillna("").str.extract(_ORIGIN, expand=False).fillna("")


def other_count(text: str, n: float) -> int | None:
    """Return a number of people within a fifth of n and not n, in a sentence about how many there were at the start.

    A sum or difference of two arms named in the sentence counts as n.
    """
    for sentence in re.split(r"[.;] ", text):
        if not _COUNTED.search(sentence) or _FEWER.search(sentence):
            continue
        found = [int(number.replace(",", "")) for number in _PEOPLE.findall(sentence)]
        for number in found:
            if number != n and abs(number - n) <= n / 5 and not 1900 <= number <= 2100:
                return number
    return None


def _columns(texts: pd.Series, pattern: re.Pattern[str], names: tuple[str, ...]) -> pd.DataFrame:
    found = texts.fillna("").str.extract(pattern)
    found.columns = list(names)
    return found
