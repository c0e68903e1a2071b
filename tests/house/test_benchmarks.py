"""The benchmarks run, their contestants find the same, and what they print is what they measured. No time is judged."""

import json
import shutil
from pathlib import Path

import pytest

from benchmarks import __main__ as program
from benchmarks import (
    cochrane,
    command_line,
    explorer,
    fits,
    joint,
    measurement,
    peers,
    permutations,
    pools,
    report,
    scale,
)
from benchmarks.machine import busy
from benchmarks.record import Check, Entry, Section
from benchmarks.table import section_text, show_seconds
from benchmarks.timing import Timing, time_calls
from synthesis.evidence.checks import check

VALID = Path(__file__).parents[1] / "trials" / "valid"
MODELS = [
    pytest.param(fits.run, {"k": 8, "repeats": 1}, id="fits"),
    pytest.param(
        permutations.run,
        {"k": 11, "permutations": 300, "metafor_iterations": 100, "repeats": 1},
        id="permutations",
    ),
    pytest.param(pools.run, {"k": 6, "count": 3, "repeats": 1}, id="pools"),
]


def contestants(section):
    return {entry.who: entry for entry in section.entries}


@pytest.mark.parametrize(("run", "sizes"), MODELS)
def test_every_contestant_finds_the_same(run, sizes):
    sections = run(**sizes)
    for section in sections:
        assert section.sound, section_text(section)
        assert contestants(section)["PyMARE"].seconds > 0
    if peers.why_no_metafor():
        pytest.skip(f"metafor does not take part: {peers.why_no_metafor()}")
    for section in sections:
        assert len(section.checks) == 4
        assert contestants(section)["metafor"].seconds > 0


def test_the_joint_model_and_its_permutations_find_what_metafor_and_clubsandwich_find():
    sections = joint.run(sizes=(24, 30), permutations=400, metafor_iterations=60, repeats=1)
    for section in sections:
        assert section.sound, section_text(section)
    assert [section.title.partition(":")[0] for section in sections[:2]] == ["All outcomes in one model"] * 2
    assert "24 effects of 11 trials" in sections[0].title
    assert "a second" in contestants(sections[2])["synthesis"].note
    if peers.why_no_clubsandwich():
        pytest.skip(f"clubSandwich does not take part: {peers.why_no_clubsandwich()}")
    assert [len(section.checks) for section in sections] == [4, 4, 2]
    assert all(contestants(section)["metafor"].seconds > 0 for section in sections)


def test_the_measurement_model_finds_what_quadrature_finds_and_says_how_fast_it_draws():
    (section,) = measurement.run(effects=30, draws=30, known_draws=120, repeats=1)
    assert section.sound, section_text(section)
    assert "draws a second" in contestants(section)["synthesis"].note
    assert any(who.startswith("JAGS") for who in contestants(section))
    if not peers.why_no_jags():
        assert [check.what.split(", ")[1] for check in section.checks] == ["quadrature", "JAGS"]


def test_an_absent_peer_is_named_and_the_others_compared(monkeypatch):
    monkeypatch.setattr(peers.shutil, "which", lambda name: None)
    peers.why_no_metafor.cache_clear()
    try:
        (section,) = fits.run(k=8, repeats=1)
        peers.why_no_clubsandwich.cache_clear()
        model, permuted = joint.run(sizes=(24,), permutations=50, repeats=1)
    finally:
        peers.why_no_metafor.cache_clear()
        peers.why_no_clubsandwich.cache_clear()
    for alone in (model, permuted):
        assert alone.sound
        assert alone.checks == ()
        assert "absent: R is not installed" in section_text(alone)
    assert section.sound
    assert len(section.checks) == 2
    assert contestants(section)["metafor"].seconds is None
    assert "absent: R is not installed" in section_text(section)


@pytest.mark.parametrize(("full", "iterations", "scale"), [(False, 50, 4), (True, 200, 1)])
def test_metafor_timed_with_fewer_permutations_is_scaled_and_says_so(full, iterations, scale, monkeypatch):
    asked = []

    def answer(task, **request):
        asked.append(request["iterations"])
        return peers.FromR(Timing((2.0,), (2.0,)), {"statistic": 1.0, "pval": 0.5})

    monkeypatch.setattr(permutations, "why_no_metafor", lambda: "")
    monkeypatch.setattr(permutations, "ask_metafor", answer)
    (section,) = permutations.run(k=10, permutations=200, metafor_iterations=50, repeats=1, full=full)
    assert asked == [iterations]
    assert contestants(section)["metafor"].seconds == 2 * scale
    assert ("timed with 50 permutations, shown times 4" in section_text(section)) is not full
    assert not section.sound  # the invented statistic is not ours


def test_commands_check_and_read_a_data_root():
    sections = command_line.run(data=VALID / "data", references=VALID / "references.bib", repeats=1)
    for section in sections:
        assert section.sound, section_text(section)
    assert {entry.what for entry in sections[0].entries} >= {"check", "--help"}
    assert "5 trials in" in sections[1].title


def test_only_notebooks_that_use_the_changed_trial_run_again():
    (section,) = report.run(
        data=VALID / "data", references=VALID / "references.bib", outcomes=["hope"], trial="cedar2016sample"
    )
    assert section.sound, section_text(section)
    cold, unchanged, changed = section.entries  # Cedar measured no hope
    assert (cold.note, unchanged.note, changed.note) == ("8 notebooks executed", "0 executed", "5 executed")


