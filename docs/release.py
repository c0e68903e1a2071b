"""Whether a release is told alike everywhere: tag, package, citation, archive and changelog.

Type: python -m docs.release v1.0.0
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
PACKAGE, CITATION, ARCHIVE, CHANGELOG = "synthesis/__init__.py", "CITATION.cff", ".zenodo.json", "CHANGELOG.md"
NO_NAME = "{tag!r} is not the name of a version. Tag it as v1.2.0."
OTHER = "{file} says {found}, and the tag {tag}. {mend}"
NO_DATE = 'CITATION.cff does not say when it is released. Write: date-released: "{date}"'
OTHER_DATE = "CITATION.cff says that it is released on {found}, and CHANGELOG.md on {date}. Write one date in both."
NO_ENTRY = "CHANGELOG.md has no entry of {version}. Write above the others: ## [{version}] - YYYY-MM-DD"
EMPTY = "The entry of {version} in CHANGELOG.md says nothing. Move what is under [Unreleased] beneath it."
ALIKE = "{tag}: package, citation, archive and changelog agree."
ENTRY = r"^## \[{version}\](?: - (\d{{4}}-\d\d-\d\d))?\s*$(.*?)(?=^## \[|\Z)"


def disagreements(tag: str, root: Path = ROOT) -> Iterator[str]:
    """Say what does not agree with a tag, each with how to mend it; nothing where all does."""
    found = re.fullmatch(r"v(\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?)", tag)
    if found is None:
        yield NO_NAME.format(tag=tag)
        return
    version, date = found[1], _entry(found[1], root)[0]
    citation = yaml.safe_load(_text(root, CITATION))
    package = re.search(r'^__version__ = "([^"]*)"', _text(root, PACKAGE), re.MULTILINE)
    told = {
        PACKAGE: (package[1] if package else "", f'Write: __version__ = "{version}"'),
        CITATION: (str(citation.get("version", "")), f"Write: version: {version}"),
        ARCHIVE: (str(json.loads(_text(root, ARCHIVE)).get("version", "")), f'Write: "version": "{version}"'),
    }
    for file, (own, mend) in told.items():
        if own != version:
            yield OTHER.format(file=file, found=own or "no version", tag=tag, mend=mend)
    if date is None:
        yield NO_ENTRY.format(version=version)
        return
    if not notes_of(version, root):
        yield EMPTY.format(version=version)
    released = str(citation.get("date-released", ""))
    if not released:
        yield NO_DATE.format(date=date)
    elif released != date:
        yield OTHER_DATE.format(found=released, date=date)


def notes_of(version: str, root: Path = ROOT) -> str:
    """Return what the changelog says of a version: the text of its release."""
    return _entry(version, root)[1].strip()


def _entry(version: str, root: Path) -> tuple[str | None, str]:
    pattern = ENTRY.format(version=re.escape(version))
    found = re.search(pattern, _text(root, CHANGELOG), re.MULTILINE | re.DOTALL)
    return (None, "") if found is None or found[1] is None else (found[1], found[2])


def _text(root: Path, name: str) -> str:
    return (root / name).read_text(encoding="utf-8")


def main(arguments: list[str] | None = None, *, root: Path = ROOT) -> int:
    """Check a tag, and write the text of its release where it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tag", help="such as v1.0.0")
    parser.add_argument("--notes", type=Path, help="write the changelog's entry to this file")
    given = parser.parse_args(arguments)
    wrong = list(disagreements(given.tag, root))
    for sentence in wrong:
        sys.stderr.write(f"{sentence}\n")
    if wrong:
        return 1
    if given.notes:
        given.notes.write_text(notes_of(given.tag.removeprefix("v"), root) + "\n", encoding="utf-8", newline="\n")
    sys.stdout.write(f"{ALIKE.format(tag=given.tag)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
