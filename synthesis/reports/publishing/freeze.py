"""Freeze a version: its report, the data and the code it was made from, packed with their fingerprints."""

from __future__ import annotations

import gzip
import io
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from synthesis.errors import ReportError
from synthesis.evidence import load_evidence
from synthesis.evidence.versions import VERSION, commit_of, committed_at, is_clean, is_tracked, top_of
from synthesis.files import new_folder
from synthesis.reports.publishing.frozen import (
    MADE_BY,
    NAME,
    FrozenVersion,
    digest_of,
    entry_of,
    write_archive,
    write_record,
)
from synthesis.reports.record.documents import documents_beside, page_folders
from synthesis.reports.record.manifest import NAME as MANIFEST
from synthesis.reports.record.manifest import read_manifest
from synthesis.reports.record.verify import verify_report
from synthesis.reports.run.folder import BESIDE, EXPLORER, FAILED

REPORT, SOURCE, DATA, SUMS = "report", "source.tar.gz", "data.zip", "SHA256SUMS"
DOCUMENTS = (".docx", ".pdf")
NOT_NAMED = "{version!r} is not the name of a version. Give it as v1.2.0, which is also its tag."
NO_TAG = "There is no tag {version} in the repository of {data}. Make it first: git tag -a {version} -m {version}"
NO_REPOSITORY = "{data} lies in no git repository, and a version is one of a repository."
OTHER_COMMIT = (
    "The tag {version} is on another commit than the one checked out. Check it out first: git checkout {version}"
)
NOT_CLEAN = (
    "Files differ from the commit that {version} tags, or lie in the data without being part of it. Commit them and "
    "tag again, or undo the changes."
)
NOT_COMMITTED = "{path} is not in the commit that is released. Commit it, tag again, and freeze again."
NO_REPORT = "There is no report in {folder}. Make it first: synthesis report --output {folder}"
NOT_WHOLE = "Pages are missing from the report in {folder} ({pages}). A version is whole: mend them and make it again."


def freeze_version(version: str, *, report: Path, data: Path, references: Path, output: Path) -> list[Path]:
    """Pack a released version.

    Parameters
    ----------
    version : str
        Its name, which is the tag of the commit that is checked out.
    report : pathlib.Path
        The report, made from these data with today's code.
    data, references : pathlib.Path
        The data root and the bibliography.
    output : pathlib.Path
        Folder for what is attached to the release: new, empty, or made by an earlier call.

    Returns
    -------
    list of pathlib.Path
        The archive of the whole version; source and data by themselves; documents that lie beside the report; a file
        of their SHA-256.

    Raises
    ------
    ReportError
        When tag, commit, files or report do not belong together; the message says which and what to do.
    """
    commit = _checked(version, data)
    title = load_evidence(data, references=references).codebook.review.title
    manifest = checked_report(report, data, references)
    with new_folder(output, made_by=MADE_BY) as folder:
        inside = folder / version
        copy_report(report, inside / REPORT)
        top = top_of(data)
        _write_source(top, commit, version, inside / SOURCE)
        _write_data(top, commit, [data, references], inside / DATA)
        frozen = FrozenVersion(
            version=version,
            title=title,
            commit=commit,
            committed=committed_at(data, commit),
            synthesis=manifest["code"]["version"],
            code=manifest["code"]["sha256"],
            files={path.relative_to(inside).as_posix(): digest_of(path) for path in _files(inside)},
        )
        write_record(frozen, inside)
        write_archive(inside, folder / NAME.format(version=version))
        (inside / SOURCE).replace(folder / f"source-{version}.tar.gz")
        (inside / DATA).replace(folder / f"data-{version}.zip")
        for path in _documents(inside / REPORT):
            path.replace(folder / f"{path.stem}-{version}{path.suffix}")
        shutil.rmtree(inside)
        sums = "".join(f"{digest_of(path)}  {path.name}\n" for path in _files(folder))
        (folder / SUMS).write_text(sums, encoding="utf-8", newline="\n")
    return [path for path in _files(output.resolve()) if not path.name.startswith(".")]


