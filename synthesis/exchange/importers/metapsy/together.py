"""Which comparisons belong together: one printed in both directions stands once, and active arms are not controls.

Some databases print every comparison twice, as A v B and as B v A with the signs turned, so that a reader may choose
either; pooled together they cancel out and count everybody twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from synthesis.exchange.cells import negated
from synthesis.exchange.importers.arms import comparator_type
from synthesis.exchange.importers.keys import fold, same_name
from synthesis.exchange.importers.known_scales import direction_of_event, is_event
from synthesis.exchange.importers.metapsy.rows import Comparison
from synthesis.exchange.notes import Notes

_ONE_WAY = ("condition", "multi")
_FIGURES = ("mean", "sd", "n", "change", "change_sd", "change_n", "events", "total", "randomised")
_EFFECTS = ("g", "log_rr", "precalc_g", "precalc_log_rr")
_OF_EFFECTS = (*_EFFECTS, "randomised_total", *(f"{name}_se" for name in _EFFECTS))
_TELLING = ("mean", "change", "events")
_COUNTED = ("n", "change_n", "events", "total", "randomised")
_SAME = 5e-4  # two prints of one effect
_COARSEST = 0.05  # one decimal; "1" may be 1.00 whose zeros a program dropped


def without_mirrors(rows: Sequence[Comparison], notes: Notes) -> list[Comparison]:
    """Keep of each comparison that stands in both directions the one whose second arm is the control, else the first.

    Two rows mirror one another when study, scale and kind are the same, the arms exchanged, and what they print of
    figures and effects as well, to the last digit that both print. Names are compared however they are typed; what one
    of them leaves out contradicts nothing and is taken from the other. Weeks are not held against one another, as some
    files count them apart.
    """
    kept: list[Comparison] = []
    waiting: dict[tuple[str, ...], list[int]] = {}
    for row in rows:
        partners = waiting.get(_address(row, turned=True), [])
        place = next((place for place in partners if _mirrors(kept[place], row)), None)
        if place is None:
            waiting.setdefault(_address(row), []).append(len(kept))
            kept.append(row)
            continue
        partners.remove(place)
        first = kept[place]
        stays, goes = (row, first) if _control_leads(first) and not _control_leads(row) else (first, row)
        kept[place] = stays
        _complete(stays, goes)
        message = (
            f"The same two groups stand in row {stays.line} the other way round ({versus(stays)}); counted once, there."
        )
        notes.add("decided", "mirrored", message, row=goes.line, column="condition_arm1", value=versus(goes))
    for row in kept:
        if _control_leads(row):
            printed = versus(row)
            _turn(row)
            message = f"The control stands first ({printed}); the row is turned: arms exchanged, signs of effects too."
            notes.add("decided", "control_first", message, row=row.line, column="condition_arm1", value=printed)
            row.remarks.append(f"printed as {printed}, turned")
    return kept


def with_own_domains(rows: Sequence[Comparison], notes: Notes) -> list[Comparison]:
    """Give events a domain of their own, and good ones with an effect a place among the standardised differences too.

    A database turns response or remission into a standardised difference so that trials which print nothing else are
    not missing from its pool; the counts themselves are another outcome. Harms stay apart altogether.
    """
    found: list[Comparison] = []
    for row in rows:
        if not is_event(row.texts["kind"]):
            found.append(row)
            continue
        own = replace(
            row,
            texts=dict(row.texts),
            numbers=dict(row.numbers),
            extra=dict(row.extra),
            remarks=list(row.remarks),
            apart=True,
        )
        counted = row.given("events1", "events2") or row.given("log_rr")
        joins = row.given("g") and counted and direction_of_event(row.texts["kind"]) == "higher"
        if joins:
            own.numbers |= dict.fromkeys(("g", "g_se"), "")
            notes.add(
                "decided",
                "events_twice",
                f"{row.texts['kind']}: its standardised effect joins the scores, its counts are an outcome apart.",
                row=row.line,
                column="outcome_type",
                value=row.texts["kind"],
            )
            found.append(row)
        found.append(own)
    _note_head_to_head(found, notes)
    return found


def _note_head_to_head(rows: Sequence[Comparison], notes: Notes) -> None:
    for pair in dict.fromkeys(versus(row) for row in rows if row.head_to_head):
        message = f"{pair}: both are active in this file; kept apart from comparisons with a control."
        notes.add("decided", "head_to_head", message, column="condition_arm2", value=pair)


def is_head_to_head(row: Comparison, active: frozenset[str]) -> bool:
    """Say whether a comparison is of two active arms: its second arm is one that elsewhere stands first."""
    return fold(row.texts["condition2"]) in active


def active_conditions(rows: Sequence[Comparison]) -> frozenset[str]:
    """Return the conditions that stand first in some row and are no control by their name."""
    return frozenset(fold(row.texts["condition1"]) for row in rows if not _is_control(row.texts["condition1"]))


def _is_control(condition: str) -> bool:
    return bool(comparator_type(condition)) or fold(condition) in (
        "other ctr",
        "control",
        "ctr",
        "placebo",
        "no treatment",
    )


def _control_leads(row: Comparison) -> bool:
    return (
        _is_control(row.texts["condition1"])
        and not _is_control(row.texts["condition2"])
        and bool(row.texts["condition2"])
    )


def versus(row: Comparison) -> str:
    """Return "first v second", the conditions as the file names them."""
    return f"{row.texts['condition1']} v {row.texts['condition2']}"


def _address(row: Comparison, *, turned: bool = False) -> tuple[str, ...]:
    arms = (2, 1) if turned else (1, 2)
    said = [row.texts[name] for name in ("study", "category", "instrument", "kind", "rating", "time")]
    return tuple(map(same_name, (*said, *(row.texts[f"{name}{arm}"] for arm in arms for name in _ONE_WAY))))


def _mirrors(one: Comparison, other: Comparison) -> bool:
    """Say whether two rows print the same numbers with the arms exchanged; rows that share no result do not."""
    if all(same_name(one.texts[f"{name}1"]) == same_name(one.texts[f"{name}2"]) for name in _ONE_WAY):
        return False
    shared = []
    for name in _FIGURES:
        pairs = [(one.numbers[f"{name}{arm}"], other.numbers[f"{name}{3 - arm}"]) for arm in (1, 2)]
        given = [(a, b) for a, b in pairs if a and b]
        if any(float(a) != float(b) if name in _COUNTED else not _same(a, b, 0.0) for a, b in given):
            return False
        shared += given if name in _TELLING else []
    for name in _EFFECTS:
        a, b = one.numbers[name], negated(other.numbers[name])
        if a and b and not _same(a, b, _SAME):
            return False
        shared += [(a, b)] if a and b else []
    return bool(shared)


def _same(one: str, other: str, least: float) -> bool:
    """Say whether two numbers may be prints of one: apart by half their last printed digits at most."""
    margin = max(least, min(_half_unit(one) + _half_unit(other), _COARSEST))
    return abs(float(one) - float(other)) <= margin * (1 + 1e-9)


def _half_unit(text: str) -> float:
    digits, _, power = text.casefold().partition("e")
    return 0.5 * 10.0 ** (int(power or 0) - len(digits.partition(".")[2]))


def _complete(stays: Comparison, goes: Comparison) -> None:
    """Take what only the row that goes prints, with its arms exchanged and the signs of its effects turned."""
    for name in _FIGURES:
        for arm in (1, 2):
            stays.numbers[f"{name}{arm}"] = stays.numbers[f"{name}{arm}"] or goes.numbers[f"{name}{3 - arm}"]
    for name in _OF_EFFECTS:
        value = goes.numbers[name]
        stays.numbers[name] = stays.numbers[name] or (negated(value) if name in _EFFECTS else value)


def _turn(row: Comparison) -> None:
    """Exchange the arms of a row, and with them the signs of its effects."""
    for table, names in ((row.texts, _ONE_WAY), (row.numbers, _FIGURES)):
        for name in names:
            table[f"{name}1"], table[f"{name}2"] = table[f"{name}2"], table[f"{name}1"]
    for name in _EFFECTS:
        if row.numbers[name]:
            row.numbers[name] = negated(row.numbers[name])


def in_one_order(rows: Sequence[Comparison], notes: Notes) -> None:
    """Turn comparisons of two active arms so that each pair stands in the order of its first row."""
    orders: dict[frozenset[str], str] = {}
    for row in rows:
        if not row.head_to_head:
            continue
        first, second = (fold(row.texts[f"condition{arm}"]) for arm in (1, 2))
        leads = orders.setdefault(frozenset((first, second)), first)
        if leads != first:
            printed = versus(row)
            _turn(row)
            message = f"{printed}: turned, so that all rows of the pair have {versus(row)}; signs of effects too."
            notes.add("decided", "one_order", message, row=row.line, column="condition_arm1", value=printed)
            row.remarks.append(f"printed as {printed}, turned")
