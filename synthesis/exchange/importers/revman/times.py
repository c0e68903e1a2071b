"""The time of results told by a name: "at 6 months"; an age, a gestation or a duration of illness is none."""

from __future__ import annotations

import re

from synthesis.exchange.cells import WEEKS_A_MONTH, shown

_TIME = re.compile(
    r"(?P<before>[<>≤≥]?\s*=?\s*)(?P<n>[0-9]+(?:\.[0-9]+)?)\s*(?P<plus>\+?)\s*-?\s*"
    r"(?P<unit>week|wk|month|mth|year|yr)s?\b(?=(?P<after>.{0,30}))",
    re.IGNORECASE,
)
_MONTHS = {"week": 1 / WEEKS_A_MONTH, "wk": 1 / WEEKS_A_MONTH, "month": 1.0, "mth": 1.0, "year": 12.0, "yr": 12.0}
# Words that make a number of weeks or years that of a person or a pregnancy.
_AGE_BEFORE = re.compile(
    r"\b(?:age[ds]?|aging|older|younger|under|over|above|below|born|birth|preterm|gestation\w*|pregnan\w*|less than|"
    r"more than|before)\b[^.;:,]{0,25}$",
    re.IGNORECASE,
)
_AGE_AFTER = re.compile(
    r"^['’]?\s*-?\s*(?:of age|old|olds|age|and (?:over|older|above|under|younger)|or (?:over|older|more|less|younger)|"
    r"gestation\w*|of gestation|['’] gestation|completed|postmenstrual|post-menstrual|corrected|pregnan\w*)",
    re.IGNORECASE,
)


_SEVERAL = re.compile(r"[0-9]\s*(?:-|–|to|and|or|/|,|&|v)\s*$")  # "6 and 12 months", "3 to 6 months"


def months_in(*names: str) -> str:
    """Return the months a result stands at, by the first of these names that gives exactly one time; else empty."""
    for name in names:
        times = [time for time in _TIME.finditer(name) if not _is_age(name, time)]
        found = {(time["n"], time["unit"].lower()) for time in times}
        if len(found) == 1 and not any(_SEVERAL.search(name[: time.start()]) for time in times):
            n, unit = found.pop()
            return shown(round(float(n) * _MONTHS[unit], 1))
    return ""


def holds_an_age(name: str) -> bool:
    """Say whether a name holds an age or a gestation that could be taken for a time."""
    return any(_is_age(name, time) for time in _TIME.finditer(name))


def _is_age(name: str, time: re.Match[str]) -> bool:
    compared = any(sign in time["before"] for sign in "<>≤≥") or bool(time["plus"])
    return compared or bool(_AGE_BEFORE.search(name[: time.start()])) or bool(_AGE_AFTER.match(time["after"]))
