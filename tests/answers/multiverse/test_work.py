"""Chunks: the same whoever does them, whole or not at all, found again after any death."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from synthesis.answers.multiverse.chunks import Work
from synthesis.answers.multiverse.joint_fits import JointFits
from synthesis.answers.multiverse.parts import InFolder, InMemory, digest
from synthesis.answers.multiverse.plan import read_plan, write_plan
from synthesis.answers.multiverse.rows import FAILED, FITTED
from synthesis.answers.multiverse.run import Run
from synthesis.answers.multiverse.space import multiverse
from synthesis.answers.multiverse.work import do_chunk, do_elsewhere, do_missing, open_folder, shard_of
from synthesis.errors import InputError
from synthesis.files import DestinationError

ROOT = Path(__file__).parents[3]
SYNTHESIS = [sys.executable, "-m", "synthesis", "multiverse"]


@pytest.fixture(scope="module")
def many(shipped):
    """A multiverse of slopes in many small chunks."""
    space = multiverse(shipped, "recovery", target="slope", permutations=60)
    return replace(space, work=Work(replace(space.plan, chunk=1500, orders=3), space.work.data))


@pytest.fixture(scope="module")
def expected(many):
    return many.run().digest()


def folder_of(space, path):
    write_plan(path, space.plan, space.work.data)
    return path


def digest_of(path):
    return digest(*open_folder(path))


def test_workers_and_places_change_no_number(many, expected, tmp_path):
    assert many.run(workers=1).digest() == many.run(workers=4).digest() == expected
    assert many.run(tmp_path / "here").digest() == expected
    with ThreadPoolExecutor(2) as pool:
        assert many.run(tmp_path / "there", executor=pool).digest() == expected


@pytest.mark.parametrize("size", [1, 7, 1000, 10**6])
def test_a_fit_has_the_same_bits_in_any_chunk(slopes, size):
    fits = slopes.work.fits
    whole = fits.fit(0, fits.total)
    cut = [fits.fit(first, min(first + size, fits.total)) for first in range(0, fits.total, size)]
    assert np.concatenate(cut).tobytes() == whole.tobytes()


def test_arrangements_have_the_same_bits_in_any_chunk(slopes):
    together = slopes.work.arrangements(range(9))
    assert np.concatenate([slopes.work.arrangements([number]) for number in range(9)]).tobytes() == together.tobytes()


def test_without_numba_it_works_and_says_so_once(slopes, monkeypatch, tmp_path):
    told = []
    monkeypatch.setattr("synthesis.answers.multiverse.work.load_compiled", lambda: False)
    slopes.run(tmp_path / "run", permutations=2, progress=told.append)
    assert [line for line in told if "numba" in line] == told[:1]


def test_memory_is_bounded_by_the_fits_and_not_by_the_combinations(tmp_path):
    """A hundred million combinations of slopes, and arrangements of them, in a process of moderate size."""
    program = """
