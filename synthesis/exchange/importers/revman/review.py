"""Import the data package of a published Cochrane review: its data rows, with the settings beside them where there are.

Each analysis becomes an outcome domain. Effects are computed from the arm figures; the effect and interval that the
review prints stand beside them as estimate, ci_lower and ci_upper, which is the cross-check.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from synthesis.evidence.contract import TRIAL_NAME
from synthesis.evidence.vocabulary import NO_COUNTRY
from synthesis.exchange.bibtex import make_stub
from synthesis.exchange.carried import Carried, restore_tables
from synthesis.exchange.cells import clean, whole
from synthesis.exchange.importers.arms import arm_key
from synthesis.exchange.importers.bias import add_judgements, bias_columns
from synthesis.exchange.importers.keys import TrialKeys, read_label, study_year
from synthesis.exchange.importers.legal import Draft, make_distinct, make_legal
from synthesis.exchange.importers.result import Import, without_collection
from synthesis.exchange.importers.revman.analyses import read_analyses
from synthesis.exchange.importers.revman.package import Package, read_package
from synthesis.exchange.importers.revman.printed_pool import compare_printed_pools
from synthesis.exchange.importers.revman.results import finish_row, result_draft
from synthesis.exchange.importers.revman.rows import DataRows, read_rows
from synthesis.exchange.importers.revman.studies import enter_information, enter_judgements
from synthesis.exchange.importers.stated import Stated
from synthesis.exchange.notes import Notes
from synthesis.exchange.root import DataRoot, Row, Trial, cite
from synthesis.files import new_folder

COMMAND = "synthesis import revman"


def import_revman(source: Path | str, output: Path | str, *, better: Iterable[str] | str = ()) -> Import:
    """Turn the data package of a Cochrane review, or a file of RevMan 5, into a data root.

    Parameters
    ----------
    source : path
        `<CD>-data-rows.csv`, with settings, study information and judgements beside it where they are there; the folder
        or the ZIP archive of the package; or an `.rm5` file.
    output : path
        The data root to make, with `references.bib` and `import/import_report.csv` in it.
    better : str or iterable of str
        Which direction is good, where the plots' labels do not tell: `"lower"`, or `"NAME=lower"` for one analysis.

    Returns
    -------
    Import

    Raises
    ------
    DataError
        When the file cannot be read as data rows.
    DestinationError
        When something of someone else's stands at `output`.
    ChoiceError
        For a direction that does not exist, or one of an analysis that the review does not have.
    """
    source, output, notes, stated = Path(source), Path(output), Notes(), Stated.read(better)
    with without_collection(), new_folder(output, made_by=COMMAND) as folder:
        package = read_package(source, notes)
        root = build_root(package, notes, stated)
        root.write(folder, notes, {"format": "revman", "source": package.rows.file, "sha256": package.rows.sha256})
    return Import.of(output, root, notes)


def build_root(package: Package, notes: Notes, stated: Stated | None = None) -> DataRoot:
    """Build the data root of a package that was read."""
    source, stated = package.rows, stated or Stated()
    carried, bias = Carried(source), bias_columns(source)
    supports = {place for place, name in enumerate(source.header) if name.endswith("_support")}
    rows = read_rows(source, frozenset(bias) | frozenset(carried.places.values()) | supports, notes)
    if supports:
        message = f"{len(supports)} columns with the reasons of judgements of bias have no place in the contract."
        notes.add("left_out", "bias_reasons", message)
    analyses = read_analyses(rows, source, package.settings, carried, stated, notes)
    stated.refuse_strangers()
    root, keys = DataRoot(), TrialKeys()
    members: dict[str, list[int]] = {}
    drafts: list[tuple[Draft, int]] = []
    for analysis in analyses:
        root.outcomes.setdefault(analysis.entry["outcome"], analysis.entry)
    of_row = {int(place): analysis for analysis in analyses for place in analysis.members}
    seen: Counter[tuple[str, str]] = Counter()
    for place in range(len(rows)):
        study = rows.texts["study"][place]
        if not study:
            notes.add("left_out", "no_study", "The row names no study; left out.", row=rows.lines[place])
            continue
        own = carried.of("trial", source.rows[place])
        key = keys.key(study, year=_year(rows, place), wanted=_wanted(own.get("key", "")))
        trial = root.trials.setdefault(key, Trial())
        members.setdefault(key, []).append(place)
        cells, analysis = source.rows[place], of_row[place]
        own = carried.of("outcomes", cells)
        draft = result_draft(rows, place, key=key, analysis=analysis, carried=own, file=source.file)
        seen[key, draft.row["outcome"]] += 1
        arms = [carried.of(f"arm{arm}", cells) for arm in (1, 2)]
        again = seen[key, draft.row["outcome"]] > 1
        _set_arms(draft, trial, rows, place, labels=analysis.labels, carried=arms, again=again)
        drafts.append((draft, place))
    only = [draft for draft, _ in drafts]
    make_distinct(only, notes)
    make_legal(only, notes)
    for draft, place in drafts:
        finish_row(root, draft, rows, place, carried.of("instrument", source.rows[place]))
    for key, places in members.items():
        _enter_trial(root, key, places, rows, carried.of("trial", source.rows[places[0]]), notes)
        add_judgements(root.trials[key], key, source, bias, places, notes)
        restore_tables(root, key, carried, source.rows[places[0]], rows.lines[places[0]], notes)
    enter_information(root, keys.known, package.studies, notes)
    enter_judgements(root, keys.known, package.bias, notes)
    compare_printed_pools(analyses, drafts, rows, notes)
    cite(root)
    if not carried:
        notes.add("undecided", "country", "Packages name no country; entered as not stated in every trial.")
        message = "Packages do not give the number randomised; the largest number analysed stands in, a lower bound."
        notes.add("undecided", "n_randomised", message)
    return root


def _year(rows: DataRows, place: int) -> str:
    found = re.match(r"(?:19|20)[0-9]{2}", rows.texts["year"][place])
    return found[0] if found else ""


def _wanted(key: str) -> str:
    return key if key and TRIAL_NAME.fullmatch(key) and len(key) <= 100 else ""


def _set_arms(
    draft: Draft,
    trial: Trial,
    rows: DataRows,
    place: int,
    *,
    labels: Sequence[str],
    carried: Sequence[Row],
    again: bool,
) -> None:
    """Name a draft's arms; a study that an analysis holds `again` has other people in each row."""
    apart = f" ({rows.texts['subgroup'][place] or 'row'}, {rows.lines[place]})" if again else ""
    for arm, role, label, own in zip((1, 2), ("intervention", "comparator"), labels, carried, strict=True):
        if own.get("arm") and own.get("label") and trial.arms.get(own["arm"], own).get("role", role) == role:
            trial.arms.setdefault(own["arm"], own | {"role": role})
            draft.row[f"{role}_arm"] = own["arm"]
        else:
            printed = rows.texts[f"label{arm}"][place] or label
            draft.row[f"{role}_arm"] = arm_key(trial, role, f"{printed}{apart}")


def _enter_trial(
    root: DataRoot, key: str, places: list[int], rows: DataRows, carried: dict[str, str], notes: Notes
) -> None:
    study = rows.texts["study"][places[0]]
    year = study_year(key, [_year(rows, place) for place in places], study, notes)
    sizes = rows.values["n1"][places] + rows.values["n2"][places]
    largest = float(np.max(sizes[np.isfinite(sizes)], initial=0.0))
    size = whole(f"{largest:.0f}") if largest >= 1 else "2"
    remark = "" if carried else f"Number randomised not in the package; the largest number analysed stands in: {size}."
    made = {"year": year, "country": NO_COUNTRY, "design": "parallel", "n_randomised": size or "2", "notes": remark}
    constant = {name: {column[place] for place in places} for name, column in rows.extra.items()}
    if not carried:
        said = [f"{name}: {next(iter(texts))}" for name, texts in constant.items() if len(texts) == 1 and texts != {""}]
        made |= {"source": f"imported, study {study!r}", "notes": clean("; ".join([remark, *said]))}
    root.trials[key].trial = made | {name: text for name, text in carried.items() if name != "key"}
    root.stubs[key] = make_stub(read_label(study).name, year, study, "")
