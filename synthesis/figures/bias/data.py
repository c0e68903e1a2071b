"""What the pictures of bias say, made once: each pooled trial's judgements by tool and domain, and its weight.

Every trial and every domain of a tool in use is shown; what nobody judged is a judgement of its own and never left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from synthesis.answers.pooling import PooledEffect
from synthesis.answers.verdicts import is_enough
from synthesis.errors import SynthesisError
from synthesis.evidence import Evidence
from synthesis.evidence.vocabulary import DOMAINS, JUDGEMENTS, OVERALL, TOOLS

UNKNOWN = "{what} {value} in row {row} of {file} has no place in the picture. {known}"
KNOWN = "Known are {names}."
NOBODY = ""  # the code of what nobody judged, as `parts.risk_of_bias.SIGNS` has it


@dataclass(frozen=True, eq=False)
class Block:
    """The trials judged with one tool.

    Attributes
    ----------
    tool : str
        Code of `TOOLS`.
    judgements : pandas.DataFrame of str
        Trials (index: keys, in the pool's order) by the tool's domains; empty where nobody judged.
    labels : list of str
        Of the trials.
    """

    tool: str
    judgements: pd.DataFrame
    labels: list[str]

    @property
    def n_judged(self) -> int:
        """How many of the trials have a judgement with this tool."""
        return int(self.judgements.ne(NOBODY).any(axis=1).sum())


@dataclass(frozen=True, eq=False)
class BiasData:
    """The content of the pictures of bias.

    Attributes
    ----------
    outcome : str
        Label of the outcome.
    weights : pandas.Series
        Percent of the pool's weight, by trial in the pool's order.
    labels : dict of str
        By trial.
    overall : pandas.Series of str
        The overall judgement of each trial, the most severe of any tool.
    blocks : tuple of Block
        One a tool in use, the most used first; trials that nobody judged stand in the first.
    assessors : dict of str
        Who judged, by trial.
    weighted : bool
        Whether enough trials were pooled for their weights to mean anything.
    """

    outcome: str
    weights: pd.Series
    labels: dict[str, str]
    overall: pd.Series
    blocks: tuple[Block, ...]
    assessors: dict[str, str]
    weighted: bool

    @property
    def is_judged(self) -> bool:
        """Whether anybody judged any of the trials."""
        return bool(self.blocks)

    def shares(self, judgements: pd.Series) -> dict[str, float]:
        """Return the percent of the pool's weight behind each judgement that occurs, unjudged weight included.

        Parameters
        ----------
        judgements : pandas.Series of str
            By trial; a trial that is not in it was not judged.
        """
        everywhere = judgements.reindex(self.weights.index).fillna(NOBODY)
        by_judgement = self.weights.groupby(everywhere.to_numpy(str)).sum()
        return {code: float(by_judgement[code]) for code in (*JUDGEMENTS, NOBODY) if code in by_judgement.index}

    @cached_property
    def bars(self) -> list[tuple[str, str, dict[str, float]]]:
        """Each bar: tool (empty for overall), domain, and its shares; overall first, then tool by tool."""
        rows = [("", OVERALL, self.shares(self.overall))]
        return rows + [
            (block.tool, domain, self.shares(block.judgements[domain]))
            for block in self.blocks
            for domain in block.judgements
            if domain != OVERALL
        ]


def bias_data(pooled: PooledEffect, evidence: Evidence) -> BiasData:
    """Collect what the pictures of bias say of the trials in a pool.

    Parameters
    ----------
    pooled : PooledEffect
    evidence : Evidence
        With the trials' judgements.

    Raises
    ------
    SynthesisError
        For a tool, a domain or a judgement that has no place in the picture; names file and row.
    """
    trials = pooled.trials()
    weights = trials.groupby("trial", sort=False)["weight"].sum()
    labels = dict(zip(trials["trial"], trials["label"], strict=True))
    outcome, everyone = pooled.effects.outcome, evidence.risk_of_bias
    judged = evidence.worst_judgements(weights.index, outcome)
    _refuse_strangers(judged)
    tools = judged.groupby("tool", sort=False)["trial"].nunique().sort_values(ascending=False, kind="stable").index
    nobody = [trial for trial in weights.index if trial not in set(judged["trial"])]
    blocks = []
    for tool in tools:
        wide = judged[judged["tool"].eq(tool)].set_index(["trial", "domain"])["judgement"].unstack("domain")
        here = [trial for trial in weights.index if trial in wide.index or (tool == tools[0] and trial in nobody)]
        # RoB 2 always has an overall judgement; the older tool had none of its own, so there it is shown where given.
        domains = [name for name in DOMAINS[tool] if name != OVERALL or OVERALL in wide]
        table = wide.reindex(index=here, columns=domains).astype(object).fillna(NOBODY)
        blocks.append(Block(tool, table, [labels[trial] for trial in here]))
    return BiasData(
        outcome=pooled.effects.outcome_label,
        weights=weights,
        labels=labels,
        overall=pd.Series(evidence.overall_risk_of_bias(weights.index, outcome), dtype="str"),
        blocks=tuple(blocks),
        assessors=everyone.groupby("trial")["assessor"].agg(lambda names: "; ".join(dict.fromkeys(names))).to_dict(),
        weighted=is_enough(pooled.effects),
    )


def _refuse_strangers(judged: pd.DataFrame) -> None:
    """Refuse what would silently not be drawn."""
    for row in judged.to_dict("records"):
        for what, known in (("tool", TOOLS), ("domain", DOMAINS.get(row["tool"], ())), ("judgement", JUDGEMENTS)):
            if row[what] not in known:
                names = KNOWN.format(names=", ".join(known))
                raise SynthesisError(
                    UNKNOWN.format(what=what, value=row[what], row=row["row"], file=row["file"], known=names)
                )
