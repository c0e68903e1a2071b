"""Which notebooks make the report, on which data each depends, and the whole way from CSV files to an index."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from builders.pages import Page
from synthesis.errors import ChoiceError
from synthesis.evidence import load_evidence
from synthesis.reports import ParameterError, ReportError, report_plan, run_report, verify_manifest
from synthesis.reports.record.jobs import path_from
from synthesis.reports.record.parameters import check_parameters
from synthesis.reports.run.plan import STEPS, poolable_trials
from synthesis.reports.run.run import longest_first

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
NO_PAGE = {"08_explore"}  # a widget, which a page would show blank


@pytest.fixture
def root(valid, tmp_path):
    """Return a copy of the valid data root that a test may change."""
    shutil.copytree(valid.parent, tmp_path / "sample")
    return tmp_path / "sample" / "data"


def plan_of(root, outcomes=("hope", "quality_of_life"), **options):
    evidence = load_evidence(root, references=root.parent / "references.bib")
    jobs = report_plan(evidence, poolable_trials(evidence, outcomes), notebooks=NOTEBOOKS, **options)
    return {job.slug: job for job in jobs}


def test_the_plan_has_every_notebook_in_reading_order_once_or_once_an_outcome(root):
    slugs = list(plan_of(root))
    assert slugs == [
        "00_summary", "01_evidence", "03_fidelity_coding", "05_hypotheses", "07_summary_of_findings",
        "02_pooled_effect-hope", "02_pooled_effect-quality_of_life", "04_fidelity_and_effects-hope",
        "06_fragility-hope",
    ]  # fmt: skip
    assert {path.stem for path in NOTEBOOKS.glob("*.ipynb")} - NO_PAGE == {step.notebook for step in STEPS}


def test_the_notebooks_know_every_parameter_the_plan_gives_them(root):
    check_parameters(plan_of(root).values())


def test_a_page_of_an_outcome_names_it_and_depends_on_the_trials_that_measured_it(root):
    job = plan_of(root)["02_pooled_effect-quality_of_life"]
    assert job.title == "Quality of life: the trials pooled"
    assert job.parameters["outcome"] == "quality_of_life"
    trials = {name.split("/")[1] for name in job.files if name.startswith("trials/")}
    assert trials == {"alder2011sample", "damson2018sample", "elder2020sample"}


@pytest.mark.parametrize("name", ["calibration.json", "measurement.json"])
def test_the_page_of_the_hypotheses_depends_on_what_was_made_apart_and_no_other_page_does(root, name):
    before = plan_of(root)
    (root / name).write_text("{}", encoding="utf-8")
    after = plan_of(root)
    assert [slug for slug in before if before[slug].files != after[slug].files] == ["05_hypotheses"]
    assert set(after["05_hypotheses"].files) - set(before["05_hypotheses"].files) == {name}


def test_a_change_to_a_trial_changes_the_files_of_the_pages_that_use_it_and_no_others(root):
    before = plan_of(root)
    rows = root / "trials" / "birch2014sample" / "arms.csv"
    rows.write_text(rows.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    after = plan_of(root)
    changed = {slug for slug in before if before[slug].files != after[slug].files}
    assert changed == {slug for slug in before if not slug.endswith("quality_of_life")}


@pytest.mark.parametrize(
    ("table", "again"),
    [
        ("components.csv", {"04_fidelity_and_effects-hope"}),
        ("arms.csv", {"04_fidelity_and_effects-hope"}),
        ("outcomes.csv", set()),
        ("trial.csv", set()),
    ],
)
def test_a_page_of_fidelity_rests_on_the_codes_of_all_trials_and_on_the_numbers_of_its_own(root, table, again):
    """A calibrated score fills a silence with what other trials' arms did, whatever these trials measured."""
    before = plan_of(root)
    changed = root / "trials" / "cedar2016sample" / table  # Cedar measured no hope
    assert "hope" not in changed.with_name("outcomes.csv").read_text(encoding="utf-8")
    changed.write_text(changed.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    after = plan_of(root)
    stale = {slug for slug in before if before[slug].files != after[slug].files}
    whole = {"00_summary", "01_evidence", "03_fidelity_coding", "05_hypotheses", "07_summary_of_findings"}
    assert stale - {"02_pooled_effect-quality_of_life"} == whole | again


def test_every_page_is_bound_to_the_hypotheses_as_they_are_declared(root):
    before = plan_of(root)
    table = root / "codebook" / "hypotheses.csv"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace("More of the model", "Less of the model"), encoding="utf-8")
    after = plan_of(root)
    assert all(before[slug].hypotheses != after[slug].hypotheses for slug in before)
    assert len({job.hypotheses for job in after.values()}) == 1


def test_an_outcome_with_two_poolable_trials_has_a_pool_but_no_test_of_fidelity(root):
    slugs = [slug for slug in plan_of(root, ["quality_of_life"]) if "-" in slug]
    assert slugs == ["02_pooled_effect-quality_of_life"]


def test_an_outcome_whose_trials_nobody_coded_has_a_pool_but_no_test_of_fidelity(root):
    for table in sorted(root.glob("trials/*/components.csv"))[:-2]:
        header, *_ = table.read_text(encoding="utf-8").splitlines()
        table.write_text(header + "\n", encoding="utf-8")
    slugs = [slug for slug in plan_of(root, ["hope"]) if "-" in slug]
    assert slugs == ["02_pooled_effect-hope", "06_fragility-hope"]


