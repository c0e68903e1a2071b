"""What the trials' texts say of harms, people lost and costs, and how many say nothing."""

from __future__ import annotations

from synthesis.evidence import Evidence
from synthesis.evidence.vocabulary import HARMS
from synthesis.wording import count, listed, lower_first

NOT_COLLECTED = "Harms, drop-out and costs have not been collected for these trials."
COLLECTED = (
    "The texts that were read say something on harms, drop-out, take-up or costs for {some} of {trials}; for the other "
    "{silent} nothing was found, which is not the same as no harm."
)
KINDS = "By kind, in trials: {kinds}."
INFERRED = "{inferred} of the {findings} were worked out or inferred here, not printed; the table marks them."
NOT_POOLED = "They are listed, not pooled: too few trials report any one of them in the same way."


def describe_harms(evidence: Evidence) -> list[str]:
    """Say how much is known of what peer work may cost, a sentence each.

    Parameters
    ----------
    evidence : Evidence

    Returns
    -------
    list of str
        One sentence where nothing was collected.

    Examples
    --------
    >>> print(describe_harms(evidence)[0])
    The texts that were read say something on harms, drop-out, take-up or costs for 55 of 97
    trials; for the other 42 nothing was found, which is not the same as no harm.
    """
    rows = evidence.harms
    if rows.empty:
        return [NOT_COLLECTED]
    some, trials = rows["trial"].nunique(), len(evidence.trials)
    by_kind = rows.groupby("what")["trial"].nunique()
    kinds = [f"{lower_first(words)} {by_kind[code]}" for code, words in HARMS.items() if code in by_kind]
    said = [
        COLLECTED.format(some=some, trials=count(trials, "trial"), silent=trials - some),
        KINDS.format(kinds=listed(kinds)),
    ]
    inferred = int((rows["derived"].eq("yes") & rows["figures"].ne("")).sum())
    if inferred:
        said.append(INFERRED.format(inferred=inferred, findings=count(len(rows), "finding")))
    return [*said, NOT_POOLED]
