"""The specification curve: every combination's estimate in order, and which choices lead to which part of it."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from synthesis.answers.multiverse.curve import Curve
from synthesis.answers.multiverse.levels import BINS
from synthesis.answers.multiverse.plan import Plan
from synthesis.answers.multiverse.run import Run
from synthesis.answers.multiverse.statement import part, printed
from synthesis.evidence.vocabulary import Names
from synthesis.figures.parts.drawn import Drawn
from synthesis.figures.parts.inches import from_edge, write
from synthesis.figures.parts.scale import EffectScale
from synthesis.figures.parts.show import ShownFigure, show
from synthesis.figures.parts.style import (
    FAINT,
    HEADING,
    INK,
    JOURNAL,
    MUTED,
    NAVY,
    PAPER,
    PHONE,
    RUST,
    SKY,
    SMALL,
    house_style,
    new_figure,
    text_width,
    wrap,
)
from synthesis.tables.multiverse import levels_table
from synthesis.wording import lower_first, number, upper_first

CURVE, STRIP, ROW, HEAD_ROW, GAP, EDGE, NARROW_AXIS = 1.7, 0.3, 0.17, 0.2, 0.1, 0.12, 0.62
HEAD, FOOT, NOTE = 0.45, 0.12, 0.15
MOST_CHOICES, MOST_NARROW = 6, 4
SHADES = LinearSegmentedColormap.from_list("levels", [PAPER, SKY, NAVY])
TITLE = "{outcome}: all combinations of choices"
BESIDE = "Interval beside zero"
NOTES = (
    "From left to right the combinations with an answer, from the estimate that favours {other} most to the one that "
    "favours {side} most. Dashed: the main analysis. Dotted: no difference. Interval beside zero: blue in favour of "
    "{side}, rust of {other}. Rows: the darker, the more of the combinations there take that level; {shown} that move "
    "the estimate most."
)
NOTES_SLOPES = (
    "From left to right the combinations with an answer, from the lowest slope to the highest. Dashed: the main "
    "analysis. Dotted: no difference. Interval beside zero: blue above it (more benefit with more fidelity), rust "
    "below. Rows: the darker, the more of the combinations there take that level; {shown} that move the slope most."
)
CAPTION = "{outcome}: {n} combinations of choices in the order of their estimates"
ALT = (
    "{n} combinations of choices for {outcome}, {answered} with an answer, in the order of their estimates: from {low} "
    "over {middle} in the middle to {high}; the main analysis finds {main}. Intervals leave out zero in favour of "
    "{side} in {above}, of {other} in {below}. {moves}"
)
ALT_MOVES = "The choice that moves them most is {label}: {low} with {lowest}, {high} with {highest} on average."
SLOPE_AXIS = "slope (SMD a whole score)"


def show_curve(found: Run) -> ShownFigure | None:
    """Show the specification curve with alternative text and the table of levels; nothing where none has an answer.

    Examples
    --------
    >>> from synthesis.figures import show_curve
    >>> space = multiverse(evidence, "recovery", levels={"timepoint": ["closest:12"]}, permutations=0)
    >>> show_curve(space.run(workers=1)).caption
    'Personal recovery: 202,752 combinations of choices in the order of their estimates'
    """
    curve = found.curve()
    if not curve.answered or len(curve.points) < 2:
        return None
    pictures = {"figure": Drawn(draw_curve, found), "narrow": Drawn(draw_curve, found, narrow=True)}
    caption = CAPTION.format(outcome=found.plan.outcome_label, n=f"{curve.specifications:,}")
    return show(**pictures, alt=curve_alt_text(found), caption=caption, table=levels_table(found))


def curve_alt_text(found: Run) -> str:
    """Say in words what the picture shows.

    Examples
    --------
    >>> from synthesis.figures import curve_alt_text
    >>> space = multiverse(evidence, "recovery", levels={"timepoint": ["closest:12"]}, permutations=0)
    >>> print(curve_alt_text(space.run(workers=1)))
    202,752 combinations of choices for personal recovery, 202,752 with an answer, in the order of
    their estimates: from 0.16 over 0.26 in the middle to 0.31; the main analysis finds 0.21.
    Intervals leave out zero in favour of peer support in 95%, of the comparison in none. The
    choice that moves them most is risk of bias: 0.25 with whatever the risk of bias, 0.28 ...
    """
    plan, curve, moves = found.plan, found.curve(), ""
    table = found.decompose()
    if len(table):
        first = table.iloc[0]
        ends = {end: printed(plan, first[f"{end}est_average"]) for end in ("low", "high")}
        levels = {"lowest": first["lowest"], "highest": first["highest"]}
        moves = ALT_MOVES.format(label=lower_first(first["label"]), **ends, **levels)
    main = curve.main["estimate"]
    return ALT.format(
        n=f"{curve.specifications:,}",
        outcome=lower_first(plan.outcome_label),
        answered=f"{curve.answered:,}",
        low=printed(plan, curve.least),
        middle=printed(plan, curve.median),
        high=printed(plan, curve.most),
        main="nothing" if np.isnan(main) else printed(plan, main),
        side=plan.sides[0],
        other=plan.sides[1],
        above=part(curve.above),
        below=part(curve.below),
        moves=moves,
    ).strip()


def shown_levels(found: Run, most: int) -> list[tuple[str, list[tuple[str, np.ndarray]]]]:
    """Return the choices that a picture has rows for: label, and of each level its words and its share of each part."""
    curve = found.curve()
    rows = []
    for name in found.decompose()["dimension"][:most]:
        own = curve.levels.index[curve.levels["dimension"].eq(name) & (curve.levels["answered"] > 0)]
        whole = np.maximum(curve.parts[own].sum(axis=0), 1)
        levels = [(upper_first(curve.levels.loc[i, "words"]), curve.parts[i] / whole) for i in own]
        rows.append((curve.levels.loc[own[0], "label"], levels))
    return rows


@house_style
def draw_curve(found: Run, *, narrow: bool = False) -> Figure:
    """Draw the curve above the rows of levels; on a phone each row's words stand above it."""
    plan, curve = found.plan, found.curve()
    choices = shown_levels(found, MOST_NARROW if narrow else MOST_CHOICES)
    width = PHONE if narrow else JOURNAL
    words = [text for _, levels in choices for text, _ in levels]
    left = NARROW_AXIS if narrow else min(max(map(_small, [*words, BESIDE])) + 2 * EDGE, 0.55 * width)
    side, other = plan.sides
    says = (NOTES if plan.target == "pool" else NOTES_SLOPES).format(side=side, other=other, shown=_most(len(choices)))
    notes = wrap(says, width - 2 * EDGE, size=SMALL).split("\n")
    heading = wrap(TITLE.format(outcome=plan.outcome_label), width - 2 * EDGE, size=HEADING, bold=True)
    lines = heading.count("\n") + 1
    row = 2 * ROW if narrow else ROW
    rows = sum(HEAD_ROW + row * len(levels) for _, levels in choices)
    strip = STRIP + (ROW if narrow else 0)
    depth = CURVE + GAP + strip + rows
    height = HEAD + 0.16 * (lines - 1) + depth + FOOT + NOTE * len(notes) + EDGE
    figure = new_figure(width, height)
    plot, start = (width - left - EDGE) / width, left / width
    top = height - HEAD - 0.16 * (lines - 1)
    ax = figure.add_axes((start, (top - CURVE) / height, plot, CURVE / height))
    _draw_estimates(ax, plan, curve)
    write(ax, EDGE, 0.1, heading, from_edge(ax, 1), size=HEADING, weight="bold", va="bottom")
    place = top - CURVE - GAP
    place = _draw_beside(figure, curve, (start, plot), place, narrow=narrow)
    bands = figure.add_axes((start, (place - rows) / height, plot, rows / height))
    bands.axis("off")
    foot = place - rows
    for label, levels in choices:
        place -= HEAD_ROW
        _say(figure, EDGE, place + 0.04, label, weight="bold")
        for text, shares in levels:
            place -= row
            if narrow:
                _say(figure, EDGE, place + ROW + 0.03, text)
            else:
                _say(figure, EDGE, place + 0.04, text)
            _draw_band(bands, shares, place + 0.02 - foot)
    bands.set_xlim(0, 1)
    bands.set_ylim(0, rows)
    for number_, line in enumerate(notes):
        _say(figure, EDGE, place - FOOT - NOTE * (number_ + 1), line, color=MUTED)
    return figure


