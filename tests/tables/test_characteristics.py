"""What the trials report is summed up from their rows: each trial once, silence counted, nothing that no trial says."""

import pytest

from builders.roots import means
from synthesis.answers.grading.grade import grade_outcome
from synthesis.answers.studied import describe_people
from synthesis.evidence.vocabulary import NO_COUNTRY
from synthesis.tables import evidence_table
from synthesis.tables.characteristics import characteristics, characteristics_table, describe_characteristics

ROWS = [means(10, 2, 20, 9, 2, 20, trial=trial) for trial in ("ash2001sample", "birch2002sample", "cedar2003sample")]
ASH, BIRCH, CEDAR = (row["trial"] for row in ROWS)


def rows_of(evidence):
    return {row.what: row for row in characteristics(evidence)}


def test_only_what_a_trial_reports_has_a_row(small):
    rows = rows_of(small(ROWS))
    assert set(rows) == {"Country", "Design", "People randomised", "Compared with"}
    assert describe_characteristics(small(ROWS))[1:] == []


def test_the_table_of_trials_has_no_column_that_no_trial_fills(small):
    assert list(evidence_table(small(ROWS)).columns) == [
        "Trial", "Country", "Randomised", "Design", "Peer support", "Compared with", "Risk of bias",
    ]  # fmt: skip
    told = small(ROWS, trials={ASH: {"setting": "a ward"}}, arms={BIRCH: {"peer": {"peer_status": "core"}}})
    table = evidence_table(told).set_index("Trial")
    assert table["Setting"].tolist() == ["a ward", "", ""]
    assert table["The peers"].tolist() == ["", "peer workers", ""]


def test_silence_is_counted_and_a_trial_counts_once(small):
    arms = {
        ASH: {
            "peer": {"contacts": 8, "duration_weeks": 12, "modality": "group"},
            "peer2": {"role": "intervention", "label": "More", "contacts": 12, "modality": "group"},
        },
        BIRCH: {"peer": {"contacts": 4, "modality": "one_to_one"}, "control": {"duration_weeks": 90}},
    }
    evidence = small(ROWS, arms=arms)
    rows = rows_of(evidence)
    assert rows["Planned contacts"][1:] == (2, 3, "median 8 contacts (4 to 12)")
    assert rows["Planned weeks"][1:] == (1, 3, "12 weeks")
    assert rows["Given"][1:] == (2, 3, "to a group 1; to one person at a time 1")
    table = characteristics_table(evidence).set_index("What")
    assert table.loc["Planned contacts"].tolist() == ["2 of 3", "median 8 contacts (4 to 12)", "1"]


def test_conditions_are_settled_ratings_and_a_silent_report_is_not_a_lack(small):
    ratings = {
        ASH: {"peer": {"supervision": 2, "sharing": 2}},
        BIRCH: {"peer": {"supervision": 0, "sharing": 2}},
        CEDAR: {"peer": {"supervision": None, "sharing": 1}},
    }
    evidence = small(ROWS, ratings=ratings)
    rows = [row for row in characteristics(evidence) if "described" in row.says]
    assert [row[1:] for row in rows] == [(2, 3, "described 1; said to be lacking 1")]
    assert "paid" in describe_characteristics(evidence)[1]


def test_what_an_importer_enters_for_no_country_is_none(small):
    trials = {ASH: {"country": NO_COUNTRY}, BIRCH: {"country": NO_COUNTRY}, CEDAR: {"country": "Chile"}}
    evidence = small(ROWS, trials=trials)
    assert rows_of(evidence)["Country"][1:] == (1, 3, "Chile 1")
    assert not any("one country" in said for said in describe_people(evidence, [ASH, BIRCH]))
    assert "one country (Chile)" in " ".join(describe_people(evidence, [CEDAR]))
    everywhere = {name: {"country": NO_COUNTRY} for name in (ASH, BIRCH, CEDAR)}
    facts = grade_outcome(small(ROWS, trials=everywhere), "recovery").suggestions["indirectness"]
    assert "countries not stated;" in facts.reason
    assert grade_outcome(evidence, "recovery").suggestions["indirectness"].facts["countries"] == 1


@pytest.mark.parametrize("n", [6, 7, 8])
def test_countries_beyond_the_six_most_are_counted_together(small, n):
    names = [f"Land {i}" for i in range(n)]
    found = [means(10, 2, 20, 9, 2, 20, trial=f"ash200{i}sample") for i in range(n)]
    trials = {row["trial"]: {"country": name} for row, name in zip(found, names, strict=True)}
    said = rows_of(small(found, trials=trials))["Country"].says
    assert said.count(";") == min(n, 7) - 1
    assert {6: "Land 5 1", 7: "1 other country 1", 8: "2 other countries 2"}[n] in said
