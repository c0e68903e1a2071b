"""The shipped evidence: every number keeps its place of origin, every doubt its answer, and nothing met is lost."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import bibtexparser
import pytest

from builders.tables import read_rows
from synthesis.answers.hypotheses.declared import declared_hypotheses, why_not_run
from synthesis.evidence import load_evidence

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data"
TRIALS = sorted(folder for folder in (DATA / "trials").iterdir() if folder.is_dir())
SHARED = Path(__file__).parents[3] / "shared"
OPEN_DATABASE = SHARED / "metapsy-peer-support" / "data.csv"
SHIPPED = SHARED / "evidence"
UPDATE = SHARED / "evidence-update"  # its files take the places of the collection's, whole

DECISION_COLUMNS = "outcome instrument timepoint_months decision column value reason decided_by date".split()
TABLES = ("trial", "arms", "outcomes", "components", "risk_of_bias")

# Printed effects of the open database carry 15 decimals, rows of the evidence three.
PRINTED = 5e-4

# Rows that name the open database and differ from it on purpose: (trial, outcome, column) -> (there, here, why).
EXPLAINED = {
    ("dennis2003effect", "depression_caseness", "n_comparator"): (
        22,
        21,
        "the abstract's chi-square of 6.37 needs 11 of 21, and the other eight-week rows have 21",
    ),
}


# What the collection calls by the name that the file it was taken from gives its parts, in words that a panel reads.
SECTION = re.compile(r"chunk for ([^,;]+), from (Tables? [^;]*) of the paper;")


def in_words(source: str) -> str:
    plain = SECTION.sub(r"a review's open calculations (section on \1), taken from \2 of the paper;", source)
    return plain.replace("the chunk for", "the section on")


def keys(path: Path) -> set[str]:
    library = bibtexparser.parse_file(str(path))
    assert library.failed_blocks == []
    return {entry.key for entry in library.entries}


@pytest.fixture(scope="module")
def suspicions() -> list[dict[str, str]]:
    return read_rows(DATA / "suspicions.csv")


@pytest.fixture(scope="module")
def outcomes() -> dict[str, list[dict[str, str]]]:
    return {folder.name: read_rows(folder / "outcomes.csv") for folder in TRIALS}


@pytest.fixture(scope="module")
def decisions() -> dict[str, list[dict[str, str]]]:
    return {
        folder.name: read_rows(folder / "decisions.csv") for folder in TRIALS if (folder / "decisions.csv").exists()
    }


# Sources


@pytest.mark.parametrize("table", ["trial", "arms", "outcomes", "risk_of_bias"])
def test_every_row_names_its_source(table):
    missing = [
        f"{folder.name}/{table}.csv row {line}"
        for folder in TRIALS
        for line, row in enumerate(read_rows(folder / f"{table}.csv"), start=2)
        if not row["source"]
    ]
    assert missing == []


def test_every_rating_names_its_source_and_its_reason():
    missing = [
        f"{folder.name}/components.csv row {line}"
        for folder in TRIALS
        for line, row in enumerate(read_rows(folder / "components.csv"), start=2)
        if row["rating"] and not (row["source"] and row["rationale"])
    ]
    assert missing == []


def test_every_assessor_and_every_second_hand_source_is_credited_in_the_licence(outcomes):
    licence = " ".join((DATA / "LICENSE").read_text(encoding="utf-8").split())
    assessors = {row["assessor"] for folder in TRIALS for row in read_rows(folder / "risk_of_bias.csv")}
    uncredited = [name for name in assessors if re.sub(r" \(.*\)", "", name) not in licence]
    assert uncredited == []
    marks = ("Smit 2022 open database", "metapsy-project", "MikkelVembye", "PMC6448529", "NBK602668")
    found = {mark for table in outcomes.values() for row in table for mark in marks if mark in row["source"]}
    assert found == set(marks)
    assert all(mark in licence for mark in marks)


# References


def test_every_trial_has_a_reference_and_every_citation_resolves():
    known = keys(ROOT / "references.bib")
    cited = {folder.name: "trial folder" for folder in TRIALS}
    for folder in TRIALS:
        cited |= dict.fromkeys(read_rows(folder / "trial.csv")[0]["other_reports"].split(";"), folder.name)
    for table in ("components", "instruments", "hypotheses", "key_functions"):
        for row in read_rows(DATA / "codebook" / f"{table}.csv"):
            cited |= dict.fromkeys(row["citation"].split(";"), table)
    cited.pop("", None)
    assert {key: where for key, where in cited.items() if key not in known} == {}


def test_no_two_references_share_a_doi():
    library = bibtexparser.parse_file(str(ROOT / "references.bib"))
    dois = Counter(entry.fields_dict["doi"].value.lower() for entry in library.entries if "doi" in entry.fields_dict)
    assert [doi for doi, count in dois.items() if count > 1] == []


# Doubts and decisions


def test_every_suspicion_is_answered_by_a_decision_of_that_name_on_each_of_its_rows(suspicions, outcomes, decisions):
    unanswered = []
    for suspicion in suspicions:
        assert suspicion["answer"]
        for line in filter(None, suspicion["row"].split(";")):
            row = outcomes[suspicion["trial"]][int(line) - 2]
            place = (row["outcome"], row["instrument"], row["timepoint_months"])
            taken = {
                decision["decision"]
                for decision in decisions.get(suspicion["trial"], [])
                if (decision["outcome"], decision["instrument"], decision["timepoint_months"]) == place
            }
            if re.match(r"\w+", suspicion["answer"]).group() not in taken:
                unanswered.append((suspicion["trial"], line, suspicion["answer"]))
    assert unanswered == []


def test_every_decision_answers_a_recorded_doubt_and_addresses_rows_that_exist(suspicions, outcomes, decisions):
    doubted = {suspicion["trial"] for suspicion in suspicions}
    assert set(decisions) <= doubted
    for trial, table in decisions.items():
        places = {(row["outcome"], row["instrument"], row["timepoint_months"]) for row in outcomes[trial]}
        for decision in table:
            assert list(decision) == DECISION_COLUMNS
            assert (decision["outcome"], decision["instrument"], decision["timepoint_months"]) in places
            assert decision["reason"], trial
            assert decision["decided_by"], trial
            assert decision["date"], trial
            assert (decision["decision"] == "set") >= bool(decision["value"]), trial
            assert decision["decision"] != "set" or decision["column"], trial


def test_results_left_out_belong_to_known_trials_and_say_why():
    left_out = read_rows(DATA / "left_out.csv")
    assert {row["trial"] for row in left_out} <= {folder.name for folder in TRIALS}
    assert all(row["reason"] and row["source"] for row in left_out)


def test_hypotheses_name_outcomes_of_the_codebook_and_one_is_primary():
    known = {row["outcome"] for row in read_rows(DATA / "codebook" / "outcomes.csv")}
    hypotheses = read_rows(DATA / "codebook" / "hypotheses.csv")
    names = [row["hypothesis"] for row in hypotheses]
    assert [name for name in names if name.startswith("H")] == ["H1", "H1s", "H1'", "H2", "H3", "H4", "H5"]
    assert {outcome for row in hypotheses for outcome in row["outcomes"].split(";")} - {""} <= known
    first = [row for row in hypotheses if not row["amends"]]
    assert [row["hypothesis"] for row in first if row["role"] == "primary"] == ["H1"]


def test_every_declared_hypothesis_can_be_run_and_an_amendment_is_younger_than_what_it_amends():
    book = load_evidence(DATA, references=DATA.parent / "references.bib").codebook
    declared = {own.hypothesis: own for own in declared_hypotheses(book)}
    amended = {own.amends for own in declared.values() if own.amends}
    not_run = {name for name, own in declared.items() if why_not_run(own)}
    assert not_run == {"H1'", "H2", "H4", "H5"}
    assert not_run <= amended
    for own in declared.values():
        if own.amends:
            assert declared[own.amends].declared < own.declared
            assert (declared[own.amends].outcomes, declared[own.amends].family) == (own.outcomes, own.family)
    exploratory = [own for own in declared.values() if own.role == "exploratory"]
    assert all("exploratory" in own.rule for own in exploratory)


def test_every_key_function_of_a_component_is_defined():
    defined = {row["key_function"] for row in read_rows(DATA / "codebook" / "key_functions.csv")}
    used = {row["key_function"] for row in read_rows(DATA / "codebook" / "components.csv")} - {""}
    assert used == defined


# Against the open database


def number(text: str) -> float | None:
    text = text.replace(",", ".")
    return float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else None


def printed_there(row: dict[str, str], lines: list[dict[str, str]], better: str) -> dict[str, float | None]:
    """What the open database prints for an outcome row, under the evidence's column names."""
    own = lines[int(re.search(r"Smit 2022 open database.*?rows? (\d+)", row["source"])[1]) - 1]
    arms = (("intervention", 1), ("comparator", 2))
    if row["events_intervention"]:
        moved = re.search(r"counts printed on row (\d+)", row["source"])
        counts = lines[int(moved[1]) - 1] if moved else own
        return {
            f"{name}_{arm}": number(counts[f"{there}_arm{i}"])
            for name, there in (("events", "event"), ("n", "totaln"))
            for arm, i in arms
        }
    found = {f"{name}_{arm}": number(own[f"{name}_arm{i}"]) for name in ("n", "mean", "sd") for arm, i in arms}
    if not row["mean_intervention"]:
        # There positive is better with peers; here the difference keeps the scale's own direction.
        found["estimate"] = number(own[".g"]) * (1 if better == "higher" else -1)
        found["standard_error"] = number(own[".g_se"])
    return found


