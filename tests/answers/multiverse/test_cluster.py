"""A Dask cluster of workers that were started apart: one of them killed, then the driver, and nothing is lost."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from synthesis.answers.multiverse.chunks import Work
from synthesis.answers.multiverse.cluster import do_on_cluster
from synthesis.answers.multiverse.parts import digest
from synthesis.answers.multiverse.plan import write_plan
from synthesis.answers.multiverse.space import multiverse
from synthesis.answers.multiverse.work import open_folder
from synthesis.errors import InputError, SynthesisError

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

ROOT = Path(__file__).parents[3]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}


@contextmanager
def started(*command):
    """Run a program until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command], env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(there, seconds=90):
    for _ in range(seconds * 50):
        if there():
            return
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} seconds")


@pytest.fixture
def cluster(tmp_path):
    """A scheduler and two workers; gives its address and the workers' processes."""
    place = tmp_path / "scheduler.json"
    scheduler = ("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    worker = ("distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard")
    with started(*scheduler, "--scheduler-file", str(place)):
        wait_until(place.is_file)
        from distributed import Client

        own = (*worker, "--scheduler-file", str(place), "--local-directory", str(tmp_path))
        with started(*own) as first, started(*own) as second:
            with Client(scheduler_file=str(place)) as client:
                client.wait_for_workers(2, timeout=60)
                address = client.scheduler.address
            yield address, [first, second]


@pytest.fixture(scope="module")
def long(shipped):
    space = multiverse(shipped, "recovery", target="slope", permutations=480)
    return replace(space, work=Work(replace(space.plan, orders=12), space.work.data))


@pytest.fixture(scope="module")
def whole(long):
    return long.run().digest()


def test_a_worker_and_a_driver_die_and_every_number_is_the_same(cluster, long, whole, tmp_path):
    address, workers = cluster
    folder = tmp_path / "run"
    write_plan(folder, long.plan, long.work.data)
    command = [sys.executable, "-m", "synthesis", "multiverse", "run", str(folder), "--dask", address]
    driver = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    parts_of = folder / "parts"
    wait_until(lambda: len(list(parts_of.glob("part-*.npy"))) >= 4 or driver.poll() is not None)
    workers[0].kill()
    there = len(list(parts_of.glob("part-*.npy")))
    wait_until(lambda: len(list(parts_of.glob("part-*.npy"))) >= there + 4 or driver.poll() is not None)
    driver.kill()
    driver.communicate()
    work, parts = open_folder(folder)
    assert 0 < len(parts.missing(work)) < work.chunks
    told = []
    assert do_on_cluster(folder, address, progress=told.append) == 0
    assert told
    assert digest(work, parts) == whole
    assert do_on_cluster(folder, address) == 0  # nothing left to do


def test_workers_that_see_no_plan_are_refused(cluster, long, tmp_path, monkeypatch):
    folder = tmp_path / "run"
    write_plan(folder, long.plan, long.work.data)
    monkeypatch.setattr("synthesis.answers.multiverse.cluster.plan_name", len)
    with pytest.raises(InputError, match="must lie on storage that all of them share"):
        do_on_cluster(folder, cluster[0])


def test_a_worker_that_cannot_do_a_chunk_is_told_in_a_sentence(cluster, long, tmp_path, monkeypatch):
    folder = tmp_path / "run"
    write_plan(folder, long.plan, long.work.data)
    monkeypatch.setattr("synthesis.answers.multiverse.cluster.do_chunk", divmod)  # takes two, not three
    monkeypatch.setattr("synthesis.answers.multiverse.cluster.RETRIES", 0)
    with pytest.raises(SynthesisError, match=r"A worker could not do chunk-.*multiverse resume"):
        do_on_cluster(folder, cluster[0])


def test_a_scheduler_that_does_not_answer_is_told(long, tmp_path, monkeypatch):
    monkeypatch.setattr("synthesis.answers.multiverse.cluster.WAIT", "1s")
    folder = tmp_path / "run"
    write_plan(folder, long.plan, long.work.data)
    with pytest.raises(SynthesisError, match="No Dask scheduler answers at tcp://127"):
        do_on_cluster(folder, "tcp://127.0.0.1:9", progress=print)


def test_without_dask_the_command_says_what_to_type(long, tmp_path, monkeypatch):
    monkeypatch.setattr("synthesis.answers.multiverse.cluster.find_spec", lambda name: None)
    with pytest.raises(SynthesisError, match=r"peer-work-synthesis\[cluster\]"):
        do_on_cluster(tmp_path, "tcp://127.0.0.1:8786")
