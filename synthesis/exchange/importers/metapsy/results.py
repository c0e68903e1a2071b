"""Outcome domains, outcome rows and decisions of a Metapsy database."""

from __future__ import annotations

import math
from collections.abc import Sequence

from synthesis.evidence.vocabulary import UNSETTLED
from synthesis.exchange.carried import Carried
from synthesis.exchange.cells import WEEKS_A_MONTH, negated, shown
from synthesis.exchange.importers.arms import weeks_of
from synthesis.exchange.importers.keys import slug
from synthesis.exchange.importers.known_scales import direction_of_event
from synthesis.exchange.importers.legal import Draft
from synthesis.exchange.importers.metapsy.directions import SETTLE, Directions, Scale, scale_of
from synthesis.exchange.importers.metapsy.rows import Comparison
from synthesis.exchange.importers.metapsy.together import versus
from synthesis.exchange.notes import Notes
from synthesis.exchange.root import DataRoot, Row
from synthesis.exchange.source import Source

HEAD_TO_HEAD = "head to head"
TURNED = {
    "higher": "Positive favours the intervention, as the database turns its effects. ",
    "lower": "Negative favours the intervention, as the database turns its effects. ",
}
_FIGURES = {0: ("mean", "sd", "n"), 1: ("change", "change_sd", "change_n")}


class Domains:
    """The outcome domains of a database: its categories, kinds of events beside them, active comparisons apart.

    Parameters
    ----------
    rows : sequence of Comparison
    default : str
        Name of the domain of rows without a category.
    carried : Carried
    source : Source
    directions : Directions
    notes : Notes
    """

    def __init__(
        self,
        rows: Sequence[Comparison],
        default: str,
        carried: Carried,
        source: Source,
        directions: Directions,
        notes: Notes,
    ):
        self.default, self.notes, self.directions = default, notes, directions
        self.names: dict[int, str] = {}
        self.entries: dict[str, Row] = {}
        self._scales: dict[str, list[Scale]] = {}
        self._categories: dict[str, list[str]] = {}
        for row in rows:
            own = carried.of("outcome", source.rows[row.place])
            label = self._label(row)
            name = own.get("outcome") or slug(label, 60) or "outcome"
            self.names[id(row)] = name
            entry = self.entries.setdefault(name, own or {"outcome": name, "label": label, "measure": "RR"})
            self._scales.setdefault(name, []).append(scale_of(row))
            self._categories.setdefault(name, []).append(row.texts["category"] or default)
            if row.given("g") or row.given("mean1") or row.given("change1"):
                entry["measure"] = own.get("measure") or "SMD"
        self._complete()

    def entry(self, name: str) -> Row:
        """Return the codebook's row of a domain."""
        return self.entries[name]

    def of(self, row: Comparison) -> str:
        """Return the domain of a comparison."""
        return self.names[id(row)]

    def _label(self, row: Comparison) -> str:
        kind = row.texts["kind"] if row.apart else ""
        label = " ".join(filter(None, [row.texts["category"] or ("" if kind else self.default), kind])) or self.default
        # A pair of active arms is a domain of its own: "the intervention" is its first arm, and the label says which.
        return f"{label}, {HEAD_TO_HEAD}: {versus(row)}" if row.head_to_head else label

    def _complete(self) -> None:
        for name, entry in self.entries.items():
            if entry.get("role") and entry.get("better") and entry.get("label"):
                continue
            entry.setdefault("label", name)
            entry["role"], entry["better"] = (
                entry.get("role") or "clinical",
                entry.get("better") or self._better(name, entry),
            )
            target = self.directions.target if entry["measure"] == "SMD" else ""
            entry.setdefault("definition", f"{TURNED.get(target, '')}Outcome category of the imported database.")
            message = f"{entry['label']}: entered as {name}, role clinical, measure {entry['measure']}."
            self.notes.add("decided", "outcome_domain", message, column="outcome_category", value=entry["label"])
        if len({entry["label"] for entry in self.entries.values()}) < len(self.entries):
            self.notes.add(
                "undecided", "outcome_domain", "Two domains have one label; tell them apart in the codebook."
            )

    def _better(self, name: str, entry: Row) -> str:
        names = [name, entry["label"], *dict.fromkeys(self._categories[name])]
        if entry["measure"] == "SMD":
            return self.directions.of_domain(names, self._scales[name])
        stated = self.directions.stated
        by_name = next((said for name in names if (said := stated.of_name(name))), "")
        better = by_name or direction_of_event(entry["label"]) or stated.default
        if not better:
            message = f"{entry['label']}: whether more events are better cannot be told, so no side is named."
            self.notes.add("undecided", "outcome_direction", message, value=entry["label"], hint=SETTLE)
        return better or UNSETTLED


