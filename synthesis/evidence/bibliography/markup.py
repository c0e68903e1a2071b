r"""What LaTeX, HTML and their mixtures in a field say to a reader.

Publishers export ``%`` and ``&`` that LaTeX would cut or drop, doi.org exports tags and entities, reference managers
export commands of their own; what no page can show is named, and shown as it stands.
"""

from __future__ import annotations

import html
import re
from contextvars import ContextVar
from functools import cache

from bibtexparser.library import Library
from bibtexparser.middlewares import LatexDecodingMiddleware
from bibtexparser.model import Entry, Field
from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db
from pylatexenc.latexwalker import get_default_latex_context_db as get_default_walker_db

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_ESCAPED_ENTITY = re.compile(r"(?:\\&|\{\\&\})(?=(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});)")
_TAG = re.compile(
    r"</?(?:i|b|u|em|strong|sub|sup|scp|sc|small|span|tt|br|p|inf|title|jats:[a-z-]+|mml:[a-z]+)(?:\s[^<>]{0,200})?/?>",
    re.IGNORECASE,
)
# pandoc's rule of what is mathematics: "$I^2$" is, "$5 and $10" is not.
_MATHS = re.compile(r"(?<!\\)\$(?=[^\s$])([^$]{0,200}?)(?<=[^\s\\])\$(?![0-9])")
_DOLLAR = re.compile(r"(?<!\\)\$")
_UNESCAPED = re.compile(r"(?<!\\)((?:\\\\)*)([%&#])")
_LATEX = re.compile(r"[\\$~]|--|``|''")
# An index or a square stands beside its letter, as in I2; after a digit the sign stays, for 10^-3 is not 10-3.
_SCRIPT = re.compile(r"(?<=[A-Za-z])[\^_](?:\{([0-9A-Za-z+-]+)\}|([0-9A-Za-z]))")
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
# Where the decoder notes the commands that it does not know, while someone asks for them.
_SEEN: ContextVar[list[str] | None] = ContextVar("unknown commands", default=None)

# Commands that only style what follows, as biblatex and Better BibTeX write them, and letters pylatexenc has not.
_SILENT = (
    "textsuperscript textsubscript mkbibemph mkbibitalic mkbibbold mkbibsuperscript mkbibsubscript textsl textmd textup"
    " textnormal textrm textsf texttt textsc textit textbf emph underline mbox hbox relax protect slshape upshape"
    " itshape bfseries scshape rmfamily sffamily nocase noop foreignlanguage MakeUppercase MakeLowercase enspace"
    " emphasis uline sout sp sb it bf sl sc rm tt sf em tiny small normalsize large mkbibquote enquote"
)
_LETTERS = {
    "textless": "<",
    "textgreater": ">",
    "less": "<",
    "greater": ">",
    "lbrace": "{",
    "rbrace": "}",
    "textbraceleft": "{",
    "textbraceright": "}",
    "textasciicircum": "^",
    "textbar": "|",
    "mid": "|",
    "textquotedbl": '"',
    "textcommabelow": "",
    "BibTeX": "BibTeX",
    "LaTeX": "LaTeX",
    "TeX": "TeX",
    "-": "",
    "/": "",
}


def plain(text: str) -> str:
    """Return the text a reader sees: entities and LaTeX decoded, tags and braces gone.

    Parameters
    ----------
    text : str
        A field's value as it is written.

    Returns
    -------
    str
        On one line. A command that is not known stands there as it was written.
    """
    text = entities(text)
    text = _decoded(text) if _LATEX.search(text) else text.replace("{", "").replace("}", "")
    return _shown(text)


def braced(text: str) -> str:
    """Return a name with its letters decoded and its braces where they hold words together."""
    text = entities(text)
    return _shown(_decoded(text, braces=True)) if "\\" in text or "~" in text else _shown(text)


def unknown_commands(text: str) -> list[str]:
    r"""Return the commands in a field that no page can show, such as ``\cyrchar``, each once."""
    if "\\" not in text:
        return []
    seen: list[str] = []
    token = _SEEN.set(seen)
    try:
        plain(text)
    finally:
        _SEEN.reset(token)
    return sorted(set(seen))


def entities(text: str) -> str:
    """Return text with its HTML entities decoded, also those encoded twice or with their ``&`` escaped for LaTeX."""
    for _ in range(2 if "&" in text else 0):
        text = _ENTITY.sub(lambda found: html.unescape(found[0]), _ESCAPED_ENTITY.sub("&", text))
    return text


def _shown(text: str) -> str:
    if "<" in text:
        text = _TAG.sub("", text)
    return " ".join(UNSEEN.sub(" ", text).split())


def _decoded(text: str, *, braces: bool = False) -> str:
    pieces = _MATHS.split(text)
    for place, piece in enumerate(pieces):
        if place % 2:
            pieces[place] = "$" + _SCRIPT.sub(lambda found: "{}" + (found[1] or found[2]), piece) + "$"
        else:
            pieces[place] = _UNESCAPED.sub(r"\1\\\2", _DOLLAR.sub(r"\\$", piece))
    entry = Entry("misc", "text", [Field("text", "".join(pieces))])
    decoded = LatexDecodingMiddleware(decoder=_decoder(braces)).transform_entry(entry, Library())
    return str(decoded.get("text").value) if isinstance(decoded, Entry) else text


@cache
def _decoder(braces: bool) -> LatexNodes2Text:
    known = get_default_latex_context_db()
    macros = [MacroTextSpec(name, simplify_repl=_argument_of(name)) for name in (*_SILENT.split(), "url")]
    macros += [MacroTextSpec(name, simplify_repl=text) for name, text in _LETTERS.items()]
    known.add_context_category("bibliography", prepend=True, macros=macros)
    known.set_unknown_macro_spec(MacroTextSpec("", simplify_repl=_as_written))
    return LatexNodes2Text(latex_context=known, math_mode="text", keep_braced_groups=braces)


def _argument_of(name: str) -> str:
    """Return what stands for a command: its argument, or nothing where the parser takes that for a group of its own."""
    command = get_default_walker_db().get_macro_spec(name)
    return "%s" if command is not None and command.args_parser.argspec else ""


def _as_written(node: object) -> str:
    command = f"\\{node.macroname}"  # type: ignore[attr-defined]
    seen = _SEEN.get()
    if seen is not None:
        seen.append(command)
    return command + node.macro_post_space  # type: ignore[attr-defined]
