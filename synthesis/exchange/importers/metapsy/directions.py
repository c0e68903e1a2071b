"""Which way a scale points, told by comparing a database's effect with the one its own arm figures give, and by names.

Some databases turn their effects, so that positive favours the first arm, or so that negative does; others print plain
differences of the two arms. Where the figures give the same size with the other sign the effect was turned. Each scale
and kind of result has one vote, its rows' majority; names of scales whose direction nobody disputes say which of the
three conventions the votes show. What neither tells is unsettled, and stays so until somebody settles it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from synthesis.evidence.vocabulary import UNSETTLED
from synthesis.exchange.importers.known_scales import direction_of_event, direction_of_scale, is_event
from synthesis.exchange.importers.metapsy.rows import Comparison
from synthesis.exchange.importers.stated import Stated
from synthesis.exchange.notes import Notes
from synthesis.statistics.measures import MEASURES, Estimates, smd_from_or

Scale = tuple[str, str]  # instrument, and the kind of events on it; empty for scores

_TELLING = 0.005  # an effect nearer to zero than this says nothing of the sign
_SAME_SIZE = 0.02  # two effects further apart than this, and by a tenth, are not the same effect
_FEWEST = 2  # turned rows without a name that says so; one alone may be a slip of its sign
SETTLE = (
    "Import again with --better higher where positive printed effects favour the first arm, with --better lower where "
    "negative ones do, or with --better NAME=lower for one scale or outcome."
)


class Convention(StrEnum):
    """How a database prints its effects."""

    UP = "positive favours the first arm"
    DOWN = "negative favours the first arm"
    PLAIN = "plain differences, first minus second arm"
    UNTOLD = "not told"


# Where effects were turned, the direction all of them point to.
TARGET = {Convention.UP: "higher", Convention.DOWN: "lower"}


@dataclass(frozen=True)
class Directions:
    """What is known of directions.

    Attributes
    ----------
    convention : Convention
    scales : mapping of Scale to str
        `higher`, `lower` or `unsettled` for every scale of the file.
    stated : Stated
        What the user said of directions.
    as_stated : bool
        Whether the convention is what the user said, because the file does not tell.
    plain : frozenset of Scale
        Scales whose printed effects have the sign that the arm figures give.
    """

    convention: Convention
    scales: Mapping[Scale, str]
    stated: Stated
    as_stated: bool = False
    plain: frozenset[Scale] = frozenset()

    @property
    def target(self) -> str:
        """The direction that all printed effects point to; empty where they are differences as the scales have them."""
        return TARGET.get(self.convention, "")

    def is_turned(self, scale: Scale) -> bool:
        """Say whether printed effects on a scale point against the scale itself."""
        return bool(self.target) and self.scales[scale] not in (self.target, UNSETTLED)

    def of_domain(self, names: Sequence[str], scales: Sequence[Scale]) -> str:
        """Return the good direction of a domain of standardised differences, by its names and its rows' scales."""
        if self.target:
            return self.target
        if said := self.stated.of(*names):
            return said
        if self.convention is Convention.UNTOLD:  # a scale's direction says what an effect means where figures give it
            scales = [scale for scale in scales if scale in self.plain]
        votes = Counter(self.scales[scale] for scale in scales if self.scales[scale] != UNSETTLED)
        return votes.most_common()[0][0] if votes else UNSETTLED


def recompute(rows: Sequence[Comparison]) -> np.ndarray:
    """Return each row's standardised mean difference, first minus second arm on the scale as printed.

    Returns
    -------
    ndarray, shape (len(rows), 2)
        The effect and the figures' kind: 0 means after treatment, 1 changes, 2 events; nan where there are none.
    """
    found = np.full((len(rows), 2), np.nan)
    for kind, names in enumerate((("mean", "sd", "n"), ("change", "change_sd", "change_n"))):
        columns = np.array([row.figures(*(f"{name}{arm}" for arm in (1, 2) for name in names)) for row in rows])
        _take(found, kind, _quiet(MEASURES["SMD"].compute, *columns.reshape(-1, 6).T))
    columns = np.array([row.figures("events1", "total1", "events2", "total2") for row in rows])
    a, n1, c, n2 = columns.reshape(-1, 4).T
    odds = _quiet(MEASURES["OR"].compute, *(np.where((a <= n1) & (c <= n2), x, np.nan) for x in (a, n1, c, n2)))
    _take(found, 2, _quiet(smd_from_or, odds.yi, odds.vi))
    return found


