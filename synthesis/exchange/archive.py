"""ZIP archives read as data only: nothing is unpacked to disk, and what is read is bounded in entries and bytes."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from synthesis.evidence.sheets import MAX_BYTES
from synthesis.exchange.source import refused

MAX_ENTRIES = 500
MAX_DEPTH = 2  # the downloads of some publishers hold the package as an archive within the archive
_CHUNK = 1 << 20
UNPACK = "Unpack it yourself, and give the folder or its ...-data-rows.csv."


def is_archive(content: bytes) -> bool:
    """Say whether a file's bytes are those of a ZIP archive."""
    return content.startswith(b"PK\x03\x04")


def read_archive(path: Path, content: bytes, suffixes: tuple[str, ...]) -> dict[str, bytes]:
    """Return the files of an archive that have one of these suffixes, archives within it included, by their path.

    Parameters
    ----------
    path : Path
        The archive's own, for messages.
    content : bytes
    suffixes : tuple of str
        In small letters, such as ``(".csv",)``.

    Raises
    ------
    DataError
        For an archive that is damaged, encrypted, too large, or names a place outside itself.
    """
    return _read(path, content, suffixes, room=[MAX_BYTES], depth=1)


def _read(path: Path, content: bytes, suffixes: tuple[str, ...], *, room: list[int], depth: int) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                message = f"The archive has {len(entries)} entries; above {MAX_ENTRIES} none is read."
                raise refused(path, "oversize_file", message, hint=UNPACK)
            for entry in entries:
                _check(path, entry)
                name = entry.filename
                within = name.casefold().endswith(".zip") and depth < MAX_DEPTH
                if entry.is_dir() or not (within or name.casefold().endswith(suffixes)):
                    continue
                inside = _bytes(path, archive, entry, room)
                if within:
                    deeper = _read(path, inside, suffixes, room=room, depth=depth + 1)
                    found |= {f"{name}/{inner}": text for inner, text in deeper.items()}
                else:
                    found[name] = inside
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise refused(path, "unreadable", f"The archive cannot be read: {str(error)[:200]}.", hint=UNPACK) from error
    return found


def _check(path: Path, entry: zipfile.ZipInfo) -> None:
    """Refuse entries that lead out of the archive or cannot be read without a password."""
    place = PurePosixPath(entry.filename.replace("\\", "/"))
    if place.is_absolute() or ".." in place.parts or (place.parts and place.parts[0].endswith(":")):
        message = f"The archive's entry {entry.filename[:100]!r} leads out of its own folder."
        raise refused(path, "unreadable", message, hint="Ask whoever made the archive for a clean one.")
    if entry.flag_bits & 1:
        raise refused(path, "unreadable", "The archive is encrypted.", hint=UNPACK)


def _bytes(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, room: list[int]) -> bytes:
    """Return an entry's bytes, counted as they come: what an archive says of its sizes is not taken on trust."""
    parts = []
    with archive.open(entry) as stream:
        while part := stream.read(_CHUNK):
            room[0] -= len(part)
            if room[0] < 0:
                message = f"The archive's files come to more than {MAX_BYTES / 1e6:.0f} MB; no more is read."
                raise refused(path, "oversize_file", message, hint=UNPACK)
            parts.append(part)
    return b"".join(parts)
