"""The one reader of HTML, for whole pages and for pieces."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "wbr", "source"}


class Page(HTMLParser):
    """HTML as a list of elements: each its tag, its attributes, the text inside it and its ancestors' tags.

    `texts` are the runs of text between tags. Elements that are not closed, or not in order, fail the test.
    """

    def __init__(self, html):
        super().__init__()
        self.text, self.elements, self.texts, self._open = html, [], [], []
        self.feed(html)
        self.close()
        assert self._open == [], "elements are left open"

    @classmethod
    def at(cls, path):
        return cls(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        element = {"tag": tag, "attrs": dict(attrs), "text": "", "within": [e["tag"] for e in self._open]}
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag, attrs):
        assert tag in VOID
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        assert self._open.pop()["tag"] == tag

    def handle_data(self, data):
        self.texts.append(data)
        for element in self._open:
            element["text"] += data

    @property
    def tags(self):
        return [element["tag"] for element in self.elements]

    def all(self, *tags):
        return [element for element in self.elements if element["tag"] in tags]

    def attributes(self, tag):
        return [element["attrs"] for element in self.all(tag)]

    def words(self, tag):
        return [" ".join(element["text"].split()) for element in self.all(tag)]