import sys
from pathlib import Path
from synthesis.statistics.kernels import load_compiled
load_compiled()
from synthesis.answers.multiverse.space import multiverse
from synthesis.evidence import load_evidence
evidence = load_evidence(sys.argv[1] + "/data", references=sys.argv[1] + "/references.bib")
space = multiverse(evidence, "recovery", target="slope", levels={"score": ["drawn:" + sys.argv[2]]}, permutations=8)
run = space.run(workers=2)
peak = Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]
print(len(space), run.curve().answered, peak)
"""
    # The process's own peak: what getrusage gives starts, on Linux, at the peak of the process that started it.
    # The first few draws let numba compile and keep what it made: once on a machine, with memory of its own.
    for draws in ("2", "400"):
        done = subprocess.run(
            [sys.executable, "-c", program, str(ROOT), draws],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    combinations, answered, kilobytes = map(int, done.stdout.split())
    assert combinations > 100_000_000
    assert answered > 50_000_000
    assert kilobytes < 900_000


def test_shards_do_a_part_each_and_all_together(many, expected, tmp_path):
    folder = folder_of(many, tmp_path / "run")
    for number in (2, 0, 1):
        work, parts = open_folder(folder)
        before = len(parts.missing(work))
        do_missing(work, parts, shard=(number, 3))
        assert before - len(parts.missing(work)) == len(range(number, work.chunks, 3))
    assert digest_of(folder) == expected


@pytest.mark.parametrize("text", ["3/3", "a/b", "1", "-1/2", "1/2/3"])
def test_a_shard_that_is_none_is_refused(text):
    with pytest.raises(InputError, match="first of four"):
        shard_of(text)


def test_after_its_time_nothing_is_begun(many, tmp_path):
    work, parts = open_folder(folder_of(many, tmp_path / "run"))
    assert do_missing(work, parts, until=0) == work.chunks
    found = Run(work, parts)
    with pytest.raises(InputError, match=f"{work.chunks} of {work.chunks} chunks are still to do"):
        found.curve()


def test_half_a_part_is_no_part(many, expected, tmp_path):
    folder = folder_of(many, tmp_path / "run")
    work, parts = open_folder(folder)
    do_missing(work, parts)
    files = sorted((folder / "parts").iterdir())
    files[1].write_bytes(files[1].read_bytes()[:-100])
    files[2].unlink()
    assert len(parts.missing(work)) == 2
    do_missing(work, parts)
    assert digest_of(folder) == expected


def test_a_full_disk_leaves_no_part(many, tmp_path, monkeypatch):
    work, parts = open_folder(folder_of(many, tmp_path / "run"))

    def full(fd):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("synthesis.answers.multiverse.parts.os.fsync", full)
    with pytest.raises(DestinationError, match="No space left"):
        do_missing(work, parts, workers=1)
    assert list((tmp_path / "run" / "parts").iterdir()) == []


class TestPlans:
    def test_a_plan_is_read_as_it_was_written(self, many, tmp_path):
        plan, data = read_plan(folder_of(many, tmp_path / "run"))
        assert plan == many.plan
        assert data.comparisons.equals(many.work.data.comparisons)
        assert np.array_equal(data.y, many.work.data.y, equal_nan=True)
        write_plan(tmp_path / "run", many.plan, many.work.data)  # the same again changes nothing

    def test_another_plan_is_never_mixed_in(self, many, pools, tmp_path):
        folder = folder_of(many, tmp_path / "run")
        with pytest.raises(DestinationError, match="another plan"):
            write_plan(folder, pools.plan, pools.work.data)

    def test_nothing_is_written_among_other_things(self, many, tmp_path):
        (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
        with pytest.raises(DestinationError, match="holds other things"):
            write_plan(tmp_path, many.plan, many.work.data)
        assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]

    @pytest.mark.parametrize(
        ("name", "content", "says"),
        [
            ("plan.json", None, "plan.json is missing"),
            ("tables.npz", None, "tables.npz is missing"),
            ("plan.json", b"{}", "it is of format None"),
            ("plan.json", b"nonsense", "cannot be read"),
            ("tables.npz", b"nonsense", "cannot be read"),
        ],
    )
    def test_a_damaged_plan_is_told_in_one_sentence(self, many, tmp_path, name, content, says):
        folder = folder_of(many, tmp_path / "run")
        (folder / name).unlink()
        if content is not None:
            (folder / name).write_bytes(content)
        with pytest.raises(InputError, match=says):
            open_folder(folder)

    def test_tables_of_another_plan_are_refused(self, many, pools, tmp_path):
        folder, other = folder_of(many, tmp_path / "a"), folder_of(pools, tmp_path / "b")
        (folder / "tables.npz").write_bytes((other / "tables.npz").read_bytes())
        with pytest.raises(InputError, match="not the one that belongs"):
            open_folder(folder)


def begun(folder, *options):
    """Start the work from the shell and wait for its first parts."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [*SYNTHESIS, "run", str(folder), *options]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for _ in range(3000):
        if len(list((folder / "parts").glob("part-*.npy"))) >= 3 or process.poll() is not None:
            return process
        time.sleep(0.02)
    raise AssertionError("no part within a minute")


@pytest.fixture(scope="module")
def long(shipped):
    """A multiverse that takes long enough to be killed half-way."""
    space = multiverse(shipped, "recovery", target="slope", permutations=2500)
    return replace(space, work=Work(replace(space.plan, orders=16), space.work.data))


@pytest.fixture(scope="module")
def whole(long):
    return long.run().digest()


