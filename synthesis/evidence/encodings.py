"""Letters in the wrong encoding: what a file that is not UTF-8 was probably saved in, and text that was misread before.

Excel on Windows saves CSV in Windows-1252, Excel on a Mac in Mac Roman, its "CSV (MS-DOS)" in code page 850. UTF-8 that
was read as one of the first two leaves "Ã¼" or "√º" for ü, "â€“" or "‚Äì" for a dash.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple


class Encoding(NamedTuple):
    """An encoding: its name for people, and Python's."""

    name: str
    codec: str


WINDOWS = Encoding("Windows-1252 (Latin-1)", "cp1252")
MAC = Encoding("Mac Roman", "mac_roman")
DOS = Encoding("code page 850 (MS-DOS)", "cp850")
_ENCODINGS = (WINDOWS, MAC, DOS)

_HIGH = re.compile(rb"[\x00-\x7f]?[\x80-\xff][\x00-\x7f]?")
_LOOKED_AT = 20_000  # places; enough to tell, whatever the file's size
_MARGIN = 2  # by which another encoding must fit better than Windows-1252, by far the most common
_OF_LINES = 3  # lines that end as only a Mac ends them
_QUOTES = "‘’“”–—…€·•°±×²³½«»"
_RARE = "ƒıªºµ¬"

# What the bytes of one letter of UTF-8 look like when they are read as Windows-1252; the five bytes that it leaves open
# are taken as Latin-1 has them.
_AS_WINDOWS = re.compile(
    r"[\u00c2-\u00f4][\u0080-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a€™]+"
)
_GOES_ON = "".join(re.escape(bytes([byte]).decode("mac_roman")) for byte in range(0x80, 0xC0))
# "¬ √ ƒ ≈ ‚" begin Latin letters, signs and dashes. "Œ" and "œ" begin Greek and are French letters too: two in a row.
_AS_MAC = re.compile(f"[¬√ƒ≈][{_GOES_ON}]|‚[{_GOES_ON}]{{2}}|(?:[Œœ][{_GOES_ON}]){{2,}}")
_TIMES = 3  # text that went the wrong way again and again


def likely_encoding(content: bytes) -> Encoding:
    """Return the encoding that a text which is not UTF-8 was probably saved in.

    Parameters
    ----------
    content : bytes
        The whole text.

    Returns
    -------
    Encoding
        The one in which letters that are not ASCII continue words best; Windows-1252 where nothing tells.
    """
    places = [found[0] for _, found in zip(range(_LOOKED_AT), _HIGH.finditer(content), strict=False)]
    scores = {
        encoding: sum(_fits(place.decode(encoding.codec, "replace")) for place in places) for encoding in _ENCODINGS
    }
    scores[MAC] += _OF_LINES if b"\r" in content and b"\n" not in content else 0
    best = max((MAC, DOS), key=scores.__getitem__)
    return best if scores[best] >= scores[WINDOWS] + _MARGIN else WINDOWS


def decoded(content: bytes) -> tuple[str, Encoding]:
    """Return a text that is not UTF-8 as it was probably meant, and the encoding that was taken for it."""
    encoding = likely_encoding(content)
    try:
        return content.decode(encoding.codec), encoding
    except UnicodeDecodeError:  # one of the five bytes that Windows-1252 leaves open
        return content.decode("latin-1"), WINDOWS


def repair(text: str) -> str:
    """Return text with letters restored that were read in the wrong encoding, once or several times."""
    if text.isascii():
        return text
    for _ in range(_TIMES):
        mended = _AS_MAC.sub(_from_mac, _AS_WINDOWS.sub(_from_windows, text))
        if mended == text:
            break
        text = mended
    return text


def misread(text: str) -> Iterator[tuple[str, str]]:
    """Yield each run of letters that was read in the wrong encoding, with what it means."""
    if not text.isascii():
        for pattern, restore in ((_AS_WINDOWS, _from_windows), (_AS_MAC, _from_mac)):
            for found in pattern.finditer(text):
                if (meant := restore(found)) != found[0]:
                    yield found[0], meant


def _fits(place: str) -> int:
    """Return how well a letter that is not ASCII sits between its neighbours."""
    letter = next(sign for sign in place if not sign.isascii())
    before, _, after = place.partition(letter)
    kind = unicodedata.category(letter)
    in_word = before.isalpha() and after.isalpha()
    if letter == "\ufffd" or kind in ("Cc", "Cn", "Co"):
        return -4
    if letter in _QUOTES:
        return 1 if in_word and letter != "’" else 2
    if kind[0] != "L" or letter in _RARE or (before.isspace() and after.isspace()):
        return -1
    if kind == "Ll":
        return 2 if (before + after).isalpha() or not (before + after).strip() else 1
    return -2 if (in_word and after.islower()) or before.islower() else 1


def _from_windows(found: re.Match[str]) -> str:
    return _restored(found[0], "cp1252")


def _from_mac(found: re.Match[str]) -> str:
    return _restored(found[0], "mac_roman")


def _restored(run: str, codec: str) -> str:
    try:
        return b"".join(_byte(letter, codec) for letter in run).decode("utf-8")
    except UnicodeError:
        return run


def _byte(letter: str, codec: str) -> bytes:
    try:
        return letter.encode(codec)
    except UnicodeEncodeError:
        return letter.encode("latin-1")
