"""The trial by component map: what each trial's peers are described as doing, and what no report says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from string import ascii_uppercase
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from synthesis.answers.fidelity import FidelityScores
from synthesis.errors import NotEstimableError
from synthesis.evidence import Evidence
from synthesis.evidence.codebook import Codebook
from synthesis.evidence.vocabulary import MECHANISMS
from synthesis.figures.parts.drawn import Drawn
from synthesis.figures.parts.grid import CellSign, Grid
from synthesis.figures.parts.grid_drawing import draw_grid
from synthesis.figures.parts.show import ShownFigure, show
from synthesis.figures.parts.style import BLUE, NAVY, PALE, PAPER, PHONE, SKY, SMALL
from synthesis.wording import count, listed, lower_first, number, percent

# Between two coders' whole ratings lie halves; what more coders' means give is shown as the nearest of these.
SIGNS = {
    2.0: CellSign("2  present", NAVY, "2", PAPER),
    1.5: CellSign("1½  between two coders", BLUE, "1½", PAPER),
    1.0: CellSign("1  partial", SKY, "1"),
    0.5: CellSign("½  between two coders", PALE, "½"),
    0.0: CellSign("0  absent", PAPER, "0"),
}
# A cell of a phone has room for one letter.
NARROW_GLYPHS = {"1½": "+", "½": "–"}
NOT_REPORTED = CellSign("the report does not say", PAPER, stroke=True)
ALT = (
    "Map of {arms} of {trials} by {components} of the change model. Of {cells} cells {shares}. "
    "Most often at least partly present: {most} ({most_described} of {k} arms); "
    "least often: {least} ({least_described}). Coders differ in {disagree}."
)
SHARE = "{share} are {kind}"
CAPTION = "What the reports describe of each intervention arm, component by component of the change model"
COMPARATOR, ONE_OF_SEVERAL = "{trial}, comparison: {arm}", "{trial}, {arm}"


def component_map(ratings: pd.DataFrame, codebook: Codebook, *, ax: Axes | None = None) -> Axes:
    """Draw which components each arm is described as having.

    Parameters
    ----------
    ratings : pandas.DataFrame
        trial, arm, label, component, rating (0 to 2, nan = not reported), disagree (bool), optionally role;
        `FidelityScores.ratings` has them. Arms stand in the order they come in.
    codebook : Codebook
        Its components give the columns, in its order, and their mechanisms the groups.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default a figure as tall as it needs to be.

    Returns
    -------
    matplotlib.axes.Axes
        Arms from the top, components from the left.

    Examples
    --------
    >>> from synthesis.figures import component_map
    >>> axes = component_map(scores.ratings, evidence.codebook)
    >>> axes.figure.savefig("components.png")
    """
    return _draw(component_ratings(ratings, codebook), ax=ax)


# How the map is fitted to a phone: groups are named by letters, which the legend explains.
_ON_A_PHONE = {
    "cell_height": 0.17,
    "label_limit": 1.0,
    "size": SMALL,
    "slant": 90.0,
    "whole_width": PHONE - 0.2,
    "legend_below": True,
    "heading_lines": 1,
    "turned_totals": True,
    "row_totals": (),
}


def _draw(content: ComponentRatings, *, ax: Axes | None = None, narrow: bool = False) -> Axes:
    rating, disagree = content.rating.to_numpy(float), content.disagree.to_numpy(bool)
    nearest = np.round(rating * 2) / 2
    known = _narrow_signs() if narrow else SIGNS
    signs = np.empty(rating.shape, dtype=object)
    for place in np.ndindex(*rating.shape):
        signs[place] = NOT_REPORTED if np.isnan(rating[place]) else known[nearest[place]]
    legend = [sign for sign in [*known.values(), NOT_REPORTED] if (signs == sign).any()]
    groups = content.groups
    if narrow:
        letters = dict(zip(dict.fromkeys(groups), ascii_uppercase, strict=False))
        legend += [CellSign(name, "none", letter, edge="none") for name, letter in letters.items()]
        groups = [letters[name] for name in groups]
    look = {"row_totals": [("described", np.isfinite(rating).sum(axis=1))]} | (_ON_A_PHONE if narrow else {})
    grid = Grid(
        signs=signs,
        rows=content.rows,
        columns=content.columns,
        groups=groups,
        legend=legend,
        column_totals=[
            ("present", (nearest == 2).sum(axis=0)),
            ("partial", ((nearest > 0) & (nearest < 2)).sum(axis=0)),
            ("absent", (nearest == 0).sum(axis=0)),
            ("not reported", np.isnan(rating).sum(axis=0)),
            ("coders differ", disagree.sum(axis=0)),
        ],
        marked=disagree if disagree.any() else None,
        mark_words="corner: coders differ",
        **look,
    )
    return draw_grid(grid, ax=ax)


def _narrow_signs() -> dict[float, CellSign]:
    return {rating: replace(sign, glyph=NARROW_GLYPHS.get(sign.glyph, sign.glyph)) for rating, sign in SIGNS.items()}


@dataclass(frozen=True, eq=False)
class ComponentRatings:
    """Ratings as a table of arms by components.

    Attributes
    ----------
    rating, disagree : pandas.DataFrame
        Arms (index: trial, arm) by components.
    rows, columns, groups : list of str
        Labels of the arms, of the components and of their mechanisms.
    """

    rating: pd.DataFrame
    disagree: pd.DataFrame
    rows: list[str]
    columns: list[str]
    groups: list[str]


def component_ratings(ratings: pd.DataFrame, codebook: Codebook) -> ComponentRatings:
    """Arrange ratings as `component_map` draws them; a trial with several coded arms names each.

    Raises
    ------
    NotEstimableError
        Where no arm is coded.
    """
    if ratings.empty:
        raise NotEstimableError("No arm is coded, so there is no map to draw.")
    arms = ratings.drop_duplicates(["trial", "arm"])
    order = pd.MultiIndex.from_frame(arms[["trial", "arm"]])
    components = codebook.components
    wide = ratings.set_index(["trial", "arm", "component"])[["rating", "disagree"]].unstack("component")
    rating = wide["rating"].reindex(index=order, columns=components["component"]).astype(float)
    disagree = wide["disagree"].reindex(index=order, columns=components["component"]).eq(True)
    several = arms["trial"].duplicated(keep=False)
    return ComponentRatings(
        rating=rating,
        disagree=disagree,
        rows=[_arm_label(arm, named=more) for arm, more in zip(arms.to_dict("records"), several, strict=True)],
        columns=list(components["label"]),
        groups=[MECHANISMS[name].label for name in components["mechanism"]],
    )


def _arm_label(arm: dict[str, Any], *, named: bool) -> str:
    """Name an arm by its trial; where several arms of the trial are coded by its own name, comparators as such."""
    name = arm["arm"].replace("_", " ")
    if arm.get("role") == "comparator":
        return COMPARATOR.format(trial=arm["label"], arm=name)
    return ONE_OF_SEVERAL.format(trial=arm["label"], arm=name) if named else arm["label"]


def ratings_table(ratings: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    """Return the numbers of a component map, ready to show: one row an arm, "*" where coders differ.

    Examples
    --------
    >>> from synthesis.figures import ratings_table
    >>> ratings_table(scores.ratings, evidence.codebook).shape
    (128, 18)
    """
    return _table(component_ratings(ratings, codebook))


def _table(content: ComponentRatings) -> pd.DataFrame:
    cells = content.rating.map(lambda value: "not reported" if np.isnan(value) else f"{value:.2g}")
    cells = cells + content.disagree.map(lambda differs: " *" if differs else "")
    table = cells.set_axis(content.columns, axis=1).reset_index(drop=True)
    table.insert(0, "Trial", content.rows)
    return table


def component_alt_text(ratings: pd.DataFrame, codebook: Codebook) -> str:
    """Say what a component map shows: how much is described, which components most and least, how often coders differ.

    Parameters
    ----------
    ratings, codebook
        As in `component_map`.

    Examples
    --------
    >>> from synthesis.figures import component_alt_text
    >>> print(component_alt_text(scores.ratings, evidence.codebook))
    Map of 128 arms of 97 trials by 17 components of the change model. Of 2,176 cells 53% are not
    reported, 14% are present, 8% are absent and 25% are partial. Most often at least partly
    present: disclosed shared lived experience (96 of 128 arms); least often: role clarity and team
    preparation (8). Coders differ in 200 cells.
    """
    return _alt_text(component_ratings(ratings, codebook))


def _alt_text(content: ComponentRatings) -> str:
    rating = content.rating.to_numpy(float)
    kinds = {"not reported": np.isnan(rating), "present": rating == 2, "absent": rating == 0}
    kinds["partial"] = ~np.any(list(kinds.values()), axis=0)
    shares = [SHARE.format(share=percent(100 * cells.mean()), kind=kind) for kind, cells in kinds.items()]
    described = (rating > 0).sum(axis=0)
    most, least = int(np.argmax(described)), int(np.argmin(described))
    return ALT.format(
        arms=count(len(content.rows), "arm"),
        trials=count(content.rating.index.get_level_values("trial").nunique(), "trial"),
        components=count(len(content.columns), "component"),
        cells=number(rating.size, 0),
        shares=listed(shares),
        most=lower_first(content.columns[most]),
        most_described=described[most],
        k=len(content.rows),
        least=lower_first(content.columns[least]),
        least_described=described[least],
        disagree=count(int(content.disagree.to_numpy(bool).sum()), "cell"),
    )


def show_components(scores: FidelityScores, evidence: Evidence) -> ShownFigure:
    """Show the component map of the intervention arms.

    Examples
    --------
    >>> from synthesis.figures import show_components
    >>> show_components(scores, evidence).caption
    'What the reports describe of each intervention arm, component by component of the change model'
    """
    ratings = scores.ratings[scores.ratings["role"].eq("intervention")]
    content = component_ratings(ratings, evidence.codebook)
    return show(
        Drawn(_draw, content),
        alt=_alt_text(content),
        caption=CAPTION,
        table=_table(content),
        narrow=Drawn(_draw, content, narrow=True),
    )
