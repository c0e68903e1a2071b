"""The commands as people type them: what they print, where, and how they end. No traceback, whatever was mistyped."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BROKEN = Path(__file__).parents[1] / "trials" / "broken"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(program, valid):
    """Run the program in this process; the valid trials are its data unless others are named."""

    def call(*words: str) -> tuple[int, str, str]:
        here = [] if {"--data", "--help", "--version"} & set(words) or len(words) < 1 else ["--data", str(valid)]
        return program(*words, *here)

    return call


def strict_json(text):
    def refuse(word):
        raise AssertionError(f"{word} is not JSON")

    return json.loads(text, parse_constant=refuse)


def test_influence_and_small_study_print_unrounded_numbers_and_what_words_keep_back(run):
    code, out, err = run("influence", "recovery", "--format", "json", "--method", "DL")
    found = strict_json(out)
    assert (code, err, found["method"]) == (0, "", "DL")
    assert {"rstudent", "cook_d", "hat", "dfbetas", "baujat_x", "estimate_del", "influential"} <= set(found["rows"][0])
    assert [row["year"] for row in found["cumulative"]] == sorted(row["year"] for row in found["cumulative"])
    code, out, err = run("small-study", "recovery", "--format", "json")
    found = strict_json(out)
    assert (code, err) == (0, "")
    assert "small_study_below_ten_trials" in found["withheld"]
    assert isinstance(found["egger"]["pval"], float)
    assert {"egger", "egger_lm", "pet_peese", "trim_and_fill", "selection", "rows"} <= set(found)


def test_diff_runs_hypotheses_where_they_are_asked_for(run, valid):
    code, out, err = run("diff", str(valid), str(valid), "--format", "json")
    assert (code, err, strict_json(out)["verdicts"]) == (0, "", None)
    code, out, err = run("diff", str(valid), str(valid), "--format", "json", "--hypotheses")
    assert (code, err, strict_json(out)["verdicts"]) == (0, "", [])


def test_all_subsets_are_said_in_words_and_in_numbers(run):
    code, out, err = run("gosh", "recovery")
    assert (code, err) == (0, "")
    assert "subsets of at least two of the" in out
    found = strict_json(run("gosh", "recovery", "--format", "json", "--method", "dl")[1])
    assert (found["method"], found["whole"]) == ("DL", True)
    assert found["subsets"] == 2 ** found["k"] - found["k"] - 1 == sum(found["by_estimate"])
    drawn = strict_json(run("gosh", "recovery", "--format", "json", "--most", "8", "--seed", "4")[1])
    assert (drawn["subsets"], drawn["whole"], drawn["seed"]) == (8, False, 4)
    code, _, err = run("gosh", "recovery", "--method", "MH")
    assert code == 2
    assert "MH" in err


def test_influence_and_small_study_are_read_in_words(run):
    _, out, _ = run("influence", "recovery")
    assert "Studentised residual" in out
    assert "Year by year" in out
    assert "Without any one trial the average lies between" in out
    _, out, _ = run("small-study", "recovery")
    assert "fewer than ten trials" in out
    assert "An asymmetric funnel is not publication bias" in out


def test_every_option_of_influence_and_small_study_reaches_the_answer(run):
    words = ["--method", "PM", "--ci", "wald", "--level", "0.9", "--timepoint", "closest:3", "--format", "json"]
    pooled = strict_json(run("pool", "recovery", *words)[1])
    for command in ("influence", "small-study"):
        found = strict_json(run(command, "recovery", *words)[1])
        assert [found[name] for name in ("method", "ci", "level")] == ["PM", "wald", 0.9]
        estimate = found["estimate"] if command == "influence" else found["rows"][0]["estimate"]
        assert estimate == pytest.approx(pooled["estimate"], rel=1e-12)
        assert found["k"] == pooled["k"]


def test_what_single_trials_do_to_three_is_withheld_in_words_and_kept_in_json(run):
    found = strict_json(run("influence", "hope", "--format", "json")[1])
    assert found["withheld"] == ["rest_below_three_trials", "pool_below_three_trials"]
    assert all(isinstance(row["estimate_del"], float) for row in found["rows"])
    assert [row["withheld"] for row in found["cumulative"]] == [["pool_below_three_trials"]] * 2 + [[]]
    _, out, _ = run("influence", "hope")
    assert "too few to pool; those pools are kept out of words" in out
    assert "without (95% CI)" not in out
    assert "fewer than three trials" in out


def test_where_lower_is_better_small_studies_are_asked_of_the_benefit(run):
    pooled = strict_json(run("pool", "symptoms", "--format", "json")[1])
    found = strict_json(run("small-study", "symptoms", "--format", "json")[1])
    assert found["scale"] == "benefit"
    assert found["rows"][0]["estimate"] == -pooled["estimate"]


def test_pool_prints_the_contracts_object(run, evidence):
    code, out, err = run("pool", "recovery", "--format", "json")
    found = strict_json(out)
    assert (code, err) == (0, "")
    assert found["outcome"] == "recovery"
    assert (found["measure"], found["method"], found["ci"], found["level"]) == (
        "SMD",
        "REML",
        "knapp-hartung-floor",
        0.95,
    )
    names = "k n estimate se ci_lb ci_ub pval pi_lb pi_ub tau2 tau2_ci_lb tau2_ci_ub I2 Q Q_df Q_pval".split()
    assert all(isinstance(found[name], int | float) for name in names)
    assert {"trial", "yi", "vi", "weight", "n_intervention", "n_comparator"} <= set(found["trials"][0])
    assert len(found["trials"]) == found["k"] == 6


def test_every_option_of_pool_reaches_the_pool(run):
    options = ["--method", "PM", "--ci", "wald", "--level", "0.9", "--timepoint", "closest:6", "--measure", "MD"]
    found = strict_json(run("pool", "recovery", "--format", "json", *options)[1])
    assert (found["method"], found["ci"], found["level"], found["measure"]) == ("PM", "wald", 0.9, "MD")
    alder = next(t for t in found["trials"] if t["trial"] == "alder2011sample")
    assert alder["n_intervention"] == 55  # the arm at six months
    printed = strict_json(run("pool", "hope", "--format", "json", "--as-printed")[1])
    decided = strict_json(run("pool", "hope", "--format", "json")[1])
    assert printed["estimate"] != decided["estimate"]
    wide = strict_json(run("pool", "quality_of_life", "--format", "json", "--icc", "0.5")[1])
    assert wide == strict_json(run("pool", "quality_of_life", "--format", "json")[1])  # its trial reports one


def test_readings_of_models_reach_the_effects_and_stand_in_every_answer(small, run):
    from builders.roots import means, sizes

    rows = [
        sizes(30, 34, test_statistic="t", statistic_value=2.4, degrees_of_freedom=40, adjusted="yes"),
        sizes(20, 22, effect_measure="MD", estimate=3, ci_lower=-0.5, ci_upper=6.5, trial="birch2002sample"),
        means(
            10, 3, 30, 9, 3, 30, effect_measure="MD", estimate=1, standard_error=0.7, adjusted="yes", trial="elm2004"
        ),
    ]
    ratings = {name: {"peer": {"sharing": i}} for i, name in enumerate(("ash2001sample", "birch2002sample", "elm2004"))}
    evidence = small(rows, ratings=ratings, review={"adjusted_r": 0.5, "printed_df": "yes"})
    place = ["--data", str(evidence.root), "--references", str(evidence.references), "--format", "json"]
    names = "adjusted_r small_trial_t printed_df prefer_adjusted".split()
    own = [0.5, False, True, False]
    given = ["--adjusted-r", "0.7", "--small-trial-t", "--df-of-sizes", "--prefer-adjusted"]
    for command in (["pool", "recovery"], ["fidelity", "recovery", "--permutations", "5"]):
        root, other = (strict_json(run(*command, *words, *place)[1]) for words in ([], given))
        assert [root[name] for name in names] == own
        assert [other[name] for name in names] == [0.7, True, False, True]
        for one, two in zip(root["trials"], other["trials"], strict=True):
            assert (one["yi"], one["vi"]) != (two["yi"], two["vi"])
    none = strict_json(run("pool", "recovery", "--adjusted-r", "None", *place)[1])
    assert none["adjusted_r"] is None
    listed = {row["trial"]: row for row in strict_json(run("effects", "--outcome", "recovery", *place)[1])}
    assert listed["ash2001sample"]["adjusted_r"] == 0.5
    assert "residual_sd_brought" in listed["ash2001sample"]["assumptions"]


def test_the_assumed_intracluster_correlation_is_used_where_none_is_reported(small, run):
    from builders.roots import means

    row = means(10, 3, 60, 9, 3, 60, cluster_size=10)
    evidence = small([row], trials={"ash2001sample": {"design": "cluster"}})
    place = ["--data", str(evidence.root)]
    default, none = (
        strict_json(run("pool", "recovery", "--format", "json", *words, *place)[1]) for words in ([], ["--icc", "0"])
    )
    assert default["se"] == pytest.approx(none["se"] * (1 + 9 * 0.05) ** 0.5)


def test_what_does_not_exist_for_one_trial_is_null(run):
    found = strict_json(run("pool", "psychosis", "--format", "json")[1])
    assert found["k"] == 1
    assert [found[name] for name in ("tau2", "I2", "pi_lb", "tau2_ci_ub", "Q_pval")] == [None] * 5


def test_fidelity_prints_the_contracts_object(run):
    code, out, _ = run("fidelity", "recovery", "--format", "json", "--permutations", "99", "--seed", "7")
    found = strict_json(out)
    names = (
        "outcome measure method ci k slope se ci_lb ci_ub pval pval_permutation permutations exact intercept tau2 "
        "tau2_null R2 QE QE_df QE_pval trials"
    )
    assert code == 0
    assert set(names.split()) <= set(found)
    assert {"trial", "yi", "vi", "fidelity", "fidelity_lower", "fidelity_upper"} <= set(found["trials"][0])
    assert (found["permutations"], found["exact"], found["score"]) == (12, True, "described")
    assert "slope_below_ten_trials" in found["withheld"]
    former = run("fidelity", "recovery", "--format", "json", "--score", "fidelity", "--seed", "7")[1]
    assert strict_json(former)["slope"] == found["slope"]
    calibrated = run("fidelity", "recovery", "--format", "json", "--score", "calibrated", "--seed", "7")[1]
    assert strict_json(calibrated)["score"] == "calibrated"
    again = run("fidelity", "recovery", "--format", "json", "--permutations", "99", "--seed", "7")[1]
    assert again == out


def test_direction_only_prints_pool_and_slope_without_and_with_such_results(run):
    code, out, err = run("direction-only", "recovery", "--level", "0.9", "--format", "json")
    found = strict_json(out)
    assert (code, err) == (0, "")
    assert (found["outcome"], found["level"], found["score"], found["ci"]) == ("recovery", 0.9, "described", "profile")
    assert [row["model"] for row in found["rows"]] == ["pool"] * 3 + ["slope"] * 3
    wider = strict_json(run("direction-only", "recovery", "--format", "json")[1])
    assert wider["rows"][0]["ci_ub"] > found["rows"][0]["ci_ub"]


def test_bayes_prints_pool_slope_and_curve_under_the_priors_that_are_asked_for(run):
    code, out, err = run(
        "bayes",
        "recovery",
        "--format",
        "json",
        "--tau-prior",
        "Half-Cauchy",
        "0.3",
        "--mu-sd",
        "2",
        "--slope-sd",
        "0.25",
    )
    found = strict_json(out)
    assert (code, err) == (0, "")
    assert (found["tau_prior"], found["mu_sd"], found["slope_sd"]) == (["half-cauchy", 0.3], 2.0, 0.25)
    assert found["pool"]["bf10"] == next(row["bf10"] for row in found["curve"] if row["scale"] == 2)
    assert found["pool"]["k"] == 6


def test_in_fidelity_yi_is_the_benefit(run):
    pooled = strict_json(run("pool", "symptoms", "--format", "json")[1])
    slope = strict_json(run("fidelity", "symptoms", "--format", "json")[1])
    assert [t["yi"] for t in slope["trials"]] == [-t["yi"] for t in pooled["trials"]]


def test_effects_prints_a_csv_of_every_row_without_a_blank_line_at_its_end(run, evidence):
    code, out, _ = run("effects")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert len(rows) == len(evidence.outcomes)
    assert {row["status"] for row in rows} == {
        "pooled",
        "excluded",
        "without_numbers",
        "not_convertible",
        "not_selected",
    }
    assert out.endswith("\n")
    assert not out.endswith("\n\n")


def test_effects_of_one_outcome_as_json_are_those_of_the_csv(run):
    rows = strict_json(run("effects", "--outcome", "readmission", "--measure", "OR", "--format", "json")[1])
    table = list(csv.DictReader(io.StringIO(run("effects", "--outcome", "readmission", "--measure", "OR")[1])))
    assert [row["yi"] or 0 for row in rows] == pytest.approx([float(row["yi"] or 0) for row in table])
    assert {row["measure"] for row in rows} == {"OR"}


def test_agreement_prints_the_contracts_object(run):
    found = strict_json(run("agreement", "--format", "json")[1])
    names = {"component", "n", "percent", "kappa", "weighted_kappa", "gwet_ac1", "gwet_ac2", "krippendorff_alpha"}
    assert names <= set(found["components"][0])
    assert "overall" in found


def test_check_lists_every_finding_and_ends_with_one_where_there_is_an_error(run, spoilt):
    code, out, _ = run("check", "--data", str(spoilt), "--format", "json")
    found = strict_json(out)
    assert code == 1
    assert set(found[0]) >= {"severity", "file", "row", "column", "value", "message", "hint", "rule"}
    places = [(f["row"], f["column"], f["value"]) for f in found if f["severity"] == "error"]
    assert places == [(2, "sd_intervention", "-12.1"), (4, "sd_comparator", "0")]
    assert run("check", "--data", str(spoilt))[0] == 1
    code, out, _ = run("check", "--format", "json")
    assert code == 0
    assert all(finding["severity"] == "warning" for finding in strict_json(out))
    assert run("check")[0] == 0


def test_check_of_a_folder_that_is_no_data_root_is_a_finding(run):
    code, out, _ = run("check", "--data", str(BROKEN), "--format", "json")
    assert code == 1
    assert "codebook" in strict_json(out)[0]["message"]


@pytest.fixture(scope="module")
def spoilt(valid, tmp_path_factory):
    """A copy of the valid trials with two standard deviations that cannot be."""
    root = tmp_path_factory.mktemp("spoilt") / "root"
    shutil.copytree(valid.parent, root)
    outcomes = root / "data" / "trials" / "alder2011sample" / "outcomes.csv"
    text = outcomes.read_text(encoding="utf-8").replace("12.1", "-12.1").replace(",4.6,", ",0,")
    outcomes.write_text(text, encoding="utf-8")
    return root / "data"


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["pool", "recovery"], ["5 trials", "95% prediction interval", "tau2", "k = 6"]),
        (["fidelity", "recovery"], ["fewer than ten trials the slope is kept back", "k = 6"]),
        (["agreement"], ["Agreement of 2 coders", "AC2"]),
        (["bayes", "recovery"], ["by Bayes", "Prior SD", "credible interval"]),
        (["direction-only", "recovery"], ["Maximum likelihood, 95% profile intervals", "only say a direction"]),
        (["check"], ["no errors"]),
    ],
)
def test_tables_for_people_stand_on_stdout(run, command, says):
    code, out, err = run(*command)
    assert (code, err) == (0, "")
    assert [words for words in says if words not in out] == []


def test_what_goes_to_a_file_is_utf8_whatever_the_system_prefers(valid):
    here = ["--data", str(valid), "--references", str(valid.parent / "references.bib")]
    environment = os.environ | {"PYTHONIOENCODING": "cp1252", "PYTHONPATH": str(ROOT)}
    for command in (["pool", "recovery"], ["effects"]):
        done = subprocess.run(
            [sys.executable, "-m", "synthesis", *command, *here], capture_output=True, check=False, env=environment
        )
        assert done.returncode == 0, done.stderr[-300:]
        assert "Müller" in done.stdout.decode("utf-8")


USAGE = {
    "an outcome that does not exist": (["pool", "recovry"], "recovery"),
    "a measure that does not exist": (["pool", "recovery", "--measure", "XX"], "SMD"),
    "a method that does not exist": (["pool", "recovery", "--method", "SJ"], "REML"),
    "an interval that does not exist": (["pool", "recovery", "--ci", "t"], "knapp-hartung"),
    "a time point that does not exist": (["pool", "recovery", "--timepoint", "12"], "closest:MONTHS"),
    "a level outside 0 to 1": (["pool", "recovery", "--level", "95"], "0<x<1"),
    "a level that is no number": (["pool", "recovery", "--level", "nan"], "between 0 and 1"),
    "a correlation outside 0 to 1": (["pool", "recovery", "--icc", "2"], "0<=x<=1"),
    "a correlation that is no number": (["pool", "recovery", "--icc", "nan"], "0 to 1"),
    "a correlation of 1 with a baseline": (["pool", "recovery", "--adjusted-r", "1"], "from 0 to 0.99"),
    "a correlation that is a word": (["effects", "--adjusted-r", "high"], "none"),
    "a correlation of nan": (["fidelity", "recovery", "--adjusted-r", "nan"], "from 0 to 0.99"),
    "no permutation": (["fidelity", "recovery", "--permutations", "0"], "1<=x<=1000000"),
    "more permutations than memory holds": (["fidelity", "recovery", "--permutations", "1000000001"], "x<=1000000"),
    "a picture of no kind": (["diff", "data", "--picture", "x.bmp"], ".svg, .png or .pdf"),
    "a negative seed": (["fidelity", "recovery", "--seed", "-1"], "x>=0"),
    "influence on no outcome": (["influence"], "OUTCOME"),
    "influence on an outcome that does not exist": (["influence", "recovry"], "recovery"),
    "influence by a method that does not exist": (["influence", "recovery", "--method", "SJ"], "REML"),
    "influence by a pool of events": (["influence", "recovery", "--method", "MH"], "pools the events"),
    "influence in a format that does not exist": (["influence", "recovery", "--format", "csv"], "json"),
    "influence at a level outside 0 to 1": (["influence", "recovery", "--level", "95"], "0<x<1"),
    "small studies of no outcome": (["small-study"], "OUTCOME"),
    "small studies of an outcome that does not exist": (["small-study", "recovry"], "recovery"),
    "small studies by an interval that does not exist": (["small-study", "recovery", "--ci", "t"], "knapp-hartung"),
    "small studies by a pool of events": (["small-study", "recovery", "--method", "PETO"], "pools the events"),
    "small studies by a measure that does not exist": (["small-study", "recovery", "--measure", "XX"], "SMD"),
    "small studies with an option that does not exist": (["small-study", "recovery", "--steps", ".05"], "--steps"),
    "a prior that does not exist": (["bayes", "recovery", "--tau-prior", "flat", "1"], "half-cauchy"),
    "a prior without width": (["bayes", "recovery", "--slope-sd", "0"], "x>0"),
    "a score that does not exist": (["fidelity", "recovery", "--score", "zeal"], "role_modelling"),
    "a format that does not exist": (["pool", "recovery", "--format", "xml"], "json"),
    "an option that does not exist": (["pool", "recovery", "--fast"], "--fast"),
    "a command that does not exist": (["pol", "recovery"], "pol"),
    "no outcome": (["pool"], "OUTCOME"),
    "an outcome that effects does not know": (["effects", "--outcome", "recovry"], "recovery"),
    "a folder that does not exist": (["pool", "recovery", "--data", "nowhere"], "nowhere"),
}


@pytest.mark.parametrize("mistake", USAGE)
def test_a_mistake_in_the_command_ends_with_two_and_one_message(run, mistake):
    words, named = USAGE[mistake]
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert named in err
    assert err.count("Error") == 1


DATA = {
    "nothing to pool": (["pool", "recovery", "--measure", "HR"], "in a form that can be pooled"),
    "a measure without a standard error from people": (["direction-only", "readmission"], "Ask for the measure SMD"),
    "too few effects for a slope": (["fidelity", "psychosis"], "1 usable effect;"),
    "too few effects for influence": (["influence", "psychosis"], "1 effect to pool"),
    "no effects for small studies": (["small-study", "recovery", "--measure", "HR"], "in a form that can be pooled"),
    "a bibliography that is not there": (["pool", "recovery", "--references", "nowhere.bib"], "nowhere.bib"),
    "a folder that is no data root": (["pool", "recovery", "--data", str(BROKEN)], "codebook"),
}


@pytest.mark.parametrize("problem", DATA)
def test_a_problem_in_the_data_ends_with_one_and_says_where(run, problem):
    words, named = DATA[problem]
    code, out, err = run(*words)
    assert (code, out) == (1, "")
    assert named in err
    assert err.startswith("Error: ")


def test_every_error_in_the_data_is_listed_before_anything_is_pooled(run, spoilt):
    code, out, err = run("pool", "recovery", "--data", str(spoilt))
    assert (code, out) == (1, "")
    assert "2 problems in the data" in err
    assert "alder2011sample/outcomes.csv row 2, sd_intervention" in err


def test_data_elsewhere_come_with_the_references_beside_them(run, valid, tmp_path, monkeypatch):
    shutil.copytree(valid.parent, tmp_path / "project")
    monkeypatch.chdir(tmp_path)
    assert run("pool", "hope", "--data", "project/data")[0] == 0
    monkeypatch.chdir(tmp_path / "project")
    assert run("pool", "hope", "--data", "data")[0] == 0
    (tmp_path / "project" / "references.bib").rename(tmp_path / "moved.bib")
    assert run("pool", "hope", "--data", "data")[0] == 1
    assert run("pool", "hope", "--data", "data", "--references", str(tmp_path / "moved.bib"))[0] == 0


@pytest.mark.parametrize(
    "command",
    [
        "check",
        "effects",
        "pool",
        "influence",
        "small-study",
        "fidelity",
        "agreement",
        "direction-only",
        "bayes",
        "report",
    ],
)
def test_the_help_of_each_command_shows_an_example_that_names_it(run, command):
    code, out, _ = run(command, "--help")
    assert code == 0
    assert re.search(rf"Example:\n\s+synthesis {command}\b", out)
    assert "--data" in out
    assert "--references" in out


def test_the_help_and_the_version_end_well(run):
    code, out, _ = run("--help")
    assert code == 0
    assert "synthesis pool recovery" in out
    assert run("--version")[0] == 0


def test_an_interruption_ends_with_130_and_one_line(run, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("synthesis.evidence.load_evidence", interrupt)
    code, out, err = run("pool", "recovery")
    assert (code, out) == (130, "")
    assert err.strip() == "Interrupted; nothing half-written was left."


def started(*words, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "synthesis", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        **options,
    )


def test_the_module_is_the_same_program(run, valid):
    process = started("pool", "hope", "--format", "json", "--data", str(valid))
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert strict_json(out) == strict_json(run("pool", "hope", "--format", "json")[1])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_control_c_ends_a_long_computation_quietly(valid):
    words = ["fidelity", "recovery", "--data", str(valid), "--permutations", "1000000"]
    code = (
        "import signal, sys, threading, os; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import synthesis.statistics.permutation, synthesis.answers.fidelity_slope\n"
        "def wait(*a, **k):\n"
        "    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "    while True: sum(range(1000))\n"
        "synthesis.answers.fidelity_slope.permutation_test = wait\n"
        f"sys.argv = ['synthesis', *{words!r}]\n"
        "from synthesis.cli import main; main()\n"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False
    )
    assert process.returncode == 130
    assert process.stderr.strip() == "Interrupted; nothing half-written was left."


def test_a_reader_that_stops_reading_ends_the_program_quietly(valid):
    with started("effects", "--format", "json", "--data", str(valid)) as process:
        process.stdout.close()  # as `| head -0` does
        err = process.stderr.read()
        assert process.wait(timeout=60) == 0
    assert err == ""


def test_events_are_pooled_by_the_names_of_the_contract(run):
    for method in ("MH", "mh-dl", "MH-REVMAN"):
        code, out, err = run("pool", "readmission", "--method", method, "--format", "json")
        found = strict_json(out)
        assert (code, err) == (0, "")
        assert (found["method"], found["ci"]) == (method.upper(), "wald")
        assert (found["tau2"] is None) == (found["pi_lb"] is None) == (method != "mh-dl")
    code, out, _ = run("pool", "readmission", "--measure", "OR", "--method", "PETO", "--ci", "wald")
    assert code == 0
    assert "Peto's one-step odds ratio" in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("pool", "readmission", "--method", "MH", "--ci", "knapp-hartung"), "does not go with method MH"),
        (("pool", "readmission", "--method", "PETO"), "measure 'RR' is not pooled by PETO"),
        (("pool", "recovery", "--method", "MH"), "measure 'SMD' is not pooled by MH"),
        (("fidelity", "readmission", "--method", "MH"), "takes no moderators"),
        (("diff", "here", "--method", "peto"), "takes no moderators"),
        (("pool", "readmission", "--method", "mantel"), "'MH'"),
    ],
)
def test_a_pool_of_events_that_cannot_be_is_a_usage_mistake(run, words, says):
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert says in err