@pytest.mark.skipif(not OPEN_DATABASE.exists(), reason="the open peer-support database is not beside the repository")
def test_numbers_taken_from_the_open_database_are_those_it_prints(outcomes):
    lines = read_rows(OPEN_DATABASE, delimiter=";")
    better = {
        (row["instrument"], row["outcome"]): row["better"] for row in read_rows(DATA / "codebook" / "instruments.csv")
    }
    compared, differences = 0, []
    for trial, table in outcomes.items():
        for row in table:
            if "Smit 2022 open database" not in row["source"] or not (
                row["mean_intervention"] or row["estimate"] or row["events_intervention"]
            ):
                continue
            for column, there in printed_there(row, lines, better[row["instrument"], row["outcome"]]).items():
                here = number(row[column]) if row[column] else None
                compared += there is not None
                if there is None or (here is not None and abs(there - here) <= PRINTED):
                    continue
                if EXPLAINED.get((trial, row["outcome"], column), ())[:2] != (there, here):
                    differences.append((trial, row["outcome"], column, there, here))
    assert differences == []
    assert compared > 300


# Against the collection the evidence came from


INSTRUMENTS = "codebook/instruments.csv"


def completes(now: tuple[str, ...], before: tuple[str, ...]) -> bool:
    """Say whether a row is an earlier one with empty cells filled: a scale's range and its citation are found later."""
    return all(old in ("", new) for old, new in zip(before, now, strict=True))


