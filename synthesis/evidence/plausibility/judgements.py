"""An overall judgement of bias below one of the domains it sums up."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from synthesis.errors import Finding
from synthesis.evidence.findings import report
from synthesis.evidence.reading import RawEvidence
from synthesis.evidence.vocabulary import DOMAINS

_RANKS = {"low": 0, "some_concerns": 1, "unclear": 1, "high": 2}


def doubt_judgements(raw: RawEvidence, faulty: Collection[tuple[str, int | None]]) -> list[Finding]:
    """Doubt overall judgements better than the worst domain of one trial, tool, assessor and result [sterne2019].

    Parameters
    ----------
    raw : RawEvidence
        A data root as read.
    faulty : collection of (str, int)
        File and row of what breaks the contract; not judged.
    """
    rows = raw.tables["risk_of_bias"].fillna("")
    sound = [place not in faulty for place in zip(rows["file"], rows["row"], strict=True)]
    rows = rows[pd.Series(sound, rows.index, dtype=bool)]
    rows = rows.assign(rank=rows["judgement"].map(_RANKS).astype(float))
    known = pd.Series(False, rows.index)
    for tool, domains in DOMAINS.items():
        known |= rows["tool"].eq(tool) & rows["domain"].isin(domains)
    rows = rows[known & rows["rank"].notna()]
    overall = rows["domain"].eq("overall")
    if not overall.any() or overall.all():
        return []
    key = ["trial", "tool", "assessor", "outcome"]
    worst = rows[~overall].sort_values("rank", kind="stable").groupby(key)[["domain", "judgement", "rank"]].last()
    judged = rows[overall].join(worst.add_suffix("_worst"), on=key)
    return report(
        "overall_below_domains",
        judged[judged["rank"] < judged["rank_worst"]],
        table="risk_of_bias",
        column="judgement",
        message="The overall judgement is {judgement}; {domain_worst} is {judgement_worst}.",
        hint="An overall judgement is no better than its worst domain. Check both, or say in suspicions.csv why it "
        "stands.",
    )
