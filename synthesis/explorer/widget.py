"""The widget: the browser's module in a notebook, its choices and what came of them shared with Python."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from synthesis.answers.pooling import PooledEffect
from synthesis.answers.pooling import pool as pool_effects
from synthesis.choices import LEVEL
from synthesis.effects import Effects, compute_effects
from synthesis.evidence import Evidence
from synthesis.explorer.data import explorer_data
from synthesis.explorer.module import style, widget_module
from synthesis.explorer.subsets import subset_effects


class Explorer(anywidget.AnyWidget):
    """One outcome's trials under a reader's hands.

    Attributes
    ----------
    data : dict
        What the browser was given (`explorer_data`).
    choices : dict
        outcome, method, ci, score, `subsets` (codes by name), `without` (trials), `threshold`; those that are assigned
        here are taken over there.
    pooled : dict
        What the browser made of them, with the contract's names; empty until it has drawn itself.
    """

    _esm = widget_module()
    _css = style()
    data = traitlets.Dict().tag(sync=True)
    choices = traitlets.Dict().tag(sync=True)
    pooled = traitlets.Dict().tag(sync=True)

    def __init__(self, evidence: Evidence, outcome: str | None = None, *, level: float = LEVEL):
        data = explorer_data(evidence, outcome, level=level)
        settings = data["settings"]
        start = {"outcome": data["first"], "subsets": {}, "without": [], "threshold": _preset(data, data["first"])}
        super().__init__(data=data, choices=start | {name: settings[name] for name in ("method", "ci", "score")})
        self._evidence, self._level = evidence, level

    @property
    def outcome(self) -> str:
        """The outcome that is shown."""
        return str(self.choices["outcome"])

    @outcome.setter
    def outcome(self, name: str) -> None:
        kept = {key: value for key, value in self.choices.items() if key not in ("without", "threshold")}
        key = self._evidence.codebook.outcome_key(name)
        self.choices = kept | {"outcome": key, "without": [], "threshold": _preset(self.data, key)}

    def effects(self) -> Effects:
        """Return the effects that the choices leave, as `compute_effects` makes them."""
        subsets: dict[str, Any] = self.choices.get("subsets", {})
        effects = compute_effects(self._evidence, self.outcome)
        return subset_effects(self._evidence, effects, **subsets, without=self.choices.get("without", ()))

    def pool(self) -> PooledEffect:
        """Pool those effects by the chosen model, in Python."""
        return pool_effects(self.effects(), method=self.choices["method"], ci=self.choices["ci"], level=self._level)


def _preset(data: dict[str, Any], outcome: str) -> float | None:
    """Return where an outcome's threshold starts; None where it has none, or is not offered."""
    return next((one["threshold"]["preset"] for one in data["outcomes"] if one["outcome"] == outcome), None)
