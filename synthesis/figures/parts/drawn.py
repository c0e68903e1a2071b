"""A picture that is drawn when it is first asked for, or not at all where the same one was drawn before."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from synthesis.figures.parts.svg import svg_of
from synthesis.kept import fingerprint, kept


class Picture(NamedTuple):
    """A picture as SVG, and its size in inches."""

    svg: str
    width: float
    height: float


class Drawn:
    """A figure, or what draws it and of what."""

    def __init__(self, draw: Callable[..., Figure | Axes], *given: Any, **look: Any):
        self._draw, self._given, self._look = draw, given, look

    @classmethod
    def already(cls, figure: Figure | Axes) -> Drawn:
        """Return a figure that is there; axes stand for the whole figure they are part of."""
        own = cls(lambda: figure)
        assert own.figure  # so that it is taken as it is, whatever was or will be done to it
        return own

    @cached_property
    def figure(self) -> Figure:
        """The figure, which can be altered: it is then shown as it is."""
        drawn = self._draw(*self._given, **self._look)
        return drawn.get_figure(root=True) if isinstance(drawn, Axes) else drawn

    def picture(self) -> Picture:
        """Return the figure as it is now, or one that was kept of the same content and look."""
        if "figure" in vars(self):
            return self.drawn_now()
        try:
            content = fingerprint(self)
        except TypeError:  # it is drawn of something whose content nobody can tell
            return self.drawn_now()
        return _picture(self, content)

    def drawn_now(self) -> Picture:
        """Return the figure as it is now, drawn if it is not yet."""
        return Picture(svg_of(self.figure), *map(float, self.figure.get_size_inches()))

    def kept_by(self) -> list[Any]:
        """Return what decides how the figure looks: what draws it and of what, and the user's own settings."""
        name = f"{self._draw.__module__}.{self._draw.__qualname__}"
        return [name, self._given, self._look, repr(sorted(matplotlib.rcParams.items()))]


@kept(lambda drawn, content: content)
def _picture(drawn: Drawn, content: str) -> Picture:
    return drawn.drawn_now()
