"""pyproject.toml, the locks, environment.yml and what is installed say the same."""

import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

import synthesis

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
LOCK, EXTRA_LOCK, TEST_LOCK = "requirements.lock", "requirements-extras.lock", "requirements-test.lock"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")  # those the Makefile takes


def read_lock(name):
    """Return the lock's requirements, one for each package."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.lstrip().startswith("#")]


def pins(name, python="3.12"):
    """Return {package: version} as the lock installs it on this system under the given Python."""
    here = {"python_version": python, "python_full_version": f"{python}.9"}
    wanted = [line for line in read_lock(name) if line.marker is None or line.marker.evaluate(here)]
    return {canonicalize_name(line.name): next(iter(line.specifier)).version for line in wanted}


def declared(*extras):
    """Return the requirements pyproject.toml declares at run time and under these extras."""
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in PROJECT["optional-dependencies"][extra])]
    return [need for need in map(Requirement, lines) if need.name != PROJECT["name"]]


@pytest.mark.parametrize("name", [LOCK, EXTRA_LOCK, TEST_LOCK])
def test_a_lock_holds_exact_versions_and_nothing_of_the_machine_that_made_it(name):
    for line in read_lock(name):
        assert re.fullmatch(r"==[^*,]+", str(line.specifier)), line
        assert line.url is None
    text = (ROOT / name).read_text(encoding="utf-8")
    assert re.findall(r"^\s*-.*|\w+://\S+|(?<!\w)/\w+/\S*", text, flags=re.MULTILINE) == []


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    ("name", "extras"),
    [(LOCK, ()), (EXTRA_LOCK, ("documents", "explore")), (TEST_LOCK, ("test", "dev", "documents", "explore"))],
)
def test_every_declared_dependency_is_locked_within_its_bounds(name, extras, python):
    locked = pins(name, python)
    outside = [
        str(n) for n in declared(*extras) if not n.specifier.contains(locked.get(canonicalize_name(n.name), "0"))
    ]
    assert outside == [], "type: make lock"


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", [EXTRA_LOCK, TEST_LOCK])
def test_no_other_lock_moves_a_version_of_the_run_time_lock(name, python):
    assert pins(LOCK, python).items() <= pins(name, python).items()


def test_conda_installs_this_very_lock_and_this_very_package():
    (pip,) = (entry["pip"] for entry in CONDA if isinstance(entry, dict))
    assert pip == [f"-r {LOCK}", "-e ."]
    assert {re.split("[=<>]", entry)[0] for entry in CONDA if isinstance(entry, str)} == {"python", "pip"}


def test_conda_pyproject_and_the_makefile_agree_on_python():
    (conda,) = (entry.partition("=")[2] for entry in CONDA if isinstance(entry, str) and entry.startswith("python"))
    oldest, newest = re.search(r"\((3, \d+)\) <= sys\.version_info\[:2\] <= \((3, \d+)\)", makefile()).groups()
    assert (oldest.replace(", ", "."), newest.replace(", ", ".")) == (PYTHONS[0], PYTHONS[-1])
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"
    assert conda in PYTHONS
    assert f"--python-version {PYTHONS[0]}" in makefile()


def makefile():
    return (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_installed_versions_are_those_of_the_lock():
    if Path(sys.prefix).resolve() != (ROOT / ".venv").resolve():
        pytest.skip("this Python is not the .venv that `make setup` makes, so the lock does not bind it")
    running = ".".join(map(str, sys.version_info[:2]))
    installed = {canonicalize_name(d.metadata["Name"]): d.version for d in importlib.metadata.distributions()}
    wrong = {
        name: (version, installed.get(name))
        for name, version in pins(TEST_LOCK, running).items()
        if installed.get(name) != version
    }
    assert wrong == {}, "(locked, installed) differ; type: make setup"


def test_this_python_is_one_the_project_supports():
    assert SpecifierSet(PROJECT["requires-python"]).contains(Version(".".join(map(str, sys.version_info[:3]))))


def test_the_version_is_the_same_wherever_it_is_written():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == synthesis.__version__ == importlib.metadata.version(PROJECT["name"])
    assert citation["license"] == PROJECT["license"]


def test_make_lists_every_target_that_has_a_name():
    phony = set(re.search(r"^\.PHONY: (.*)$", makefile(), flags=re.MULTILINE).group(1).split())
    explained = set(re.findall(r"^([a-z]+):.*## ", makefile(), flags=re.MULTILINE))
    assert explained == phony
