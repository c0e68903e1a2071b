"""Import a database of the Metapsy data standard as it is found in the wild.

The database's own effect is what is pooled. Arm figures stand in the tables as printed, and a decision beside each
empties them for the pool, with the recomputed effect in its reason: `--as-printed` pools the arm figures instead, and
every report shows both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from synthesis.evidence.contract import TRIAL_NAME
from synthesis.exchange.archive import is_archive
from synthesis.exchange.bibtex import title_of
from synthesis.exchange.carried import KEY, Carried, restore_tables
from synthesis.exchange.cells import clean
from synthesis.exchange.importers.arms import arm_key, comparator_type, fill, modality, weeks_of
from synthesis.exchange.importers.bias import add_judgements, bias_columns, bias_columns_not_read
from synthesis.exchange.importers.keys import TrialKeys, same_name
from synthesis.exchange.importers.legal import Draft, close_notes, make_distinct, make_legal
from synthesis.exchange.importers.metapsy.directions import read_directions, recompute, scale_of
from synthesis.exchange.importers.metapsy.effects import settle_effects, split_halves, weeks_are_months
from synthesis.exchange.importers.metapsy.results import Domains, decide, result_draft
from synthesis.exchange.importers.metapsy.rows import KNOWN, NEEDED, Comparison, read_comparisons
from synthesis.exchange.importers.metapsy.together import (
    active_conditions,
    in_one_order,
    is_head_to_head,
    with_own_domains,
    without_mirrors,
)
from synthesis.exchange.importers.metapsy.trials import enter_trial, references_beside
from synthesis.exchange.importers.result import Import, without_collection
from synthesis.exchange.importers.stated import Stated
from synthesis.exchange.notes import Notes
from synthesis.exchange.root import DataRoot, Trial, cite
from synthesis.exchange.source import Source, normalised, read_bytes, read_source, refused
from synthesis.exchange.wrong_kind import refuse_wrong_kinds
from synthesis.files import new_folder

COMMAND = "synthesis import metapsy"


def import_metapsy(
    source: Path | str,
    output: Path | str,
    *,
    outcome: str = "outcome",
    better: Iterable[str] | str = (),
) -> Import:
    """Turn a Metapsy database into a data root.

    Parameters
    ----------
    source : path
        The CSV file; `references.json` beside it, or in a folder `metadata`, is read too.
    output : path
        The data root to make, with `references.bib` and `import/import_report.csv` in it.
    outcome : str
        Name of the outcome domain of rows without an outcome category.
    better : str or iterable of str
        Which direction is good, where the file does not tell: `"lower"`, or `"NAME=lower"` for one scale or outcome.

    Returns
    -------
    Import

    Raises
    ------
    DataError
        When the file cannot be read as such a database.
    DestinationError
        When something of someone else's stands at `output`.
    ChoiceError
        For a direction that does not exist, or one of a name that the file does not have.
    """
    source, output, notes, stated = Path(source), Path(output), Notes(), Stated.read(better)
    with without_collection(), new_folder(output, made_by=COMMAND) as folder:
        known = {normalised(name) for name in KNOWN} | {normalised(KEY)}
        content = read_bytes(source)
        refuse_wrong_kinds(source, content, wanted="A Metapsy database is one table: metapsy takes a CSV file.")
        if is_archive(content):
            raise refused(source, "unreadable", "This is a ZIP archive.", hint="Unpack it and give the CSV file in it.")
        what = "table in the Metapsy standard"
        table = read_source(source, notes, known=known, needed=NEEDED, what=what, content=content)
        root = build_root(table, references_beside(source, notes), notes, outcome=outcome, stated=stated)
        root.write(folder, notes, {"format": "metapsy", "source": table.file, "sha256": table.sha256})
    return Import.of(output, root, notes)


def build_root(
    source: Source,
    references: dict[str, str],
    notes: Notes,
    *,
    outcome: str = "outcome",
    stated: Stated | None = None,
) -> DataRoot:
    """Build the data root of a database that was read."""
    stated = stated or Stated()
    carried, bias = Carried(source), bias_columns(source)
    bias_columns_not_read(source, bias, notes)
    rows = read_comparisons(source, frozenset(bias) | frozenset(carried.places.values()), notes)
    settle_effects(rows, notes)
    if not carried:
        split_halves(rows, notes)
        rows = without_mirrors(rows, notes)
        active = active_conditions(rows)
        for row in rows:
            row.head_to_head = is_head_to_head(row, active)
        in_one_order(rows, notes)
        rows = with_own_domains(rows, notes)
    effects = recompute(rows) if rows else np.empty((0, 2))
    directions = read_directions(rows, effects, stated, notes)
    domains = Domains(rows, outcome, carried, source, directions, notes)
    stated.refuse_strangers()
    months = weeks_are_months(rows, notes)

    root, keys = DataRoot(), TrialKeys()
    members: dict[str, list[Comparison]] = {}
    drafts: list[tuple[Draft, Comparison, float]] = []
    for row, (effect, kind) in zip(rows, effects, strict=True):
        cells = source.rows[row.place]
        key = _key(row, keys, references, carried.of("trial", cells).get("key", ""))
        trial = root.trials.setdefault(key, Trial())
        members.setdefault(key, []).append(row)
        draft = result_draft(
            row,
            key=key,
            file=source.file,
            domains=domains,
            carried=carried.of("outcomes", cells),
            in_months=months,
            kind=int(kind) if kind == kind else None,
        )
        draft.row |= dict(zip(("intervention_arm", "comparator_arm"), _arms(row, trial, carried, cells), strict=True))
        drafts.append((draft, row, effect))

    for key, of_trial in members.items():
        cells = carried.of("trial", source.rows[of_trial[0].place])
        enter_trial(root, key, of_trial, cells, references, notes)
        add_judgements(root.trials[key], key, source, bias, [row.place for row in of_trial], notes)
    _finish(root, drafts, domains, carried, source, notes)
    for key, of_trial in members.items():
        restore_tables(root, key, carried, source.rows[of_trial[0].place], of_trial[0].line, notes)
    cite(root)
    _note_comparators(root, notes)
    return root


def _key(row: Comparison, keys: TrialKeys, references: dict[str, str], wanted: str) -> str:
    study = row.texts["study"]
    title = title_of(references.get(study, "") or row.texts["reference"])
    wanted = wanted if TRIAL_NAME.fullmatch(wanted) and len(wanted) <= 100 else ""
    return keys.key(
        study, year=row.texts["year"][:4] if row.texts["year"].isdecimal() else "", title=title, wanted=wanted
    )


def _arms(row: Comparison, trial: Trial, carried: Carried, cells: list[str]) -> list[str]:
    found = []
    for arm, role in ((1, "intervention"), (2, "comparator")):
        own = carried.of(f"arm{arm}", cells)
        if own.get("arm") and own.get("label") and trial.arms.get(own["arm"], own).get("role", role) == role:
            found.append(own["arm"])
            trial.arms.setdefault(own["arm"], own | {"role": role})
            continue
        condition, multi = row.texts[f"condition{arm}"] or "not named", row.texts[f"multi{arm}"]
        label = condition if not multi or same_name(multi) == same_name(condition) else f"{condition} ({multi})"
        key = arm_key(trial, role, label)
        if role == "comparator" and (kind := comparator_type(condition)):
            fill(trial.arms[key], "comparator_type", kind)
        if role == "intervention":
            _describe(trial.arms[key], row)
        if row.numbers[f"randomised{arm}"]:
            fill(trial.arms[key], "n_randomised", row.numbers[f"randomised{arm}"])
        found.append(key)
    return found


def _describe(arm: dict[str, str], row: Comparison) -> None:
    met, weeks = modality(row.texts["format"]), weeks_of(row.texts["duration"])
    if row.texts["format"] and not (met and fill(arm, "modality", met)):
        row.extra.setdefault("format", row.texts["format"])
    if row.texts["duration"] and not (weeks and fill(arm, "duration_weeks", f"{weeks:.4g}")):
        row.extra.setdefault("duration", row.texts["duration"])


def _finish(
    root: DataRoot,
    drafts: Sequence[tuple[Draft, Comparison, float]],
    domains: Domains,
    carried: Carried,
    source: Source,
    notes: Notes,
) -> None:
    """Tell rows apart, make them legal, enter their codebook and the decisions about them."""
    only = [draft for draft, _, _ in drafts]
    make_distinct(only, notes)
    make_legal(only, notes)
    for draft, row, _ in drafts:
        extra = "; ".join(f"{name}: {text}" for name, text in row.extra.items())
        close_notes(draft, extra)
        draft.row["notes"] = clean(draft.row["notes"])
        root.trials[draft.trial].outcomes.append(draft.row)
        own = carried.of("instrument", source.rows[row.place])
        name, outcome = draft.row["instrument"], draft.row["outcome"]
        made = {"better": draft.better} | own | {"instrument": name, "outcome": outcome}
        root.instruments.setdefault((name, outcome), made)
        root.outcomes.setdefault(outcome, domains.entry(outcome))
    if not carried:
        # The first scale listed stands for a comparison that several measured: scores before events.
        of_events = {(draft.row["instrument"], draft.row["outcome"]) for draft, row, _ in drafts if scale_of(row)[1]}
        root.instruments = dict(sorted(root.instruments.items(), key=lambda item: item[0] in of_events))
        decide(root, drafts, notes)


def _note_comparators(root: DataRoot, notes: Notes) -> None:
    unknown = {
        arm["label"]
        for trial in root.trials.values()
        for arm in trial.arms.values()
        if arm["role"] == "comparator" and not arm.get("comparator_type")
    }
    for label in sorted(unknown):
        message = f"{label}: its name does not say what the comparator received; comparator_type is left empty."
        notes.add("undecided", "comparator_type", message, column="condition_arm2", value=label)
