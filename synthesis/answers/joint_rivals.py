"""What explains the differences between trials best, over all outcomes at once: fidelity and its rivals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.fidelity import FidelityScores, chosen_score
from synthesis.answers.joint import FIDELITY, Joint, fit_joint, gather_effects, known_in
from synthesis.answers.rivals import MORE_OF, RIVALS, SETTING_IN_WORDS
from synthesis.answers.verdicts import Association
from synthesis.answers.withheld import WITHHELD
from synthesis.choices import LEVEL, PERMUTATIONS, RHO, SCORE, SEED, Score
from synthesis.effects import Effects
from synthesis.errors import NotEstimableError
from synthesis.evidence import Evidence
from synthesis.results import Result
from synthesis.statistics.multiplicity import holm
from synthesis.wording import bare_p, count, interval, listed, number, p_value, share, whole, with_interval

COLUMNS = """
    moderator label k trials slope ci_lb ci_ub df pval_permutation pval_holm association
    fidelity_alone fidelity_alone_lb fidelity_alone_ub fidelity_beside fidelity_beside_lb fidelity_beside_ub
    fidelity_beside_withheld withheld note
""".split()


RIVAL = (
    "{who} found {size} SMD {more} benefit ({level} CI {interval}; {trials}; permutation {p}, {holm} by Holm over "
    "{rivals})"
)
BESIDE = (
    "on the same {trials} the benefit changes from the least to the most faithful trial{score} by {alone} SMD without "
    "it in the model, by {beside} SMD with it"
)
DETECTED = "What goes with benefit more clearly than fidelity, over all outcomes: {rival}; {beside}."
DETECTED_TOO = "What goes with benefit beside fidelity, which does so too, over all outcomes: {rival}; {beside}."
NONE = "No rival of fidelity is detected over all outcomes; nearest comes this: {rival}; {beside}."
NEXT = "Next, not detected once all {n} that were asked are allowed for: {rival}; {beside}."
STANDS_OUT = (
    "Of {looks} looks at fidelity beside a rival, which nobody had declared, the interval leaves out zero beside "
    "{which} SMD."
)
UNTESTED = "No rival of fidelity has trials enough to be tested."


@dataclass(frozen=True, eq=False)
class JointRivals(Result):
    """Fidelity and its rivals in the joint model of all outcomes.

    Attributes
    ----------
    fidelity : Joint
        Fidelity alone, on all trials that are coded.
    alone, beside : dict of Joint
        By rival: the rival alone; fidelity with the rival in the model, whose `alone` is fidelity on the same trials.
    notes : dict of str
        Why a rival has no model.
    level : float

    Examples
    --------
    >>> found = compare_rivals_jointly(evidence, permutations=19)
    >>> list(found.alone)
    ['year', 'severe_mental_illness', 'weeks', 'contacts', 'group', 'active_comparator',
    'high_risk_of_bias', 'reporting_completeness']
    >>> found.detected
    []
    """

    fidelity: Joint
    alone: dict[str, Joint]
    beside: dict[str, Joint]
    notes: dict[str, str]
    level: float

    @property
    def pval_holm(self) -> dict[str, float]:
        """Holm's p of each rival that can be tested, over all rivals: one that cannot counts with p = 1."""
        tested = {name: own.pval_permutation for name, own in self.alone.items() if own.is_testable}
        held = holm([tested.get(name, 1.0) for name in RIVALS])
        return {name: p for name, p in zip(RIVALS, held.tolist(), strict=True) if name in tested}

    @property
    def detected(self) -> list[str]:
        """Rivals detected, the smallest p first: an interval without zero, and Holm's permutation p at the level."""
        held = self.pval_holm
        found = [
            name
            for name, p in held.items()
            if p <= 1 - self.level and self.alone[name].association is Association.DETECTED
        ]
        return sorted(found, key=lambda name: held[name])

    def sentences(self) -> list[str]:
        """Name the rivals that are detected and the next, each with what fidelity does beside it on the same trials."""
        held = self.pval_holm
        if not held:
            return [UNTESTED]
        order = sorted(held, key=lambda name: (held[name], self.alone[name].pval_permutation))
        detected = self.detected
        sentence = DETECTED_TOO if self.fidelity.association is Association.DETECTED else DETECTED
        said = [sentence.format(**self._said(name, held)) for name in detected]
        others = [name for name in order if name not in detected][:1]
        return said + [(NEXT if said else NONE).format(**self._said(name, held), n=len(RIVALS)) for name in others]

    def stands_out_beside(self) -> list[str]:
        """Name the rivals beside which the interval of fidelity leaves out zero: looks that nobody had declared."""
        looks = {name: own for name, own in self.beside.items() if own.is_testable}
        span = self.fidelity.span
        out = []
        for name, own in looks.items():
            if own.wider[0] > 0 or own.wider[1] < 0:
                change = with_interval(*(span * end for end in (own.slope, *own.wider)), signed=True)
                out.append(f"{RIVALS[name].split(' (')[0]}, {change}")
        return [STANDS_OUT.format(looks=len(looks), which=listed(out))] if out else []

    def _said(self, name: str, held: Mapping[str, float]) -> dict[str, str]:
        own = self.alone[name]
        low, high = sorted(np.sign(own.slope) * np.array(own.wider))
        rival = RIVAL.format(
            who=MORE_OF[name],
            size=number(abs(own.slope)),
            more="more" if own.slope > 0 else "less",
            level=share(own.level),
            interval=interval(low, high),
            trials=count(own.trials, "trial"),
            p=p_value(own.pval_permutation),
            holm=bare_p(held[name]),
            rivals=count(len(RIVALS), "rival"),
        )
        return {"rival": rival, "beside": self._beside(name)}

    def _beside(self, name: str) -> str:
        two = self.beside.get(name)
        if two is None or not two.is_testable:
            return "fidelity cannot be tested beside it"
        span = self.fidelity.span
        return BESIDE.format(
            trials=count(two.trials, "trial"),
            alone=with_interval(*(span * end for end in (two.alone, two.alone_lb, two.alone_ub)), signed=True),
            beside=with_interval(*(span * end for end in (two.slope, *two.wider)), signed=True),
            score=f" on the {self.fidelity.score} score" if self.fidelity.score in ("described", "calibrated") else "",
        )

    @property
    def table(self) -> pd.DataFrame:
        """One row a rival, in the order of `rivals.RIVALS`."""
        held = self.pval_holm
        rows = []
        for name, label in RIVALS.items():
            row: dict[str, Any] = {"moderator": name, "label": label, "note": self.notes.get(name, "")}
            if name in self.alone:
                own = self.alone[name]
                row |= {key: getattr(own, key) for key in ("k", "trials", "slope", "df", "pval_permutation")}
                row |= {"ci_lb": own.ci_lb_wider, "ci_ub": own.ci_ub_wider, "pval_holm": held.get(name, np.nan)}
                row |= {"association": own.association, "withheld": list(own.withheld)}
            if name in self.beside:
                two = self.beside[name]
                row |= {"fidelity_alone": two.alone, "fidelity_beside": two.slope}
                row |= {"fidelity_alone_lb": two.alone_lb, "fidelity_alone_ub": two.alone_ub}
                row |= {"fidelity_beside_lb": two.ci_lb_wider, "fidelity_beside_ub": two.ci_ub_wider}
                row |= {"fidelity_beside_withheld": list(two.withheld)}
            rows.append(row)
        return pd.DataFrame(rows, columns=COLUMNS)

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table

    def to_dict(self) -> dict[str, Any]:
        """Return fidelity's model and the table's rows."""
        return {"level": self.level, "detected": self.detected, "fidelity": self.fidelity.to_dict()} | {
            "rows": self.table.to_dict("records")
        }

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows: each rival, and fidelity without it and beside it on the same trials."""
        table, span = self.table, self.fidelity.span
        is_held = table["withheld"].map(lambda codes: isinstance(codes, list) and not codes)
        both = table["fidelity_beside_withheld"].map(lambda codes: isinstance(codes, list) and not codes)

        def said(names: str, kept: pd.Series, per: float = 1.0) -> list[str]:
            numbers = table[names.split()].astype(float).where(kept) * per
            return [with_interval(*values, signed=True) for values in numbers.to_numpy(float)]

        held = [
            f"{listed([WITHHELD[code] for code in codes])}: not shown" if isinstance(codes, list) and codes else ""
            for codes in table["withheld"]
        ]
        why = np.where(table["note"].ne(""), table["note"], held)
        return pd.DataFrame(
            {
                "Explained by": table["label"],
                "Trials": table["trials"].map(whole),
                f"Slope ({share(self.level)} CI)": said("slope ci_lb ci_ub", is_held),
                "Permutation p": [
                    bare_p(p) if ok else "" for p, ok in zip(table["pval_permutation"], is_held, strict=True)
                ],
                "Holm": [bare_p(p) if ok else "" for p, ok in zip(table["pval_holm"], is_held, strict=True)],
                "Fidelity alone, same trials": said("fidelity_alone fidelity_alone_lb fidelity_alone_ub", both, span),
                "Fidelity beside it": said("fidelity_beside fidelity_beside_lb fidelity_beside_ub", both, span),
                "Note": why,
            }
        )

    def __str__(self) -> str:
        found = ", ".join(RIVALS[name] for name in self.detected) or "none"
        return f"{count(len(self.alone), 'rival')} of fidelity over all outcomes; detected: {found}"


def compare_rivals_jointly(
    evidence: Evidence,
    *,
    score: Score = SCORE,
    effects: Mapping[str, Effects] | None = None,
    scores: FidelityScores | None = None,
    rho: float = RHO,
    level: float = LEVEL,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> JointRivals:
    """Fit the joint model with fidelity, with each rival alone, and with fidelity beside each rival.

    Parameters
    ----------
    evidence, score, effects, scores, rho, level, permutations, seed
        As in `joint`.

    Returns
    -------
    JointRivals

    Raises
    ------
    NotEstimableError
        Where fidelity alone has no joint model.

    Examples
    --------
    >>> found = compare_rivals_jointly(evidence, permutations=19)
    >>> found.table[["label", "slope"]].round(2).head(3)
                                         label  slope
    0  year of the main report (per ten years)   0.14
    1        people with severe mental illness  -0.11
    2           planned length (per half year)  -0.07
    """
    score = chosen_score(score)
    gathered = gather_effects(evidence, effects=effects, scores=scores)
    return rivals_in(gathered, score=score, rho=rho, level=level, permutations=permutations, seed=seed)


def rivals_in(
    gathered: pd.DataFrame, *, score: Score = SCORE, known: JointRivals | None = None, **options: Any
) -> JointRivals:
    """Compare the rivals on gathered effects; as `compare_rivals_jointly`.

    Parameters
    ----------
    gathered : pandas.DataFrame
        From `gather_effects`.
    known : JointRivals, optional
        The same with another score: rivals alone are those.
    """
    fidelity = fit_joint(known_in(gathered, [FIDELITY], score), FIDELITY, score=score, **options)
    alone: dict[str, Joint] = {} if known is None else dict(known.alone)
    beside: dict[str, Joint] = {}
    notes = {"setting": SETTING_IN_WORDS}
    for name in RIVALS:
        if name in notes:
            continue
        try:
            if name not in alone:
                alone[name] = fit_joint(known_in(gathered, [name]), name, **options)
            both = known_in(gathered, [FIDELITY, name], score)
            beside[name] = fit_joint(both, FIDELITY, [name], score=score, **options)
        except NotEstimableError as error:
            notes[name] = str(error)
    return JointRivals(fidelity=fidelity, alone=alone, beside=beside, notes=notes, level=fidelity.level)