def _draw_estimates(ax: Axes, plan: Plan, curve: Curve) -> None:
    turn = plan.turn if plan.target == "pool" else 1.0
    values = turn * curve.points["estimate"].to_numpy(float)
    edges = np.append(curve.points["part"].to_numpy(float), BINS) / BINS
    ax.stairs(values, edges, baseline=None, color=NAVY, linewidth=1.8)
    ax.axhline(0, color=INK, linewidth=0.8, linestyle=":")
    main = turn * curve.main["estimate"]
    if np.isfinite(main):
        ax.axhline(main, color=RUST, linewidth=1.1, linestyle="--")
    reach = [*values, 0.0, *([main] if np.isfinite(main) else [])]
    low, high = min(reach), max(reach)
    margin = 0.08 * max(high - low, 1e-6)
    ax.set_xlim(0, 1)
    ax.set_ylim(low - margin, high + margin)
    if plan.target == "pool" and EffectScale(plan.measure, "higher").ratio:
        scale = EffectScale(plan.measure, "higher" if turn > 0 else "lower", Names(*plan.sides))
        ax.set_yticks(*scale.ticks(low - margin, high + margin))
    else:
        ax.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
        ticks = [tick for tick in ax.get_yticks() if low - margin <= tick <= high + margin]
        ax.set_yticks(ticks, [number(tick, 2 if high - low < 0.5 else 1) for tick in ticks])
    ax.tick_params(labelsize=SMALL)
    ax.set_xticks([])
    ax.set_ylabel(plan.measure if plan.target == "pool" else SLOPE_AXIS, fontsize=SMALL)
    ax.spines[["top", "right", "bottom"]].set_visible(False)