def result_draft(
    row: Comparison,
    *,
    key: str,
    file: str,
    domains: Domains,
    carried: Row,
    in_months: bool,
    kind: int | None,
) -> Draft:
    """Return the outcome row of a comparison, its arms still empty.

    Parameters
    ----------
    row : Comparison
    key, file : str
        Its trial, and the source's name.
    domains : Domains
        The outcome domains of the database, with what is known of directions.
    carried : Row
        What the row carries of the contract's own columns; empty in files of other programs.
    in_months : bool
        Whether the column of weeks holds months.
    kind : int or None
        Which figures give the effect: 0 means after treatment, 1 changes, 2 events, None neither.
    """
    outcome, texts, scale = domains.of(row), row.texts, scale_of(row)
    domain, directions = domains.entry(outcome), domains.directions
    instrument = texts["instrument"] or texts["dichotomy"] or texts["kind"] or "instrument not named"
    if scale[1] and directions.scales.get((scale[0], ""), directions.scales[scale]) != directions.scales[scale]:
        instrument = f"{instrument}, {scale[1]}"  # events on a scale point the other way than its scores
    of_scores = domain["measure"] == "SMD"
    better = directions.scales[scale] if of_scores else domain["better"]
    made = {"outcome": outcome, "instrument": instrument, "timepoint_months": _months(row, in_months, domains.notes)}
    turned = of_scores and directions.is_turned(scale)
    made |= _figures(row, kind) | ({} if carried else _estimate(row, turned=turned, ratios=not of_scores))
    made["source"] = f"{file} row {row.line}"
    kept = {name: text for name, text in carried.items() if text and name not in ("outcome", "notes")}
    made |= kept | ({"notes": carried["notes"]} if carried.get("notes") else {})
    tellers = [
        texts["rating"],
        row.extra.get("outcome_subcategory", ""),
        texts["time"],
        texts["dichotomy"],
        texts["kind"],
    ]
    return Draft(
        trial=key,
        row=made,
        line=row.line,
        better=better,
        qualifiers=tellers,
        remarks=[] if carried else row.remarks,
    )


def decide(root: DataRoot, drafts: Sequence[tuple[Draft, Comparison, float]], notes: Notes) -> None:
    """Decide for every row with arm figures and an effect of the database's own that the latter is pooled."""
    groups: dict[tuple[str, ...], list[tuple[Draft, float]]] = {}
    for draft, _, effect in drafts:
        address = tuple(draft.row[name] for name in ("outcome", "instrument", "timepoint_months"))
        groups.setdefault((draft.trial, *address), []).append((draft, effect))
    for (trial, outcome, instrument, time), members in groups.items():
        with_figures = [(draft, effect) for draft, effect in members if math.isfinite(effect)]
        if not with_figures or not all(draft.row.get("estimate") for draft, _ in with_figures):
            continue
        reason = " ".join(_reason(draft, effect) for draft, effect in with_figures)
        columns = {
            f"{'events' if draft.row.get('events_intervention') else 'mean'}_{arm}"
            for draft, _ in with_figures
            for arm in ("intervention", "comparator")
        }
        for column in sorted(columns, reverse=True):
            decision = {"outcome": outcome, "instrument": instrument, "timepoint_months": time, "decision": "set"}
            decision |= {"column": column, "value": "", "reason": reason, "decided_by": "importer of Metapsy databases"}
            root.trials[trial].decisions.append(decision)
    if any(trial.decisions for trial in root.trials.values()):
        message = "The database's own effects are pooled; arm figures are emptied by decisions, not deleted."
        notes.add("decided", "own_effects", message, hint="Pool the arm figures instead with --as-printed.")


