"""What stands beside the choices taken one at a time: the share of all their combinations."""

from __future__ import annotations

from synthesis.answers.multiverse.space import multiverse
from synthesis.answers.multiverse.statement import share_sentence
from synthesis.answers.verdicts import TRIALS_PER_COVARIATE
from synthesis.effects import Effects
from synthesis.evidence import Evidence


def share_beside(effects: Effects, evidence: Evidence) -> str:
    """Say where all combinations of the declared choices lie, for outcomes with ten trials or more.

    Parameters
    ----------
    effects : Effects
        Of the main analysis.
    evidence : Evidence
        What they were computed from.

    Returns
    -------
    str
        Empty with fewer trials, where nobody has settled which direction is good, and for another measure than the
        outcome's own.

    Examples
    --------
    >>> print(share_beside(effects, evidence))
    15 choices that somebody could make otherwise were crossed: 405,504 combinations, 3,520 of
    which have numbers of their own. All of those with an answer lean towards peer support. The
    interval leaves out zero in favour of peer support in 95% of them, in favour of the comparison
    in none.
    """
    own = str(evidence.codebook.outcome(effects.outcome)["measure"])
    if effects.n_trials < TRIALS_PER_COVARIATE or not effects.is_settled or effects.measure != own:
        return ""
    return share_sentence(multiverse(evidence, effects.outcome, permutations=0).run(workers=1))