def _draw_band(ax: Axes, shares: np.ndarray, bottom: float) -> None:
    """Draw a level's share of each part of the curve; the axes are as high as all bands, in inches."""
    ends = (0, 1, bottom, bottom + ROW - 0.04)
    look = {"cmap": SHADES, "vmin": 0, "vmax": 1, "interpolation": "nearest"}
    ax.imshow(shares[None], extent=ends, aspect="auto", **look)
    ax.add_patch(Rectangle((0, bottom), 1, ROW - 0.04, fill=False, edgecolor=FAINT, linewidth=0.8, clip_on=False))


def _draw_beside(figure: Figure, curve: Curve, room: tuple[float, float], place: float, *, narrow: bool) -> float:
    """Draw how many intervals lie beside zero along the curve; return where the next row begins."""
    height = figure.get_figheight()
    if narrow:
        place -= ROW
        _say(figure, EDGE, place + 0.04, BESIDE, weight="bold")
    place -= STRIP
    if not narrow:
        _say(figure, EDGE, place + STRIP / 2, BESIDE, weight="bold", va="center")
    ax = figure.add_axes((room[0], (place + 0.03) / height, room[1], (STRIP - 0.06) / height))
    edges = np.append(curve.points["part"].to_numpy(float), BINS) / BINS
    ax.set_facecolor(FAINT)
    ax.stairs(curve.points["above"], edges, fill=True, color=NAVY)
    ax.stairs(np.ones(len(curve.points)), edges, baseline=1 - curve.points["below"].to_numpy(), fill=True, color=RUST)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    _bare(ax)
    return place


def _bare(ax: Axes) -> None:
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_color(FAINT)


def _most(choices: int) -> str:
    return "the choice" if choices == 1 else f"the {choices} choices"


def _small(text: str) -> float:
    return text_width(text, size=SMALL)


def _say(figure: Figure, x: float, y: float, text: str, **look: str) -> None:
    width, height = figure.get_size_inches()
    figure.text(x / width, y / height, text, fontsize=SMALL, **{"va": "bottom", **look})