def test_the_explorer_is_timed_on_the_page_it_writes():
    (section,) = explorer.run(data=VALID / "data", references=VALID / "references.bib", repeats=2)
    assert section.sound, section_text(section)
    assert section.entries[0].what == "write the page"
    if section.entries[-1].timing is None:
        pytest.skip(section.entries[-1].note)
    assert "slowest" in section_text(section)


def test_generated_trials_and_reviews_go_through_the_doors_whole():
    sections = scale.run(source=VALID / "data", sizes=(7,), rows=60)
    for section in sections:
        assert section.sound, section_text(section)
    assert "7 generated trials" in sections[0].title
    assert "60 rows" in sections[1].title


def test_a_report_that_fails_is_told_in_the_commands_words():
    (section,) = report.run(data=VALID / "data", references=VALID / "references.bib", outcomes=["nonsense"])
    assert not section.sound
    assert "nonsense" in section_text(section)


def test_the_changed_number_leaves_the_data_in_order(tmp_path):
    data = shutil.copytree(VALID / "data", tmp_path / "data")
    path = next(file for file in sorted(data.glob("trials/*/outcomes.csv")) if report.has_number(file.parent))
    before = path.read_text(encoding="utf-8").splitlines()
    report.change_one_number(path)
    after = path.read_text(encoding="utf-8").splitlines()
    assert sum(old != new for old, new in zip(before, after, strict=True)) == 1
    assert [f for f in check(data, references=VALID / "references.bib") if f.severity == "error"] == []


def test_the_trial_to_change_is_used_by_the_middle_number_of_pages():
    names = sorted(path.name for path in (VALID / "data" / "trials").iterdir() if report.has_number(path))
    pages = [report.Page("", frozenset(names[: i + 1]), "", {}) for i in range(len(names))]
    assert report.typical_trial(pages, VALID / "data") == names[::-1][(len(names) - 1) // 2]


def test_a_call_is_repeated_after_a_warm_up():
    calls = []
    timing, found = time_calls(lambda: calls.append(1) or len(calls), repeats=3, least=0)
    assert len(calls) == 4 == found
    assert len(timing.elapsed) == len(timing.processor) == 3
    timing, _ = time_calls(lambda: calls.append(1), repeats=2, warm_up=lambda: None)
    assert len(calls) == 6
    assert timing.calls == 1


def test_a_short_call_is_made_many_times_in_each_repetition():
    timing, _ = time_calls(lambda: None, repeats=1, least=0.001)
    assert timing.calls > 1


def section(difference=0.0, faults=()):
    ours = Entry("synthesis", "fit", Timing((2e-3, 1e-3, 4e-3), (1e-3, 1e-3, 1e-3)))
    theirs = Entry("peer", "fit", Timing((0.5,), ()), scale=10, note="in part")
    return Section(
        "One fit",
        (ours, theirs, Entry("other", "fit", None, note="absent: lost")),
        (Check("p", difference, 4),),
        (),
        faults,
    )


def test_the_table_shows_medians_ranges_and_ratios():
    lines = [line.split() for line in section_text(section()).splitlines()]
    assert lines[2] == "synthesis fit 2.00 ms 1.00 ms to 4.00 ms 1.00 1.00 ms 1.00".split()
    assert lines[3] == "peer fit 5.00 s once 2,500 - in part".split()
    assert lines[4] == "other fit - absent: lost".split()


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0.00 µs"), (4.25e-6, "4.25 µs"), (0.0666, "66.6 ms"), (1, "1.00 s"), (95.06, "95.1 s"), (1234.5, "1,234 s")],
)
def test_durations_have_three_digits(seconds, shown):
    assert show_seconds(seconds) == shown


@pytest.mark.parametrize(("difference", "agrees"), [(4, True), (4.1, False), (float("nan"), False)])
def test_only_a_difference_within_what_is_allowed_agrees(difference, agrees):
    assert section(difference).sound is agrees
    assert ("NOT OK" in section_text(section(difference))) is not agrees


@pytest.mark.parametrize(("sections", "code"), [([section()], 0), ([section(9)], 1), ([section(faults=("x",))], 1)])
def test_disagreement_and_failure_end_with_one(sections, code, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(fits, "run", lambda full: sections)
    monkeypatch.setattr(program, "limit_threads", lambda: None)
    monkeypatch.setattr(peers, "metafor_versions", dict)
    assert program.main(["--only", "fits", "--json", str(tmp_path / "out.json")]) == code
    assert "One fit" in capsys.readouterr().out
    (kept,) = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["sections"]
    assert kept["benchmark"] == "fits"
    assert kept["sound"] is (code == 0)
    assert [entry["ratio"] for entry in kept["entries"]] == [1, 2500, None]


def test_a_benchmark_that_does_not_exist_is_refused(capsys):
    with pytest.raises(SystemExit) as stop:
        program.main(["--only", "speed"])
    assert stop.value.code == 2
    assert "permutations" in capsys.readouterr().err


@pytest.mark.parametrize(("load", "warned"), [(None, False), (0.1, False), (1.9, True)])
def test_a_busy_machine_is_named(load, warned):
    assert bool(busy(load, 2)) is warned


def test_reviews_of_a_folder_are_imported_counted_and_held_against_their_print(capsys):
    assert cochrane.main([str(VALID.parents[1] / "foreign")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "1 reviews, 0 not imported"
    rows = len((VALID.parents[1] / "foreign" / "cochrane-data-rows.csv").read_text(encoding="utf-8").splitlines()) - 1
    assert lines[1].startswith(f"{rows} rows on ")
    (met,) = [line for line in lines if line.startswith("printed effects met")]
    numbers = [int(word) for word in met.split() if word.isdigit()]
    assert numbers[0] > 0
    assert numbers[0] <= numbers[1]
