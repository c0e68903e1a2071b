"""A small review in a git repository, released in versions: what each one changed is known beforehand."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from builders.rated import CONCERN_DOMAINS, READER, four_trials, rating, review, threshold
from builders.roots import build_root, means
from synthesis.answers.grading.grade import grade_outcome

# When each version was released; lightweight tags have the date of their commit.
DATES = {
    "v0.1.0": "2026-01-05T10:00:00+00:00",
    "v0.2.0": "2026-02-05T10:00:00+00:00",
    "v0.3.0": "2026-03-05T10:00:00+00:00",
    "v0.4.0": "2026-04-05T10:00:00+00:00",
    "": "2026-05-05T10:00:00+00:00",
}
# 0.2.0 adds it: its mean is as printed, a slip by ten that 0.3.0 corrects.
ADDED, SLIP, MEANT = "elder2005sample", 40.0, 50.0
CODED = {"peer": {"listening": 2, "example": 1, "linkage": 1}}


def git(folder: Path, *arguments: str, date: str = DATES["v0.1.0"]) -> str:
    """Run git as nobody in particular at a known time, and return what it says."""
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    environment = os.environ | {"GIT_COMMITTER_DATE": date, "GIT_AUTHOR_DATE": date}
    done = subprocess.run(
        ["git", *identity, "-C", str(folder), *arguments], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def rows_of(version: str) -> list[dict[str, Any]]:
    """Return the rows of outcomes of a version."""
    rows = four_trials()
    if version != "v0.1.0":
        mean = SLIP if version == "v0.2.0" else MEANT
        rows.append(means(mean, 10.0, 100, 50.0, 10.0, 100, trial=ADDED))
    return rows


def judged_in_first(root: Path) -> list[dict[str, Any]]:
    """Return ratings of the first version's data, as a person fills in what `synthesis grade --draft` prints."""
    drafts = {row["domain"]: row for row in grade_outcome(review(root, rows_of("v0.1.0")), "recovery").draft_rows()}
    own = [rating("target", "important_effect"), rating("overall", "high")]
    own += [rating(domain, "not_serious", 0) for domain in CONCERN_DOMAINS]
    return [drafts[row["domain"]] | row for row in own]


def write_version(
    root: Path, version: str, grade: Sequence[Mapping[str, Any]], *, notes: str = "", listening: int = 2
) -> None:
    """Write the data of a version in the place of the one before."""
    shutil.rmtree(root / "data", ignore_errors=True)
    rows = [row | {"notes": notes} if notes else row for row in rows_of(version)]
    names = dict.fromkeys(row["trial"] for row in rows)
    ratings = {name: {"peer": CODED["peer"] | {"listening": listening if name == ADDED else 2}} for name in names}
    lists = {"codebook_thresholds": [threshold(0.2)], "grade": list(grade), "reviewers": [READER]}
    build_root(root, rows, lists=lists, ratings=ratings)


def released(root: Path) -> Path:
    """Make the repository and return its folder.

    v0.1.0: four trials that favour peer support, rated. v0.2.0 adds a trial with a slip in its mean: the average is
    left open and the ratings are of earlier data. v0.3.0 corrects the number. v0.4.0 changes notes alone, and the data
    as they stand code the added trial another way.
    """
    place = root / "review"
    grade = judged_in_first(root / "first")
    place.mkdir(parents=True)
    git(place, "init", "-q", "-b", "main")
    (place / "README.md").write_text("A sample review.\n", encoding="utf-8")
    for version, date in DATES.items():
        notes = "" if version in ("v0.1.0", "v0.2.0", "v0.3.0") else "Read again."
        write_version(place, version, grade, notes=notes, listening=2 if version else 0)
        git(place, "add", "-A")
        git(place, "commit", "-q", "-m", version or "Code again", date=date)
        if version:
            annotated = ["-a", "-m", version] if version == "v0.2.0" else []
            git(place, "tag", *annotated, version, date=date)
    git(place, "tag", "before-review")  # a tag that is no version
    return place
