"""What is no result: overall judgements below their domains, and counts of a search that cannot follow one another."""

import csv

import pytest

from builders.printed_rows import row, write_root
from synthesis.evidence.plausibility import find_doubts
from synthesis.evidence.plausibility.answered import answer
from synthesis.evidence.reading import read_root

SAYS = row(says="no_difference")
ROB2 = ("randomisation", "deviations", "missing_data", "measurement", "selective_reporting", "overall")
ANSWER = {"trial": "alder2020sample", "row": "", "column": "judgement", "answer": "As the database judges."}


def judged(folder, judgements, *, tool="rob2", domains=ROB2, assessors=None, **lists):
    raw = write_root(folder, {"alder2020sample": [SAYS]}, **lists)
    path = raw.root / "trials" / "alder2020sample" / "risk_of_bias.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["tool", "domain", "judgement", "assessor", "source"])
        for i, (domain, judgement) in enumerate(zip(domains, judgements, strict=True)):
            writer.writerow([tool, domain, judgement, assessors[i] if assessors else "one", "report"])
    raw = read_root(raw.root)
    return answer(find_doubts(raw), raw)


@pytest.mark.parametrize("worst", ["some_concerns", "high"])
def test_an_overall_judgement_better_than_a_domain_is_doubted(tmp_path, worst):
    found = judged(tmp_path, ["low", "low", worst, "low", "low", "low"])
    assert [(f.rule, f.row, f.column, f.value) for f in found] == [("overall_below_domains", 7, "judgement", "low")]
    assert f"missing_data is {worst}" in found[0].message


def test_an_overall_judgement_no_better_than_its_worst_domain_is_left_alone(tmp_path):
    assert judged(tmp_path / "same", ["low", "some_concerns", "low", "low", "low", "some_concerns"]) == []
    assert judged(tmp_path / "worse", ["some_concerns"] * 3 + ["low", "low", "high"]) == []
    assert judged(tmp_path / "alone", ["low"], domains=["overall"]) == []
    two = ["low"] * 5 + ["low", "high"]
    of_two = {"domains": [*ROB2, "randomisation"], "assessors": ["one"] * 6 + ["two"]}
    assert judged(tmp_path / "other assessor", two, **of_two) == []


def test_the_older_tool_is_held_to_the_same(tmp_path):
    domains = ("random_sequence_generation", "allocation_concealment", "overall")
    found = judged(tmp_path / "below", ["low", "high", "unclear"], tool="rob1", domains=domains)
    assert [f.rule for f in found] == ["overall_below_domains"]
    assert judged(tmp_path / "fair", ["low", "high", "high"], tool="rob1", domains=domains) == []


def test_a_doubt_about_a_judgement_is_answered_in_the_list_of_suspicions(tmp_path):
    found = judged(tmp_path, ["low", "low", "high", "low", "low", "low"], suspicions=[ANSWER])
    assert [f.answered for f in found] == ["As the database judges."]


def flow(folder, **counts):
    rows = [{"data": name, "description": "sample", "n": str(n)} for name, n in counts.items()]
    raw = write_root(folder, {"alder2020sample": [SAYS]}, search_flow=rows)
    return [(f.rule, f.row, f.value) for f in find_doubts(raw)]


FAIR = {
    "database_results": 100, "register_results": 10, "duplicates": 30, "records_screened": 80, "records_excluded": 40,
    "dbr_sought_reports": 40, "dbr_notretrieved_reports": 5, "dbr_assessed": 35, "dbr_excluded": 20,
    "citations_results": 12, "other_sought_reports": 10, "other_notretrieved_reports": 1, "other_assessed": 9,
    "other_excluded": 4, "new_studies": 18, "new_reports": 20, "previous_studies": 3, "total_studies": 21,
    "database_specific_results": 90, "register_specific_results": 10, "total_poolable": 21,
}  # fmt: skip


def test_counts_that_follow_one_another_are_left_alone(tmp_path):
    assert flow(tmp_path / "whole", **FAIR) == []
    few = ("database_results", "records_screened", "new_studies")
    assert flow(tmp_path / "part", database_results=40, records_screened=40, new_studies=5) == [], few
    assert flow(tmp_path / "late", dbr_assessed=35, dbr_excluded=35, new_studies=0) == []
    assert flow(tmp_path / "several reports", dbr_assessed=9, dbr_excluded=2, new_studies=4, new_reports=7) == []


@pytest.mark.parametrize(
    ("name", "n"),
    [
        ("records_screened", 95),
        ("records_excluded", 81),
        ("dbr_sought_reports", 45),
        ("dbr_notretrieved_reports", 41),
        ("dbr_assessed", 36),
        ("dbr_excluded", 36),
        ("other_sought_reports", 13),
        ("other_assessed", 10),
        ("other_excluded", 10),
        ("new_studies", 21),
        ("total_studies", 20),
        ("database_specific_results", 101),
        ("register_specific_results", 11),
        ("total_poolable", 22),
    ],
)
def test_a_count_that_cannot_follow_is_doubted_where_it_stands(tmp_path, name, n):
    place = list(FAIR).index(name) + 2
    assert ("flow_of_search", place, str(n)) in flow(tmp_path, **FAIR | {name: n})


def test_nothing_is_reckoned_with_a_count_that_has_an_empty_row(tmp_path):
    assert ("flow_of_search", 5, "95") in flow(tmp_path / "whole", **FAIR | {"records_screened": 95})
    assert (
        flow(tmp_path / "empty", **FAIR | {"records_screened": 95, "register_results": "", "records_excluded": ""})
        == []
    )
