"""The vocabulary of a data root: components of the change model, outcome domains, instruments, hypotheses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from synthesis.errors import ChoiceError

CORE_MECHANISMS = ("trust", "role_modelling", "bridging")
MECHANISMS = (*CORE_MECHANISMS, "enabling")


@dataclass(frozen=True, eq=False)
class Codebook:
    """The codebook's tables, in the order of their files, which is the order of preference.

    Attributes
    ----------
    components, outcomes, instruments, hypotheses, key_functions : pandas.DataFrame
        As the contract names their columns; hypotheses and key_functions are empty where a data root has none.
    """

    components: pd.DataFrame
    outcomes: pd.DataFrame
    instruments: pd.DataFrame
    hypotheses: pd.DataFrame
    key_functions: pd.DataFrame

    def outcome(self, name: str) -> pd.Series:
        """Return the codebook's row of an outcome domain.

        Raises
        ------
        ChoiceError
            Naming the outcomes that exist.
        """
        row = self.outcomes[self.outcomes["outcome"].eq(name)]
        if row.empty:
            raise ChoiceError("outcome", name, list(self.outcomes["outcome"]))
        return row.iloc[0]

    def outcome_label(self, name: str) -> str:
        """Return the label of an outcome domain."""
        return str(self.outcome(name)["label"])

    def core_components(self) -> pd.DataFrame:
        """Return the components of the three mechanisms; the enabling conditions are not part of the score."""
        return self.components[self.components["mechanism"].isin(CORE_MECHANISMS)]

    def important_difference(self, outcome: str) -> float:
        """Return the smallest important difference on the scale of the domain's measure; nan where none is set."""
        value: Any = self.outcome(outcome)["important_difference"]
        return float(value)
