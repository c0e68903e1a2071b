"""Overall: what the five domains add up to, beside what people judged; several borderline domains need not add up.

Trials that were randomised start high [guyatt2025core1]. The sum is arithmetic and no judgement; it exists only where
people have decided all five domains.
"""

from __future__ import annotations

from collections.abc import Mapping

from synthesis.answers.grading.judged import Judged
from synthesis.answers.grading.suggestion import Suggestion
from synthesis.evidence.certainty import CERTAINTIES, CONCERN_DOMAINS, CONCERNS, GRADE_DOMAINS
from synthesis.wording import count, listed, lower_first

START = "high"
INCOMPLETE = "Nobody has decided {domains} yet, so there is no sum."
SUM = "Randomised trials start high; {levels} down gives {certainty}. That is arithmetic; the judgement may differ."
DUE_TO = "due to {reasons}"
UNREDUCED = "nothing was rated down"


def arithmetic(judged: Mapping[str, Judged]) -> str:
    """Return the code of the certainty that the deciding rows of the five domains add up to; empty where one lacks.

    Parameters
    ----------
    judged : mapping of str to Judged
        Deciding rows by domain.
    """
    if any(domain not in judged for domain in CONCERN_DOMAINS):
        return ""
    level = CERTAINTIES[START].level + sum(CONCERNS[judged[domain].judgement].levels for domain in CONCERN_DOMAINS)
    by_level = {certainty.level: code for code, certainty in CERTAINTIES.items()}
    return by_level[max(level, min(by_level))]


def suggest_overall(judged: Mapping[str, Judged]) -> Suggestion:
    """Say what the domains add up to, where people have decided all of them."""
    added = arithmetic(judged)
    if not added:
        missing = [lower_first(GRADE_DOMAINS[name].words) for name in CONCERN_DOMAINS if name not in judged]
        return Suggestion("overall", "cannot_suggest", "incomplete", INCOMPLETE.format(domains=listed(missing)))
    down = -sum(CONCERNS[judged[name].judgement].levels for name in CONCERN_DOMAINS)
    said = SUM.format(levels=count(down, "level"), certainty=CERTAINTIES[added].words)
    return Suggestion("overall", added, "sum", said, {"levels": -down})


def reasons_in_words(judged: Mapping[str, Judged]) -> str:
    """Say due to what people rated the certainty down: "due to serious risk of bias and serious imprecision".

    Empty where nobody has decided it overall; where no domain explains it, the reason of the overall row.
    """
    overall = judged.get("overall")
    if overall is None:
        return ""
    down = [
        f"{CONCERNS[own.judgement].words} {GRADE_DOMAINS[name].reason}"
        for name in CONCERN_DOMAINS
        if (own := judged.get(name)) is not None and CONCERNS[own.judgement].levels < 0
    ]
    if down:
        return DUE_TO.format(reasons=listed(down))
    return UNREDUCED if all(name in judged for name in CONCERN_DOMAINS) else overall.reason
