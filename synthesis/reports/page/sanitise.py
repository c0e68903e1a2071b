"""Keep of a fragment of HTML only what a page of text, tables and pictures needs.

Outputs are made by this package's code, but they carry text that contributors typed. What is not on these lists is
dropped: no script, form, frame or request to another host can come out of a data file.
"""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Comment, Tag

TAGS = frozenset(
    "a abbr b blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure "
    "h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp section small span strong sub summary sup "
    "table tbody td tfoot th thead time tr u ul var".split()
)
# The text inside these is code, not words.
REMOVED_WHOLE = frozenset("script style template noscript iframe object embed applet svg math head title".split())
ATTRIBUTES = frozenset(
    "abbr alt class colspan datetime dir headers height href id lang open role rowspan scope span src start style "
    "tabindex title width".split()
)
SAFE_LINK = re.compile(r"https?:|mailto:|(?![^/?#]*:)(?!//)", re.IGNORECASE)
SAFE_IMAGE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml)[;,]", re.IGNORECASE)
IGNORED_BY_BROWSERS = re.compile(r"[\x00-\x20]")  # in addresses: "java\tscript:" runs
UNSAFE_STYLE = re.compile(r"url\s*\(|position|expression|@|\\|z-index", re.IGNORECASE)


def sanitise(soup: BeautifulSoup) -> None:
    """Drop from a parsed fragment, in place, every tag, attribute and address that is not known to be harmless."""
    for comment in soup.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    for tag in soup.find_all(REMOVED_WHOLE):
        tag.decompose()
    for tag in soup.find_all(True):
        if tag.name in TAGS:
            _clean_attributes(tag)
        else:
            tag.unwrap()


def _clean_attributes(tag: Tag) -> None:
    for name, value in list(tag.attrs.items()):
        if not _is_harmless(name, value if isinstance(value, str) else " ".join(value)):
            del tag[name]
    if tag.name == "img" and "src" not in tag.attrs:
        tag.replace_with(f"[picture left out: {tag.get('alt', 'no description')}]")


def _is_harmless(name: str, value: str) -> bool:
    if name == "href":
        return bool(SAFE_LINK.match(IGNORED_BY_BROWSERS.sub("", value)))
    if name == "src":
        return bool(SAFE_IMAGE.match(value))
    if name == "style":
        return not UNSAFE_STYLE.search(value)
    return name in ATTRIBUTES or name.startswith("aria-")