def says_more(now: tuple[str, ...], before: tuple[str, ...]) -> bool:
    """Say whether a row of outcomes is an earlier one whose notes go on: where a text was read was added later."""
    *figures, notes = now
    return figures == list(before[:-1]) and notes.startswith(before[-1])


GROWN = {INSTRUMENTS: completes, "outcomes.csv": says_more}


@pytest.mark.skipif(not UPDATE.exists(), reason="the update of the evidence is not beside the repository")
def test_every_file_of_the_update_is_here():
    updated = {path.relative_to(UPDATE).as_posix() for path in UPDATE.glob("trials/*/*.csv")}
    assert len(updated) > 40
    assert {place for place in updated if not (DATA / place).exists()} == set()
    assert keys(UPDATE / "references_added.bib") <= keys(ROOT / "references.bib")


CODES = {
    "population.csv": ("trial.csv", ("population_group", "veterans")),
    "read_from.csv": ("outcomes.csv", ("read_from",)),
    "scoring.csv": ("outcomes.csv", ("scoring",)),
}


@pytest.mark.skipif(not UPDATE.exists(), reason="the update of the evidence is not beside the repository")
@pytest.mark.parametrize("name", CODES)
def test_the_codes_of_the_update_are_those_of_the_rows_they_name(name):
    table, columns = CODES[name]
    wrong = []
    for row in read_rows(UPDATE / name):
        there = read_rows(DATA / "trials" / row["trial"] / table)[int(row.get("row", 2)) - 2]
        wrong += [(row["trial"], row.get("row"), column) for column in columns if there[column] != row[column]]
    assert wrong == []


@pytest.mark.skipif(not UPDATE.exists(), reason="the update of the evidence is not beside the repository")
def test_the_status_of_the_peers_is_that_of_their_arm():
    here = {
        (folder.name, row["arm"]): row["peer_status"] for folder in TRIALS for row in read_rows(folder / "arms.csv")
    }
    given = {
        (row["trial"], row["intervention_arm"]): row["peer_status"] for row in read_rows(UPDATE / "eligibility.csv")
    }
    assert {place: status for place, status in here.items() if status} == given


@pytest.mark.skipif(not UPDATE.exists(), reason="the update of the evidence is not beside the repository")
def test_no_finding_on_harms_is_lost():
    given = Counter(
        (row["trial"], row["what"].removesuffix("_derived"), row["derived"]) for row in read_rows(UPDATE / "harms.csv")
    )
    here = Counter(
        (folder.name, row["what"], row["derived"])
        for folder in TRIALS
        if (folder / "harms.csv").exists()
        for row in read_rows(folder / "harms.csv")
    )
    assert here == given


@pytest.mark.skipif(not SHIPPED.exists(), reason="the collection the evidence came from is not beside the repository")
def test_no_row_of_the_collection_is_lost_or_altered():
    lost = []
    places = [
        f"trials/{folder.name}/{table}.csv" for folder in sorted((SHIPPED / "trials").iterdir()) for table in TABLES
    ]
    places += ["left_out.csv", "search_flow.csv", "suspicions.csv"]
    places += [f"codebook/{table}.csv" for table in ("components", "outcomes", "instruments")]
    for place in places:
        updated = UPDATE / place
        before = read_rows(updated if updated.exists() else SHIPPED / place)
        before = [{column: in_words(cell) for column, cell in row.items()} for row in before]
        columns = list(before[0]) if before else []
        kept = Counter(tuple(row[column] for column in columns) for row in read_rows(DATA / place))
        gone = Counter(tuple(row.values()) for row in before) - kept
        grown = GROWN.get(place) or GROWN.get(Path(place).name)
        lost += [(place, row) for row in gone if not (grown and any(grown(now, row) for now in kept))]
    assert lost == []


@pytest.mark.skipif(not SHIPPED.exists(), reason="the collection the evidence came from is not beside the repository")
def test_no_reference_of_the_collection_is_lost():
    assert keys(SHIPPED / "references.bib") <= keys(ROOT / "references.bib")