def test_a_process_killed_half_way_loses_nothing(long, whole, tmp_path):
    folder = folder_of(long, tmp_path / "run")
    process = begun(folder)
    process.kill()
    process.communicate()
    work, parts = open_folder(folder)
    done = work.chunks - len(parts.missing(work))
    assert 0 < done < work.chunks
    kept = {path: path.stat().st_mtime_ns for path in (folder / "parts").glob("part-*.npy")}
    resumed = subprocess.run(
        [*SYNTHESIS, "resume", str(folder), "--format", "json"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert resumed.returncode == 0, resumed.stderr
    assert json.loads(resumed.stdout)["curve"]["specifications"] == len(long)
    assert digest_of(folder) == whole
    assert {path: path.stat().st_mtime_ns for path in kept} == kept  # nothing that was there is done again
    assert [path.name for path in (folder / "parts").iterdir() if path.name.startswith(".")] == []


def test_ctrl_c_ends_soon_and_says_how_to_go_on(long, tmp_path):
    folder = folder_of(long, tmp_path / "run")
    process = begun(folder)
    process.send_signal(signal.SIGINT)
    out, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"Go on with: synthesis multiverse resume {folder}" in told
    assert "Traceback" not in told + out
    work, parts = open_folder(folder)
    assert 0 < len(parts.missing(work)) < work.chunks
    assert not list((folder / "parts").glob(".*"))


@pytest.fixture(scope="module")
def joint(shipped):
    names = "timepoint instrument figures icc adjusted_r estimates comparators peers people risk_of_bias design"
    levels = {name: [] for name in [*names.split(), "routes", "integrity"]}
    levels |= {"risk_of_bias": ["without_high"], "score": ["calibrated"], "rho": ["0.4"]}
    return multiverse(shipped, target="joint", levels=levels, permutations=2)


class TestJoint:
    def test_every_universe_is_the_joint_model(self, joint):
        for index in range(0, len(joint), 2):
            row, found = joint.row(index), joint.at(index)
            assert row["status"] == FITTED
            assert row["estimate"] == pytest.approx(found.estimate, rel=1e-5)
            assert row["se"] == pytest.approx(found.se, rel=1e-5)
            assert (row["k"], row["trials"]) == (found.k, found.trials)
            assert (bool(row["above"]), bool(row["below"])) == (found.ci_lb > 0, found.ci_ub < 0)

    def test_it_is_resumed_and_compared_with_chance(self, joint, tmp_path):
        run = joint.run(tmp_path / "run")
        assert run.digest() == joint.run().digest()
        assert run.reference().permutations == 2
        assert run.curve().answered == len(joint)

    def test_one_that_fails_is_recorded_and_stops_no_other(self, joint, monkeypatch):
        from synthesis.answers.multiverse import joint_fits

        fit, calls = joint_fits.fit_slope, []

        def sometimes(*given):
            calls.append(1)
            if len(calls) % 3 == 0:
                raise np.linalg.LinAlgError("singular")
            return fit(*given)

        monkeypatch.setattr(joint_fits, "fit_slope", sometimes)
        rows = JointFits(joint.work.data, (0.6, 0.4), 0.95).fit(0, joint.fits)
        assert (rows["status"] == FAILED).sum() == joint.fits // 3
        assert (rows["status"] == FITTED).sum() == joint.fits - joint.fits // 3


def test_parts_in_memory_and_in_a_folder_know_what_is_missing(many, tmp_path):
    work = many.work
    for parts in (InMemory(), InFolder(tmp_path / "run", work)):
        assert parts.missing(work) == list(range(work.chunks))
        parts.put(3, work.do(3))
        assert 3 not in parts.missing(work)
    assert InFolder(tmp_path / "run", work).has(work, 3)
    assert not InFolder(tmp_path / "run", work).has(work, 4)
    for parts in (InMemory(), InFolder(tmp_path / "run", work)):
        parts.put(3, work.do(3))
        assert parts.get(work, 3).tobytes() == work.do(3).tobytes()


def test_a_worker_does_no_chunk_of_a_plan_that_was_replaced(many, tmp_path):
    folder = str(folder_of(many, tmp_path / "run"))
    assert do_chunk(folder, many.plan.name, 0) == 0
    with pytest.raises(InputError, match="another plan than the one that was asked for"):
        do_chunk(folder, "0" * 64, 1)


def test_an_executor_needs_a_folder(many):
    with ThreadPoolExecutor(1) as pool, pytest.raises(InputError, match="need a folder"):
        many.run(executor=pool)


def test_elsewhere_does_only_what_is_missing(many, expected, tmp_path):
    folder = folder_of(many, tmp_path / "run")
    work, parts = open_folder(folder)
    do_missing(work, parts, shard=(0, 2))
    told = []
    with ThreadPoolExecutor(2) as pool:
        assert do_elsewhere(folder, pool, progress=told.append) == 0
    assert told[-1].startswith(f"[{work.chunks // 2}/{work.chunks // 2}]")
    assert digest_of(folder) == expected
