"""Files that are not what an importer takes, recognised by name or by how they begin, with the way out."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from synthesis.exchange.source import refused


class Kind(NamedTuple):
    """A kind of file: endings, how its content begins, what it is, and what to give instead."""

    endings: tuple[str, ...]
    begins: tuple[bytes, ...]
    says: str
    instead: str


_REFERENCES = (
    "It holds references, no results. Take their entries into references.bib; import the file with the results."
)
KINDS = (
    Kind((".ris",), (b"TY  - ", b"\xef\xbb\xbfTY  - "), "This is a list of references in RIS.", _REFERENCES),
    Kind((".nbib", ".medline"), (b"PMID- ", b"\nPMID- "), "This is a list of references of PubMed.", _REFERENCES),
    Kind((".enw", ".enl", ".xwd"), (b"%0 ",), "This is a list of references of EndNote.", _REFERENCES),
    Kind((".bib", ".bibtex"), (b"@article", b"@Article", b"@misc"), "This is a bibliography in BibTeX.", _REFERENCES),
    Kind((".pdf",), (b"%PDF-",), "This is a PDF.", "Give the data file that lies beside the article."),
    Kind((".xls",), (b"\xd0\xcf\x11\xe0",), "This is a workbook.", "Save its sheet as CSV (UTF-8) and give that."),
    Kind((".xlsx", ".xlsm", ".ods"), (), "This is a workbook.", "Save its sheet as CSV (UTF-8) and give that."),
    Kind((".docx", ".doc", ".odt", ".rtf"), (b"{\\rtf",), "This is a text document.", "Give the data file instead."),
    Kind((".rda", ".rdata", ".rds"), (b"RDX", b"RDA"), "This is a file of R.", "In R: write.csv(x, 'data.csv')."),
    Kind((".sav", ".dta", ".sas7bdat"), (), "This is a file of a statistics program.", "Save it as CSV there."),
    Kind((".html", ".htm"), (b"<!DOCTYPE html", b"<!doctype html", b"<html"), "This is a web page.",
         "Download the file itself, not the page that links to it."),
    Kind((".json",), (b"{", b"["), "This is a file in JSON.", "Give the table itself, as CSV."),
    Kind((".tar", ".gz", ".tgz", ".7z", ".rar"), (b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!"), "This is an archive.",
         "Unpack it and give the table in it."),
)  # fmt: skip


def refuse_wrong_kinds(path: Path, content: bytes, *, wanted: str) -> None:
    """Refuse a file that is plainly of another kind.

    Parameters
    ----------
    path : Path
    content : bytes
        At least how it begins.
    wanted : str
        What the importer takes, as a sentence.

    Raises
    ------
    DataError
        Saying what the file is, and what to give instead.
    """
    start = content[:64].lstrip(b" \r\n\t")
    for kind in KINDS:
        by_name = path.name.casefold().endswith(kind.endings)
        if by_name or (kind.begins and start.startswith(kind.begins)):
            raise refused(path, "unreadable", kind.says, hint=f"{kind.instead} {wanted}")
