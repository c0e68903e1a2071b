"""Keep of a fragment of HTML only what a page of text, tables and pictures needs.

Outputs are made by this package's code, but they carry text that contributors typed. What is not on these lists is
dropped: no script, form, frame or request to another host can come out of a data file. nh3 parses as browsers do, so
what is judged here is what they will see.
"""

from __future__ import annotations

import re

import nh3
from bs4 import BeautifulSoup, Tag

TAGS = frozenset(
    "a abbr b blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure "
    "h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p picture pre q s samp section small source span strong sub "
    "summary sup table tbody td tfoot th thead time tr u ul var".split()
)
# The text inside these is code, not words.
REMOVED_WHOLE = frozenset("script style template noscript iframe object embed applet svg math head title".split())
ATTRIBUTES = frozenset(
    "abbr alt class colspan datetime dir headers height href id lang media open role rowspan scope span src srcset "
    "start style tabindex title width".split()
)
# None of these takes a picture from elsewhere, hides a text or moves one over another.
STYLES = frozenset(
    "background-color border border-bottom border-collapse border-color border-left border-right border-spacing "
    "border-style border-top border-width color font-style font-weight height max-width min-width padding "
    "padding-bottom padding-left padding-right padding-top text-align text-decoration vertical-align white-space "
    "width".split()
)
STYLE_FUNCTIONS = frozenset("calc hsl hsla rgb rgba".split())
SAFE_LINK = re.compile(r"https?:|mailto:|(?![^/?#]*:)(?![/\\]{2})", re.IGNORECASE)
SAFE_IMAGE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml)[;,]", re.IGNORECASE)
IGNORED_BY_BROWSERS = re.compile(
    r"[\x00-\x20]"
)  # in addresses: "java\tscript:" runs; in a set of pictures it parts them


def sanitise(html: str) -> BeautifulSoup:
    """Return a parsed fragment without any tag, attribute, address or style that is not known to be harmless."""
    soup = BeautifulSoup(_CLEANER.clean(html), "html.parser")
    for tag in [tag for tag in soup.descendants if isinstance(tag, Tag) and "style" in tag.attrs]:
        if not tag["style"] or not STYLE_FUNCTIONS.issuperset(re.findall(r"([^\s,;:(]*)\(", tag["style"].lower())):
            del tag["style"]
    for picture in soup.find_all("img", src=False):
        picture.replace_with(f"[picture left out: {picture.get('alt', 'no description')}]")
    return soup


def _harmless(tag: str, name: str, value: str) -> str | None:
    if name == "href":
        return value if SAFE_LINK.match(IGNORED_BY_BROWSERS.sub("", value)) else None
    if name == "src":
        return value if SAFE_IMAGE.match(value) else None
    if name == "srcset":
        return value if SAFE_IMAGE.match(value) and not IGNORED_BY_BROWSERS.search(value) else None
    return value


_CLEANER = nh3.Cleaner(
    tags=TAGS,
    clean_content_tags=REMOVED_WHOLE,
    attributes={"*": ATTRIBUTES},
    attribute_filter=_harmless,
    generic_attribute_prefixes={"aria-"},
    url_schemes={"http", "https", "mailto", "data"},  # `data` for pictures; `_harmless` keeps it out of links
    filter_style_properties=STYLES,
    link_rel=None,
)
