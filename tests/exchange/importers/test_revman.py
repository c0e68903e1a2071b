import numpy as np
import pytest

from builders.foreign_files import COCHRANE_ROWS, data_row, data_rows
from builders.tables import read_rows
from synthesis import compute_effects, load_evidence
from synthesis.errors import DataError
from synthesis.evidence.checks import check
from synthesis.exchange.importers import import_revman

PRINTED_6DP = 2e-6
SETTINGS = (
    "Analysis group,Analysis number,Effect measure,Experimental group label,Control group label,Graph label (left),"
    "Overall estimates\n"
)
TOTALS = "1,1,Risk Ratio,,,,true\n1,5,Mean Difference,,,,true\n2,1,Std. Mean Difference,,,,true"


def imported(tmp_path, rows=COCHRANE_ROWS, settings=""):
    source = data_rows(tmp_path / "CD1-data-rows.csv", rows)
    if settings:
        beside = tmp_path / "CD1-overall-estimates-and-settings.csv"
        beside.write_text(SETTINGS + settings + "\n", encoding="utf-8")
    made = import_revman(source, tmp_path / "root")
    return made, load_evidence(made.path, references=made.path / "references.bib")


def only_row(evidence):
    (row,) = evidence.outcomes.to_dict("records")
    return row


def rules(made, kind):
    return {note.rule for note in made.notes.notes if note.kind == kind}


@pytest.fixture
def review(tmp_path):
    return imported(tmp_path, settings=TOTALS)


def test_each_analysis_is_an_outcome_with_the_measure_that_its_printed_effects_show(tmp_path):
    rows = [row for row in COCHRANE_ROWS if "women" not in row]
    _, evidence = imported(tmp_path, rows)
    measures = evidence.codebook.outcomes.set_index("outcome")["measure"].to_dict()
    assert measures == {"1_1_death_at_12_months": "RR", "1_5_units": "MD", "2_1_independence": "SMD"}


@pytest.mark.parametrize(("outcome", "n"), [("1_1_death_at_12_months", 3), ("1_5_units", 1), ("2_1_independence", 1)])
def test_our_effects_are_those_that_cochrane_prints(review, outcome, n):
    _, evidence = review
    effects = compute_effects(evidence, outcome)
    frame = effects.frame.merge(evidence.outcomes, on=["trial", "intervention_arm"], suffixes=("", "_printed"))
    ours = np.exp(frame["yi"]) if effects.measure == "RR" else frame["yi"]
    # RevMan's correction for small samples is the approximate one, ours the exact one: 1e-4 apart at 20 people.
    tolerance = 2e-4 if effects.measure == "SMD" else PRINTED_6DP
    np.testing.assert_allclose(ours, frame["estimate"], atol=tolerance)
    assert len(frame) == n
    assert effects.cross_checks["agrees"].all()
    assert effects.cross_checks["check_route"].eq("estimate").all()


def test_cells_that_are_zero_because_unused_are_no_figures(review):
    _, evidence = review
    row = evidence.outcomes.set_index("outcome").loc["2_1_independence"]
    assert np.isnan(row["events_intervention"])
    assert row["mean_intervention"] == 90


def test_a_study_that_stands_twice_in_an_analysis_has_other_arms_and_its_subgroup_in_the_notes(review):
    _, evidence = review
    rows = evidence.outcomes[evidence.outcomes["trial"].eq("coope1986")]
    assert rows["intervention_arm"].nunique() == rows["comparator_arm"].nunique() == 2
    assert rows["notes"].str.extract(r"Subgroup: (\w+)")[0].tolist() == ["men", "women"]
    assert "Footnotes: a note" in rows["notes"].iloc[1]


def test_the_time_is_read_from_the_analysis_name_or_said_to_be_missing(review):
    made, evidence = review
    times = evidence.outcomes.groupby("outcome")["timepoint_months"].first()
    assert times.tolist() == [12, 0, 0]
    assert sum(note.rule == "time" for note in made.notes.notes) == 2


def test_settings_beside_the_file_give_labels_direction_and_measure(tmp_path):
    rows = [data_row(GIV_Mean=-0.2, GIV_SE=0.1, Mean=0.818731, CI_start=0.673, CI_end=0.996)]
    _, evidence = imported(tmp_path, rows, "1,1,Rate Ratio,Peers,Usual care,Favours usual care,true")
    assert evidence.codebook.outcomes.loc[0, ["measure", "better"]].tolist() == ["IRR", "higher"]
    assert evidence.arms["label"].tolist() == ["Peers", "Usual care"]
    _, evidence = imported(tmp_path, rows, "1,1,Rate Ratio,Peers,Usual care,Favours peers,true")
    assert evidence.codebook.outcomes.loc[0, "better"] == "lower"
    made, evidence = imported(tmp_path, rows, "1,1,Rate Ratio,Peers,Usual care,Better,true")
    assert "direction" in rules(made, "undecided")
    assert evidence.codebook.outcomes.loc[0, "better"] == "unsettled"