def _checked(version: str, data: Path) -> str:
    """Return the commit of a version, if it is what lies here."""
    if not VERSION.fullmatch(version):
        raise ReportError(NOT_NAMED.format(version=version))
    if not is_tracked(data):
        raise ReportError(NO_REPOSITORY.format(data=data))
    commit = commit_of(data, f"refs/tags/{version}")
    if not commit:
        raise ReportError(NO_TAG.format(version=version, data=data))
    if commit != commit_of(data, "HEAD"):
        raise ReportError(OTHER_COMMIT.format(version=version))
    if not is_clean(data):
        raise ReportError(NOT_CLEAN.format(version=version))
    return commit


def checked_report(report: Path, data: Path, references: Path) -> Mapping[str, Any]:
    """Return a page's manifest of a report that is whole, unaltered and of today's data and code.

    Raises
    ------
    ReportError
        When it is not; the message names what is missing, altered or of another day.
    """
    whole = read_manifest(report) or {}
    if not whole.get("pages"):
        raise ReportError(NO_REPORT.format(folder=report))
    if whole.get("missing"):
        raise ReportError(NOT_WHOLE.format(folder=report, pages=", ".join(whole["missing"])))
    found = verify_report(report, data, references=references)
    if not found.holds:
        raise ReportError(str(found))
    return read_manifest(report / next(iter(whole["pages"]))) or {}


def copy_report(report: Path, target: Path) -> None:
    """Copy a report without what is none of it: hidden files, notebooks that failed, what changed, older documents."""
    others = set(BESIDE) - {EXPLORER}
    made = (report / MANIFEST).stat().st_mtime
    # What a document was made from is on record; of one that came from elsewhere only its time is known.
    current = dict(documents_beside(report, page_folders(report)))
    others |= {path.name for path in _documents(report) if not current.get(path.name, path.stat().st_mtime >= made)}

    def left_out(folder: str, names: list[str]) -> list[str]:
        at_top = Path(folder) == report
        return [name for name in names if name.startswith(".") or name.endswith(FAILED) or (at_top and name in others)]

    shutil.copytree(report, target, ignore=left_out)


def _documents(report: Path) -> list[Path]:
    return [path for path in _files(report) if path.parent == report and path.suffix in DOCUMENTS]


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _write_source(top: Path, commit: str, version: str, target: Path) -> None:
    """Pack the repository as it was committed; no time and no name of a machine enters."""
    packed = _archived(top, f"--prefix=source-{version}/", commit)
    with target.open("wb") as file, gzip.GzipFile("", "wb", mtime=0, fileobj=file) as zipped:
        zipped.write(packed)


def _write_data(top: Path, commit: str, places: list[Path], target: Path) -> None:
    """Pack the data root and the bibliography, as they were committed."""
    paths = [_below(top, path) for path in places]
    with (
        tarfile.open(fileobj=io.BytesIO(_archived(top, commit, "--", *dict.fromkeys(paths)))) as tar,
        zipfile.ZipFile(target, "w") as packed,
    ):
        for member in sorted((member for member in tar if member.isfile()), key=lambda member: member.name):
            packed.writestr(entry_of(member.name), tar.extractfile(member).read())


def _below(top: Path, path: Path) -> str:
    if not path.resolve().is_relative_to(top.resolve()):
        raise ReportError(NOT_COMMITTED.format(path=path))
    return path.resolve().relative_to(top.resolve()).as_posix()


def _archived(top: Path, *arguments: str) -> bytes:
    done = subprocess.run(
        ["git", "-C", str(top), "archive", "--format=tar", *arguments], capture_output=True, check=False
    )
    if done.returncode:
        raise ReportError(NOT_COMMITTED.format(path=arguments[-1]))
    return done.stdout
