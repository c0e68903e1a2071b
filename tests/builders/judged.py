"""Pools whose trials are judged for bias with either tool, or by nobody."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from builders.roots import build_evidence, means
from synthesis.answers.pooling import PooledEffect, pool
from synthesis.effects import compute_effects
from synthesis.evidence import Evidence
from synthesis.evidence.vocabulary import DOMAINS


def judged(folder, judgements: Mapping[str, Mapping[str, str]], k: int = 4) -> tuple[PooledEffect, Evidence]:
    """Return a pool of k trials (oak01sample to ...) and the evidence, with rows of judgements.

    Parameters
    ----------
    folder : pathlib.Path
    judgements : dict
        Trial's number as text ("1") -> "tool:domain" or a tool with six letters for RoB 2's domains in order.
    k : int
    """
    names = {str(i): f"oak{2001 + i}sample" for i in range(1, k + 1)}
    rows = [means(10 + i, 3, 20 + 10 * i, 9, 3, 20 + 10 * i, trial=name) for i, name in enumerate(names.values())]
    evidence = build_evidence(folder, rows)
    records = [
        {"trial": names[trial], "tool": tool, "domain": domain, "judgement": code, "assessor": "Sample 2020"}
        | {"source": "", "outcome": "", "reason": "", "file": f"data/trials/{names[trial]}/risk_of_bias.csv", "row": i}
        for trial, given in judgements.items()
        for i, (tool, domain, code) in enumerate(_rows(given), 2)
    ]
    table = pd.DataFrame(records, columns=evidence.risk_of_bias.columns)
    evidence = evidence.__class__(**vars(evidence) | {"risk_of_bias": table})
    return pool(compute_effects(evidence, "recovery")), evidence


def _rows(given):
    words = {"L": "low", "S": "some_concerns", "U": "unclear", "H": "high"}
    for key, value in given.items():
        if ":" in key:
            yield (*key.split(":"), value)
        else:
            yield from ((key, domain, words[letter]) for domain, letter in zip(DOMAINS[key], value, strict=True))