def scale_of(row: Comparison) -> Scale:
    """Return what has one direction: a scale, or one kind of events on it (a response on a scale of symptoms)."""
    kind = row.texts["kind"]
    if is_event(kind):
        return row.texts["instrument"], kind
    counts_only = row.given("events1", "events2") and not (row.given("mean1") or row.given("change1"))
    return row.texts["instrument"], (row.texts["dichotomy"] or "events") if counts_only else ""


def read_directions(rows: Sequence[Comparison], found: np.ndarray, stated: Stated, notes: Notes) -> Directions:
    """Tell the file's convention and each scale's direction; what cannot be told is noted as unsettled.

    Parameters
    ----------
    rows : sequence of Comparison
    found : ndarray, shape (len(rows), 2)
        Of `recompute`.
    stated : Stated
        What the user said; one scale by its name is taken at the user's word, the rest where the file does not say.
    notes : Notes
    """
    signs: dict[Scale, Counter[int]] = defaultdict(Counter)
    for row, (effect, _) in zip(rows, found, strict=True):
        signs[scale_of(row)].update([said] if (said := agreement(row, effect)) else [])
    majority = {scale: _majority(count) for scale, count in signs.items()}
    named = {scale: _by_name(scale, rows) for scale in signs}
    convention = _convention(signs, majority, named)
    as_stated = convention is Convention.UNTOLD and bool(stated.default)
    if as_stated:  # whoever says which direction is good says how effects are printed
        convention = {target: way for way, target in TARGET.items()}[stated.default]
    scales = {scale: _direction(scale, convention, majority[scale], named[scale], stated) for scale in signs}
    plain = frozenset(scale for scale, sign in majority.items() if sign > 0)
    directions = Directions(convention, scales, stated, as_stated, plain)
    _note_convention(rows, found, directions, notes)
    for scale in signs:
        _note_scale(scale, directions, signs[scale], named[scale], notes)
    _note_rows(rows, found, majority, notes)
    return directions


def agreement(row: Comparison, effect: float) -> int:
    """Return 1 where a row prints its figures' own sign, -1 where the opposite one, 0 where the row does not tell."""
    printed = float(row.numbers["g"] or "nan")
    if not same_size(effect, printed) or abs(effect) < _TELLING or abs(printed) < _TELLING:
        return 0
    return 1 if np.sign(effect) == np.sign(printed) else -1


def same_size(effect: float, printed: float) -> bool:
    """Say whether two effects are of one size, whatever their signs."""
    apart = abs(abs(effect) - abs(printed))
    return bool(apart <= max(_SAME_SIZE, 0.1 * abs(printed)))


def _majority(count: Counter[int]) -> int:
    return int(np.sign(count[1] - count[-1]))


def _by_name(scale: Scale, rows: Sequence[Comparison]) -> str:
    """Return the direction a scale's own name says, else the names of its outcome's category."""
    instrument, kind = scale
    if kind:
        return direction_of_event(kind)
    categories = {row.texts["category"] for row in rows if scale_of(row) == scale}
    by_category = {direction_of_scale(name) for name in categories}
    return direction_of_scale(instrument) or (by_category.pop() if len(by_category) == 1 else "")


def _convention(
    signs: Mapping[Scale, Counter[int]], majority: Mapping[Scale, int], named: Mapping[Scale, str]
) -> Convention:
    """Tell how effects are printed, by the rows whose scale's name says which sign each convention would give."""
    n = Counter[tuple[str, int]]()
    for scale, sign in majority.items():
        n[named[scale], sign] += signs[scale][sign] if sign else 0
    up, not_up = n["lower", -1], n["lower", 1]
    down, not_down = n["higher", -1], n["higher", 1]
    if up or not_up or down:
        if up > max(not_up, down):
            return Convention.UP
        if down > not_down and down >= up:
            return Convention.DOWN
        return Convention.PLAIN if not_up > up else Convention.UNTOLD
    if n["", -1] >= _FEWEST:
        return Convention.UP
    return Convention.PLAIN if not_down and not n["", 1] and not n["", -1] else Convention.UNTOLD


