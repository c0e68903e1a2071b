"""A version as it was released: its files with their fingerprints, as an archive or as a folder, read with mistrust."""

from __future__ import annotations

import json
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from hashlib import file_digest
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from synthesis.errors import SynthesisError
from synthesis.evidence.versions import VERSION
from synthesis.reports.record.fingerprint import hash_plain

RECORD = "version.json"
MADE_BY, FORMAT = "synthesis freeze", 1
NAME = "version-{version}.zip"
# Far more than any version has, and far less than fills a disk: what an archive says of itself is not taken on trust.
MOST_FILES, MOST_BYTES, MOST_RECORD = 20_000, 4_000_000_000, 10_000_000
# The date of entries: an archive of the same files is the same bytes.
EPOCH = (1980, 1, 1, 0, 0, 0)
NOT_ONE = "{place} is no version that `synthesis freeze` made: {why}. Take the archive of the release again."
ALTERED = (
    "{place} is not as it was released: {names}. A version stays as it was. Take the archive of the release again, or "
    "release the other content under another version."
)
NO_RECORD = "it has no " + RECORD
BAD_RECORD = f"its {RECORD} cannot be read"
BAD_NAME = "it names a file outside itself, {name!r}"
TOO_LARGE = "it is larger than any version is"


class FrozenError(SynthesisError):
    """What should be a released version is none, or is not as it was released."""


@dataclass(frozen=True)
class FrozenVersion:
    """A released version.

    Attributes
    ----------
    version, title : str
        Its name, and what the review is called.
    commit, committed : str
        The commit that was released, and when it was made, ISO 8601.
    synthesis, code : str
        Version and fingerprint of the package that computed its report.
    files : mapping of str to str
        SHA-256 of each file, by its path within the version.
    place : pathlib.Path
        The archive or the folder; no part of what is recorded.
    """

    version: str
    title: str
    commit: str
    committed: str
    synthesis: str
    code: str
    files: Mapping[str, str]
    place: Path = field(default=Path(), compare=False)

    @property
    def digest(self) -> str:
        """One fingerprint of all its files: two versions of the same name must have the same."""
        return hash_plain(dict(self.files))

    def record(self) -> dict[str, Any]:
        """Return what its record says, as plain values."""
        kept = {name: value for name, value in asdict(self).items() if name != "place"}
        return {"made_by": MADE_BY, "format": FORMAT, **kept, "digest": self.digest}

    def copy_to(self, folder: Path) -> None:
        """Write its files and its record into a folder, each checked against its fingerprint on the way.

        Raises
        ------
        FrozenError
            When a file is missing, or is not as it was recorded.
        """
        wrong = []
        with _opened(self.place) as source:
            for name, digest in self.files.items():
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                if not source.copy(name, path) or digest_of(path) != digest:
                    wrong.append(name)
        if wrong:
            raise FrozenError(ALTERED.format(place=self.place, names=_some(sorted(wrong))))
        write_record(self, folder)


def read_frozen(place: Path) -> FrozenVersion:
    """Read what a released version says of itself; its files are checked where they are copied.

    Parameters
    ----------
    place : pathlib.Path
        The archive, or the folder of a version.

    Raises
    ------
    FrozenError
        When it is none, or holds files that its record does not.
    """
    with _opened(place) as source:
        content = source.content(RECORD)
        if content is None:
            raise FrozenError(NOT_ONE.format(place=place, why=NO_RECORD))
        found = _of_record(content, place)
        unknown = sorted(source.names() - {RECORD, *found.files})
    if unknown:
        raise FrozenError(ALTERED.format(place=place, names=_some(unknown)))
    return found


def write_record(frozen: FrozenVersion, folder: Path) -> None:
    """Write the record of a version into its folder."""
    text = json.dumps(frozen.record(), indent=2, ensure_ascii=False) + "\n"
    (folder / RECORD).write_text(text, encoding="utf-8", newline="\n")


def write_archive(folder: Path, archive: Path) -> None:
    """Pack a folder: the same files give the same bytes."""
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            packed.writestr(entry_of(path.relative_to(folder).as_posix()), path.read_bytes())


def entry_of(name: str) -> zipfile.ZipInfo:
    """Return an entry of an archive in which nothing tells when and by whom it was packed."""
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    return entry


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, read piece by piece."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _of_record(written: bytes, place: Path) -> FrozenVersion:
    try:
        content = json.loads(written.decode("utf-8"))
        if content["made_by"] != MADE_BY or content["format"] != FORMAT:
            raise ValueError(content["format"])
        texts = {name: str(content[name]) for name in "version title commit committed synthesis code".split()}
        files = {str(name): str(digest) for name, digest in content["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FrozenError(NOT_ONE.format(place=place, why=BAD_RECORD)) from error
    for name in (texts["version"], *files):
        if not _is_within(name) or (name == texts["version"] and not VERSION.fullmatch(name)):
            raise FrozenError(NOT_ONE.format(place=place, why=BAD_NAME.format(name=name)))
    if len(files) > MOST_FILES:
        raise FrozenError(NOT_ONE.format(place=place, why=TOO_LARGE))
    return FrozenVersion(**texts, files=files, place=place)


def _is_within(name: str) -> bool:
    """Say whether a path stays below the folder it is given in, on every system."""
    path = PurePosixPath(name)
    parts = name.split("/")
    return (
        bool(name) and not path.is_absolute() and not {"", ".", ".."} & set(parts) and not set('\\:*?"<>|') & set(name)
    )


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


class _Folder:
    """A version as a folder."""

    def __init__(self, place: Path):
        self.place = place

    def names(self) -> set[str]:
        return {path.relative_to(self.place).as_posix() for path in self.place.rglob("*") if path.is_file()}

    def content(self, name: str) -> bytes | None:
        path = self.place / name
        return path.read_bytes() if path.is_file() else None

    def copy(self, name: str, path: Path) -> bool:
        own = self.place / name
        if not own.is_file() or own.is_symlink():
            return False
        shutil.copyfile(own, path)
        return True


class _Archive:
    """A version as an archive; no more is written than any version has."""

    def __init__(self, place: Path, packed: zipfile.ZipFile):
        self.place, self.packed, self.room = place, packed, MOST_BYTES

    def names(self) -> set[str]:
        return {entry.filename for entry in self.packed.infolist() if not entry.is_dir()}

    def content(self, name: str) -> bytes | None:
        if name not in self.names():
            return None
        with self.packed.open(name) as source:
            content = source.read(MOST_RECORD + 1)
        if len(content) > MOST_RECORD:
            raise FrozenError(NOT_ONE.format(place=self.place, why=TOO_LARGE))
        return content

    def copy(self, name: str, path: Path) -> bool:
        try:
            entry = self.packed.getinfo(name)
        except KeyError:
            return False
        with self.packed.open(entry) as source, path.open("wb") as target:
            self._copy(source, target)
        return True

    def _copy(self, source: BinaryIO, target: BinaryIO) -> None:
        while piece := source.read(1 << 20):
            self.room -= len(piece)
            if self.room < 0:
                raise FrozenError(NOT_ONE.format(place=self.place, why=TOO_LARGE))
            target.write(piece)


@contextmanager
def _opened(place: Path) -> Iterator[_Folder | _Archive]:
    if place.is_dir():
        yield _Folder(place)
        return
    try:
        with zipfile.ZipFile(place) as packed:
            yield _Archive(place, packed)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise FrozenError(NOT_ONE.format(place=place, why=f"it cannot be read ({str(error)[:100]})")) from error