def test_from_three_trials_on_an_outcome_has_a_page_on_how_fragile_its_pool_is(root):
    def slugs(trials, method="REML"):
        evidence = load_evidence(root, references=root.parent / "references.bib")
        jobs = report_plan(evidence, {"hope": trials}, notebooks=NOTEBOOKS, settings={"method": method})
        return {job.slug for job in jobs}

    assert "06_fragility-hope" in slugs(3)
    assert "06_fragility-hope" not in slugs(2)
    assert "06_fragility-hope" not in slugs(3, method="MH")


def test_a_method_that_pools_events_has_no_test_of_fidelity(root):
    def slugs(method):
        return [slug for slug in plan_of(root, ["readmission"], settings={"method": method}) if "-" in slug]

    assert slugs("mh") == ["02_pooled_effect-readmission"]
    assert slugs("DL") == [
        "02_pooled_effect-readmission", "04_fidelity_and_effects-readmission", "06_fragility-readmission",
    ]  # fmt: skip


def test_the_trials_that_can_be_pooled_are_counted_by_outcome(evidence):
    counts = poolable_trials(evidence)
    assert [outcome for outcome, trials in counts.items() if trials >= 3] == [
        "recovery",
        "symptoms",
        "hope",
        "readmission",
    ]
    assert poolable_trials(evidence, ["quality_of_life", "hope"]) == {"quality_of_life": 2, "hope": counts["hope"]}


def test_paths_are_given_as_the_notebook_sees_them(tmp_path):
    assert path_from(tmp_path / "notebooks", tmp_path / "data") == "../data"
    assert path_from(tmp_path, tmp_path / "a b" / "references.bib") == "a b/references.bib"


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"outcomes": ["hoppe"]}, ChoiceError, "hope"),
        ({"settings": ["methd=DL"]}, ParameterError, "did you mean method"),
        ({"settings": ["level=high"]}, ParameterError, "level must be float"),
        ({"settings": ["outcome=hope"]}, ParameterError, "outcome is set by --outcome"),
        ({"notebooks": "nowhere"}, ReportError, "no folder nowhere"),
    ],
)
def test_a_mistake_is_refused_before_anything_starts(root, tmp_path, options, error, text):
    given = {"references": root.parent / "references.bib", "output": tmp_path / "out", "notebooks": NOTEBOOKS}
    with pytest.raises(error, match=text):
        run_report(root, **given | options)
    assert not (tmp_path / "out").exists()


def test_an_outcome_without_a_poolable_trial_is_refused(root, tmp_path):
    rows = root / "trials" / "cedar2016sample" / "outcomes.csv"
    kept = [line for line in rows.read_text(encoding="utf-8").splitlines() if not line.startswith("psychosis")]
    rows.write_text("\n".join(kept), encoding="utf-8")
    with pytest.raises(ReportError, match="can be pooled on psychosis"):
        run_report(
            root,
            references=root.parent / "references.bib",
            outcomes=["hope", "psychosis"],
            output=tmp_path / "out",
            notebooks=NOTEBOOKS,
        )


def test_the_report_is_made_whole_and_after_a_change_only_in_part(root, tmp_path):
    lines = []
    options = {
        "references": root.parent / "references.bib",
        "outcomes": ["readmission", "hope"],
        "output": tmp_path / "reports",
        "settings": ["permutations=50"],
        "notebooks": NOTEBOOKS,
        "progress": lines.append,
    }
    assert run_report(root, **options) == 0, lines
    index = Page.at(tmp_path / "reports" / "index.html")
    assert {"Hope", "Readmission"} <= set(index.words("h3"))
    assert any("hope" in alt.lower() for alt in (image["attrs"]["alt"] for image in index.all("img")))
    page = tmp_path / "reports" / "02_pooled_effect-readmission"
    assert verify_manifest(page, root, references=options["references"]) == []

    rows = root / "trials" / "cedar2016sample" / "arms.csv"
    rows.write_text(rows.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    found = verify_manifest(page, root, references=options["references"])
    assert [(one.kind, one.name) for one in found] == [("data", "trials/cedar2016sample/arms.csv")]
    lines.clear()
    assert run_report(root, **options) == 0, lines
    # A calibrated score rests on the arms of all trials.
    assert lines[0] == "2 of 11 pages are up to date."
    assert sorted(line.split("]")[1].split()[0] for line in lines[1:-1]) == [
        "00_summary", "01_evidence", "02_pooled_effect-readmission", "03_fidelity_coding",
        "04_fidelity_and_effects-hope", "04_fidelity_and_effects-readmission", "05_hypotheses",
        "06_fragility-readmission", "07_summary_of_findings",
    ]  # fmt: skip


def test_a_root_whose_arms_nobody_has_coded_has_no_page_on_coding(root):
    for path in (root / "trials").glob("*/components.csv"):
        path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    slugs = list(plan_of(root, ("hope",)))
    assert slugs == [
        "00_summary", "01_evidence", "07_summary_of_findings", "02_pooled_effect-hope", "06_fragility-hope",
    ]  # fmt: skip


def test_pages_that_take_long_are_started_first_those_of_more_trials_before_others_and_the_rest_in_order(root):
    plan = list(plan_of(root).values())
    assert {step.notebook for step in STEPS if step.takes_long} == {"00_summary", "05_hypotheses", "09_multiverse"}
    few, many = (replace(plan[-1], slug=name, takes_long=True, files=dict.fromkeys(name, "")) for name in ("a", "many"))
    rest = [job for job in plan if not job.takes_long]
    ordered = longest_first([*rest, few, many])
    assert ordered == [many, few, *rest]