def _direction(scale: Scale, convention: Convention, sign: int, named: str, stated: Stated) -> str:
    if said := stated.of_name(*scale):
        return said
    if target := TARGET.get(convention):
        opposite = {"higher": "lower", "lower": "higher"}[target]
        if sign and named and named != (target if sign > 0 else opposite):
            return stated.default or UNSETTLED
        return (target if sign > 0 else opposite) if sign else named or target
    if convention is Convention.UNTOLD:  # a sign that is not understood says nothing, however well the scale is known
        return UNSETTLED
    return named or stated.default or UNSETTLED


def _note_convention(rows: Sequence[Comparison], found: np.ndarray, directions: Directions, notes: Notes) -> None:
    turned = total = 0
    for row, (effect, _) in zip(rows, found, strict=True):
        printed = float(row.numbers["g"] or "nan")
        if np.isfinite(effect + printed):
            total += 1
            turned += bool(np.sign(effect) * np.sign(printed) < 0)
    if total:
        message = f"{turned} of {total} effects that the arm figures give too have the opposite sign there."
        notes.add("decided", "turned_effects", message, hint="Each scale's direction is entered in the codebook.")
    if any(row.given("g") for row in rows):
        how = ", as stated with --better" if directions.as_stated else ""
        message = f"How the file prints its effects: {directions.convention.value}{how}."
        if directions.convention is Convention.UNTOLD and not directions.stated.default:
            notes.add("undecided", "convention", f"{message} Neither figures nor names of scales show it.", hint=SETTLE)
        else:
            notes.add("decided", "convention", message)


def _note_scale(scale: Scale, directions: Directions, signs: Counter[int], named: str, notes: Notes) -> None:
    name, direction = ", ".join(filter(None, scale)) or "instrument not named", directions.scales[scale]
    if direction == UNSETTLED:
        contradicted = directions.target and named and _majority(signs)
        why = f" (its name says {named}, its effects the opposite)" if contradicted else ""
        message = f"{name}: which direction is better is not settled{why}, so no side is named where it is pooled."
        notes.add("undecided", "scale_direction", message, value=name, hint=SETTLE)
        return
    rows, against = signs[_majority(signs)], signs[-_majority(signs)]
    if directions.stated.of_name(*scale):
        why = "as stated"
    elif directions.target and _majority(signs):
        how = "its effects were turned" if directions.is_turned(scale) else "its effects were not turned"
        why = f"{how}: {rows} {'row' if rows == 1 else 'rows'} for it{f', {against} against' if against else ''}"
    elif direction == named:
        why = "as its name says"
    elif directions.target:
        why = "as all effects of the file point that way; of the scale itself nothing is known"
    else:
        why = "as stated for what the file does not tell"
    notes.add("decided", "scale_direction", f"{name}: {direction} is better, {why}.", value=name)


def _note_rows(rows: Sequence[Comparison], found: np.ndarray, majority: Mapping[Scale, int], notes: Notes) -> None:
    for row, (effect, _) in zip(rows, found, strict=True):
        printed, scale = float(row.numbers["g"] or "nan"), scale_of(row)
        if not np.isfinite(effect + printed):
            continue
        said = agreement(row, effect)
        if not same_size(effect, printed):
            message = f"The printed effect is {printed:.3f}, the arm figures give {effect:.3f}."
            notes.add("differs", "effect_size", message, row=row.line, column=".g", value=row.numbers["g"])
        elif said and said == -majority[scale]:
            has, others = ("the opposite", "their own") if said < 0 else ("its own", "the opposite")
            message = f"The effect has {has} sign to its figures; other rows of {scale[0]} have {others}."
            notes.add("differs", "effect_sign", message, row=row.line, column=".g", value=row.numbers["g"])


def _take(found: np.ndarray, kind: int, estimates: Estimates) -> None:
    usable = np.isfinite(estimates.yi) & np.isfinite(estimates.vi) & np.isnan(found[:, 0])
    found[usable] = np.column_stack([estimates.yi, np.full(len(found), kind)])[usable]


def _quiet(compute: Callable[..., Estimates], *columns: np.ndarray) -> Estimates:
    with np.errstate(all="ignore"):
        return compute(*columns)
