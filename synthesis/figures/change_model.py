"""The change model as a small picture: what peers do, what it should change first, and what should follow."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from synthesis.evidence import Evidence
from synthesis.evidence.vocabulary import MECHANISMS
from synthesis.figures.parts.drawn import Drawn
from synthesis.figures.parts.show import ShownFigure, show
from synthesis.figures.parts.style import INK, LINE, MUTED, NAVY, PHONE, SMALL, TEXT, house_style, new_figure, wrap
from synthesis.tables.fidelity import change_model_table
from synthesis.tables.show import TextView, show_text
from synthesis.wording import count, listed, lower_first, upper_first

WIDTH, LINE_HEIGHT, PAD, GAP, EDGE = 9.4, 0.155, 0.1, 0.34, 0.08
COLUMN = (WIDTH - 2 * EDGE - 3 * GAP) / 4
HEADS = ("First", "From it", "What should change", "What should follow")
MOST = 7
FIRST, THEN, AROUND = "trust", ("role_modelling", "bridging"), "enabling"
SAYS = "{says} ({components})"
MORE = "{labels} and {more} more"
CAPTION = (
    "{model} as this review codes it: {count} that coders look for, and the outcomes that its codebook expects "
    "to follow"
)
ALT = (
    "{model} as this review codes it, in four steps. First {first}. From it grow {then}. They should change {process}. "
    "Then should follow {outcomes}.{around}"
)
AROUND_SAYS = " Around it: {says}."
NO_MODEL = "There is no picture: no component of a change model is in the codebook."
A_MODEL = "the change model"


@dataclass(frozen=True)
class Model:
    """What the picture says.

    Attributes
    ----------
    name : str
    mechanisms : dict of tuple
        Label and text of each mechanism that has components.
    process, outcomes : str
        What components predict, listed.
    components : int
    """

    name: str
    mechanisms: dict[str, tuple[str, str]]
    process: str
    outcomes: str
    components: int


def change_model(evidence: Evidence) -> Model:
    """Take from the codebook what the picture says."""
    book = evidence.codebook
    mechanisms = {}
    for name, mechanism in MECHANISMS.items():
        n = int(book.components["mechanism"].eq(name).sum())
        if n:
            mechanisms[name] = (mechanism.label, SAYS.format(says=mechanism.says, components=count(n, "component")))
    predicted = {name for cell in book.components["predicts"].fillna("") for name in str(cell).split(";") if name}
    known = book.outcomes[book.outcomes["outcome"].isin(predicted)]
    process = known["role"].eq("process")
    return Model(
        name=book.review.model or A_MODEL,
        mechanisms=mechanisms,
        process=_named(known.loc[process, "label"].tolist()),
        outcomes=_named(known.loc[~process, "label"].tolist()),
        components=len(book.components),
    )


def show_change_model(evidence: Evidence) -> ShownFigure | TextView:
    """Show the change model of a review's codebook; a sentence where it has none.

    Examples
    --------
    >>> from synthesis.figures import show_change_model
    >>> show_change_model(evidence).caption
    'The change model of Gillard and colleagues (2015) as this review codes it: 17 components that
    coders look for, and the outcomes that its codebook expects to follow'
    """
    model = change_model(evidence)
    if FIRST not in model.mechanisms:
        return show_text(NO_MODEL)
    caption = CAPTION.format(model=upper_first(model.name), count=count(model.components, "component"))
    return show(
        Drawn(draw_change_model, model),
        alt=_alt(model),
        caption=caption,
        table=change_model_table(evidence),
        narrow=Drawn(draw_narrow_change_model, model),
    )


@house_style
def draw_change_model(model: Model) -> Figure:
    """Draw the boxes, as high as what is written in them needs."""
    lefts = [EDGE + place * (COLUMN + GAP) for place in range(4)]
    columns = _columns(model)
    heights = [[_height(*box) for box in column] for column in columns]
    body = max(sum(own) + PAD * (len(own) - 1) for own in heights)
    around = model.mechanisms.get(AROUND)
    foot = LINE_HEIGHT + 2 * PAD if around else 0.0
    height = EDGE + 0.26 + body + foot + EDGE
    figure = new_figure(WIDTH, height)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_xlim(0, WIDTH)
    ax.set_ylim(0, height)
    ax.axis("off")
    middle = EDGE + foot + body / 2
    for place, (left, column, own) in enumerate(zip(lefts, columns, heights, strict=True)):
        ax.text(left, height - EDGE, HEADS[place], fontsize=TEXT, color=MUTED, va="top")
        top = middle + (sum(own) + PAD * (len(own) - 1)) / 2
        for (label, text), tall in zip(column, own, strict=True):
            _draw_box(ax, left, top - tall, tall, label, text, strong=place == 0)
            top -= tall + PAD
        if place:
            arrow = FancyArrowPatch(
                (left - GAP + 0.03, middle), (left - 0.03, middle), arrowstyle="-|>", mutation_scale=11, color=NAVY
            )
            ax.add_patch(arrow)
    if around:
        says = f"{around[0]}: {around[1]}"
        ax.text(EDGE + PAD, EDGE + foot / 2 - PAD / 2, says, fontsize=SMALL, color=MUTED, va="center")
        frame = FancyBboxPatch(
            (EDGE, EDGE), WIDTH - 2 * EDGE, foot - PAD, boxstyle="round,pad=0,rounding_size=0.05", fill=False,
            edgecolor=LINE, linestyle="--", linewidth=0.8,
        )  # fmt: skip
        ax.add_patch(frame)
    return figure


@house_style
def draw_narrow_change_model(model: Model) -> Figure:
    """Draw the boxes for a phone: one step beneath the other."""
    width, steps = PHONE - 2 * EDGE, _columns(model)
    heights = [[_height(*box, width) for box in step] for step in steps]
    around = [box for name, box in model.mechanisms.items() if name == AROUND]
    foot = sum(_height(*box, width) + PAD for box in around)
    head = 2 * LINE_HEIGHT
    height = 2 * EDGE + sum(head + sum(own) + PAD * len(own) for own in heights) + foot
    figure = new_figure(PHONE, height)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_xlim(0, PHONE)
    ax.set_ylim(0, height)
    ax.axis("off")
    top = height - EDGE
    for place, (step, own) in enumerate(zip(steps, heights, strict=True)):
        ax.text(EDGE + 0.2 * bool(place), top - head / 2, HEADS[place], fontsize=TEXT, color=MUTED, va="center")
        if place:
            ends = ((EDGE + 0.08, top + 0.03), (EDGE + 0.08, top - head + 0.03))
            ax.add_patch(FancyArrowPatch(*ends, arrowstyle="-|>", mutation_scale=11, color=NAVY))
        top -= head
        for box, tall in zip(step, own, strict=True):
            _draw_box(ax, EDGE, top - tall, tall, *box, width, strong=place == 0)
            top -= tall + PAD
    for box in around:
        _draw_box(ax, EDGE, EDGE, _height(*box, width), *box, width, dashed=True)
    return figure


def _columns(model: Model) -> list[list[tuple[str, str]]]:
    """Return the boxes of each step: label and text."""
    return [
        [model.mechanisms[FIRST]],
        [model.mechanisms[name] for name in THEN if name in model.mechanisms],
        [("", model.process)],
        [("", model.outcomes)],
    ]


def _height(label: str, text: str, width: float = COLUMN) -> float:
    lines = _wrapped(text, width).count("\n") + 1 + bool(label)
    return lines * LINE_HEIGHT + 2 * PAD


def _wrapped(text: str, width: float) -> str:
    return wrap(text, width - 2 * PAD, size=SMALL)


def _draw_box(
    ax: Axes,
    left: float,
    bottom: float,
    tall: float,
    label: str,
    text: str,
    width: float = COLUMN,
    *,
    strong: bool = False,
    dashed: bool = False,
) -> None:
    box = FancyBboxPatch(
        (left, bottom), width, tall, boxstyle="round,pad=0,rounding_size=0.05", facecolor="white",
        edgecolor=NAVY if label and not dashed else LINE, linewidth=1.4 if strong else 0.9,
        linestyle="--" if dashed else "-",
    )  # fmt: skip
    ax.add_patch(box)
    top = bottom + tall - PAD
    if label:
        ax.text(left + PAD, top, label, fontsize=TEXT, weight="bold", color=INK, va="top")
        top -= LINE_HEIGHT
    ax.text(left + PAD, top, _wrapped(text, width), fontsize=SMALL, color=INK, va="top", linespacing=1.25)


def _named(labels: list[str]) -> str:
    """List labels in a sentence, the first few where there are many."""
    small = [lower_first(label) for label in labels]
    return (
        listed(small) if len(small) <= MOST + 1 else MORE.format(labels=", ".join(small[:MOST]), more=len(small) - MOST)
    )


def _alt(model: Model) -> str:
    told = {name: f"{lower_first(label)}: {text}" for name, (label, text) in model.mechanisms.items()}
    return ALT.format(
        model=upper_first(model.name),
        first=told[FIRST],
        then=listed([told[name] for name in THEN if name in told]),
        process=model.process,
        outcomes=model.outcomes,
        around=AROUND_SAYS.format(says=told[AROUND]) if AROUND in told else "",
    )