def test_generic_inverse_variance_rows_become_estimates_with_their_standard_error(tmp_path):
    made, evidence = imported(
        tmp_path, [data_row(Analysis_name="Hazard of relapse", GIV_Mean=-0.2, GIV_SE=0.1, Mean=0.818731)]
    )
    row = only_row(evidence)
    # The file's own logarithm, and not the ratio of six digits that it prints.
    assert (row["effect_measure"], row["standard_error"]) == ("HR", 0.1)
    assert np.log(row["estimate"]) == pytest.approx(-0.2, abs=1e-14)
    assert compute_effects(evidence, row["outcome"]).frame["vi"].tolist() == [pytest.approx(0.01)]
    assert "measure" in rules(made, "decided")


def test_a_generic_ratio_without_a_name_is_a_stand_in_and_said_to_be_one(tmp_path):
    made, evidence = imported(tmp_path, [data_row(GIV_Mean=-0.2, GIV_SE=0.1, Mean=0.818731)])
    assert only_row(evidence)["effect_measure"] == "HR"
    assert "measure" in rules(made, "undecided")


def test_observed_minus_expected_gives_petos_estimate(tmp_path):
    # 7 of 22 against 9 of 26: metafor 3.8-1, escalc(measure = "PETO"): yi -0.123251748252, vi 0.369755244755.
    variance = 1 / 0.369755244755
    row = data_row(O_E=-0.123251748252 * variance, Variance=variance, Experimental_N=22, Control_N=26)
    _, evidence = imported(tmp_path, [row], "1,1,Peto Odds Ratio,,,,true")
    made = compute_effects(evidence, "1_1_result").frame
    assert evidence.codebook.outcomes.loc[0, "measure"] == "OR"
    assert made["yi"].tolist() == [pytest.approx(-0.123251748252)]
    assert made["vi"].tolist() == [pytest.approx(0.369755244755)]


def test_petos_odds_ratios_are_recognised_and_named_where_events_are_given(tmp_path):
    row = data_row(
        Experimental_cases=7,
        Experimental_N=22,
        Control_cases=9,
        Control_N=26,
        Mean=0.884041,
        CI_start=0.2684,
        CI_end=2.9118,
    )
    made, evidence = imported(tmp_path, [row])
    assert "peto" in rules(made, "decided")
    assert evidence.codebook.outcomes["measure"].tolist() == ["PETO"]
    assert compute_effects(evidence, evidence.codebook.outcomes["outcome"][0]).cross_checks["agrees"].all()


def test_intervals_at_another_level_become_standard_errors(tmp_path):
    # A mean difference of -0.9 with standard error 0.664981; its 99% interval is 2.575829 of them to each side.
    row = data_row(
        Experimental_mean=2.8,
        Experimental_SD=3.1,
        Experimental_N=50,
        Control_mean=3.7,
        Control_SD=3.5,
        Control_N=49,
        Mean=-0.9,
        CI_start=-2.612878,
        CI_end=0.812878,
    )
    made, evidence = imported(tmp_path, [row])
    assert only_row(evidence)["standard_error"] == pytest.approx(0.664981, abs=1e-5)
    assert np.isnan(only_row(evidence)["ci_lower"])
    assert "interval_level" in rules(made, "decided")


def test_r_spelling_of_the_headings_is_read_too(tmp_path):
    source = data_rows(tmp_path / "data-rows.csv")
    head, *rows = source.read_text(encoding="utf-8").splitlines()
    source.write_text("\n".join([head.replace(" ", ".").replace("-", "."), *rows, ""]), encoding="utf-8")
    assert import_revman(source, tmp_path / "root").results == len(rows)


def test_a_settings_file_that_is_a_link_is_not_followed(tmp_path):
    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_text(SETTINGS + "1,1,Odds Ratio,Secret,,,true\n", encoding="utf-8")
    (tmp_path / "CD1-overall-estimates-and-settings.csv").symlink_to(elsewhere)
    made, evidence = imported(tmp_path)
    assert "settings" in rules(made, "undecided")
    assert "Secret" not in set(evidence.arms["label"])


def test_rows_without_a_study_are_left_out_and_said_to_be(tmp_path):
    made, _ = imported(tmp_path, [*COCHRANE_ROWS, data_row(Study="")])
    (note,) = [note for note in made.notes.notes if note.rule == "no_study"]
    assert note.row == len(COCHRANE_ROWS) + 2


def test_a_table_of_another_kind_is_refused(tmp_path):
    (tmp_path / "data-rows.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(DataError, match="lacks analysis_group, analysis_number, study"):
        import_revman(tmp_path / "data-rows.csv", tmp_path / "root")


def test_the_review_passes_check_and_its_report_is_a_table(review):
    made, _ = review
    assert [str(f) for f in check(made.path, references=made.path / "references.bib") if f.severity == "error"] == []
    report = read_rows(made.path / "import" / "import_report.csv")
    assert len(report) == len(made.notes.notes) > 0
    assert set(report[0]) == {"kind", "rule", "trial", "row", "column", "value", "message", "hint"}
