"""The vocabulary of a data root: components of the change model, outcome domains, instruments, hypotheses."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from synthesis.choices import chosen


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
        """Return the codebook's row of an outcome domain, named by its key or its label in any case.

        Raises
        ------
        ChoiceError
            Naming the outcomes that exist.
        """
        labels = dict(zip(self.outcomes["outcome"], self.outcomes["label"], strict=True))
        return self.outcomes[self.outcomes["outcome"].eq(chosen("outcome", name, labels))].iloc[0]

    def outcome_key(self, name: str) -> str:
        """Return the key of an outcome domain that is named by its key or label."""
        return str(self.outcome(name)["outcome"])

    def outcome_label(self, name: str) -> str:
        """Return the label of an outcome domain."""
        return str(self.outcome(name)["label"])