def _reason(draft: Draft, effect: float) -> str:
    row = draft.row
    printed = float(row["estimate"])
    apart = abs(effect - printed)
    agrees = "which agrees" if apart <= max(0.02, 0.1 * abs(printed)) else f"which is {apart:.2f} away"
    return (
        f"The database's own effect is used: {row['effect_measure']} {printed:.3f} on the scale as printed"
        f" (standard error {float(row['standard_error']):.3f})"
        if row.get("standard_error")
        else f"The database's own effect is used: {row['effect_measure']} {printed:.3f} on the scale as printed"
    ) + f"; its arm figures give {effect:.3f}, {agrees}."


def _figures(row: Comparison, kind: int | None) -> Row:
    made: Row = {}
    which = 1 if kind == 1 or (kind is None and not row.given("mean1") and row.given("change1")) else 0
    if kind != 2:
        for arm, side in ((1, "intervention"), (2, "comparator")):
            made |= {
                f"{to}_{side}": row.numbers[f"{name}{arm}"]
                for to, name in zip(("mean", "sd", "n"), _FIGURES[which], strict=True)
            }
        if which == 1:
            made["change"] = "yes"
    has_means = bool(made.get("mean_intervention") or made.get("mean_comparator"))
    for arm, side in ((1, "intervention"), (2, "comparator")):
        if not has_means and row.numbers[f"events{arm}"]:
            made[f"events_{side}"] = row.numbers[f"events{arm}"]
            made[f"n_{side}"] = row.numbers[f"total{arm}"]
        made[f"n_{side}"] = made.get(f"n_{side}", "") or row.numbers[f"n{arm}"] or row.numbers[f"total{arm}"]
    _remark_rest(row, made)
    return made


def _remark_rest(row: Comparison, made: Row) -> None:
    """Put figures that found no cell into the notes."""
    for arm, side in ((1, "intervention"), (2, "comparator")):
        cells = {made.get(f"{name}_{side}", "") for name in ("mean", "sd", "n", "events")}
        for name in ("mean", "sd", "n", "change", "change_sd", "change_n", "events", "total"):
            if (value := row.numbers[f"{name}{arm}"]) and value not in cells:
                row.remarks.append(f"{name.replace('_', ' ')} of arm {arm}: {value}")
    for name in ("log_rr", "log_rr_se"):
        if row.given("g", name):
            row.remarks.append(f"{name} {row.numbers[name]}")


def _estimate(row: Comparison, *, turned: bool, ratios: bool) -> Row:
    """Return the database's own effect on the scale as printed: turned back where the scale's effects were turned."""
    if row.given("g") and not (ratios and row.given("log_rr")):
        value = negated(row.numbers["g"]) if turned else row.numbers["g"]
        return {"effect_measure": "SMD", "estimate": value, "standard_error": row.numbers["g_se"]}
    (log_rr,) = row.figures("log_rr")
    if abs(log_rr) < 50:
        return {"effect_measure": "RR", "estimate": shown(math.exp(log_rr)), "standard_error": row.numbers["log_rr_se"]}
    return {}


def _months(row: Comparison, months: bool, notes: Notes) -> str:
    (time,) = row.figures("weeks")
    if time >= 0:
        return shown(time) if months else shown(round(time / WEEKS_A_MONTH, 1))
    printed = weeks_of(row.texts["duration"])
    if printed and time != time:
        message = "No time is given; the printed duration stands in."
        notes.add("undecided", "time", message, row=row.line, column="time_weeks")
        row.remarks.append("time not printed, the duration stands in")
        return shown(round(printed / WEEKS_A_MONTH, 1))
    what = f"is {time:g}, before the start" if time < 0 else "is not given"
    notes.add("undecided", "time", f"The time {what}; 0 stands in.", row=row.line, column="time_weeks")
    row.remarks.append(f"time {what}, 0 stands in")
    return "0"
