"""Effect-direction plots shown with their words and tables, forty results a picture."""

from __future__ import annotations

from collections.abc import Sequence

from synthesis.effects import Effects
from synthesis.figures.directions.data import Group, counted, direction_groups, directions_frame, pages_of
from synthesis.figures.directions.draw import draw_directions
from synthesis.figures.parts.drawn import Drawn
from synthesis.figures.parts.show import ShownFigures, show
from synthesis.tables.show import TextView, show_text
from synthesis.wording import listed

CAPTION = "What was reported without being pooled, the largest trials first: directions as reported, not votes"
CAPTION_OF = "{caption}; part {page} of {pages}"
NOTHING = "Every result on these outcomes is pooled."
ALT = "Results that are not pooled, a row each with its direction as reported: {counts}. {outcomes}"
OUTCOME = "{heading}: {reported}."
REPORTED = "{words} in {trials}"


def show_directions(outcomes: Sequence[Effects]) -> ShownFigures | TextView:
    """Show what was reported and not pooled, by its direction.

    Parameters
    ----------
    outcomes : sequence of Effects
        Of an outcome with too few trials to pool, what could be pooled is shown as well.

    Returns
    -------
    ShownFigures or TextView
        Forty results a picture; a sentence where all is pooled.

    Examples
    --------
    >>> from synthesis.figures import show_directions
    >>> len(show_directions([effects]).figures)
    1
    """
    pages = pages_of(direction_groups(outcomes))
    if not pages:
        return show_text(NOTHING)
    captions = [CAPTION_OF.format(caption=CAPTION, page=i, pages=len(pages)) for i in range(1, len(pages) + 1)]
    return ShownFigures(
        tuple(
            show(
                Drawn(draw_directions, page),
                alt=_alt_text(page),
                caption=captions[i] if len(pages) > 1 else CAPTION,
                table=directions_frame(page),
                narrow=Drawn(draw_directions, page, narrow=True),
            )
            for i, page in enumerate(pages)
        )
    )


def directions_alt_text(outcomes: Sequence[Effects]) -> str:
    """Say what effect-direction plots show: of each outcome who reported what.

    Parameters
    ----------
    outcomes : sequence of Effects
        As in `show_directions`.

    Examples
    --------
    >>> from synthesis.figures import directions_alt_text
    >>> print(directions_alt_text([effects]))
    Results that are not pooled, a row each with its direction as reported: 14 results on 1
    outcome. Personal recovery: reported in favour of peer support in Cook et al. (2012b), Chien et
    al. (2022), Corrigan et al. (2017), Russinova et al. (2014) and Shalaby et al. (2021); reported
    no significant difference in Valenstein et al. (2016), Eisen et al. (2012), Ben-Zeev et ...
    """
    return _alt_text(direction_groups(outcomes))


def _alt_text(groups: Sequence[Group]) -> str:
    said = [OUTCOME.format(heading=group.heading, reported="; ".join(_reported(group))) for group in groups]
    return ALT.format(counts=counted(groups), outcomes=" ".join(said))


def _reported(group: Group) -> list[str]:
    """Say who reported what, the same words once."""
    by_words: dict[str, list[str]] = {}
    for row in group.rows:
        by_words.setdefault(row.words, []).append(row.label)
    return [REPORTED.format(words=words, trials=listed(list(dict.fromkeys(who)))) for words, who in by_words.items()]
