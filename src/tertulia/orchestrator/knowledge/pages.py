"""The text of an HTML page, line by line, as a browser would break it; what a reader would not see is left out."""

import re
from collections.abc import Iterator
from typing import Any, TextIO

from tertulia.orchestrator.knowledge.blocks import Block

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LINES = frozenset({
    *_HEADINGS, "address", "article", "aside", "blockquote", "body", "caption", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "li", "main", "ol", "p", "pre",
    "section", "summary", "table", "tr", "ul",
})  # fmt: skip
"""What stands on lines of its own; a table's row is one line."""

_NOISE = frozenset({"script", "style", "noscript", "template", "nav", "svg", "iframe", "select", "datalist"})
_UNSEEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?:opacity|font-size)\s*:\s*0(?:\.0+)?(?:[a-z%]+)?\s*(?:;|!|$)",
    re.IGNORECASE,
)
_SPACE = re.compile(r"\s+")


def page(source: TextIO) -> Iterator[Block]:
    from selectolax.lexbor import LexborHTMLParser

    document = LexborHTMLParser(source.read())
    title = document.css_first("title")
    heading = title.text(strip=True) if title is not None else None
    for text, is_heading in _lines(document.body) if document.body is not None else ():
        if is_heading:
            heading = text
        yield Block("" if is_heading else text, heading)


def _lines(body: Any) -> Iterator[tuple[str, bool]]:
    """Each with whether it is a heading. Without recursion: a page may be nested to any depth."""
    line = list[str]()
    within = [(body, body.iter(include_text=True))]
    as_it_stands = 0
    while within:
        node, children = within[-1]
        child = next(children, None)
        tag = child.tag if child is not None else node.tag
        ends = tag in _LINES and (child is None or not _is_unseen(child))
        if ends and (text := "".join(line).strip()):
            yield text, child is None and tag in _HEADINGS
        if ends:
            line = []
        if child is None:
            as_it_stands -= tag == "pre"
            within.pop()
        elif tag == "-text":
            text = child.text()
            line.append(text if as_it_stands else _SPACE.sub(" ", text))
        elif tag == "br":
            line.append("\n")
        elif not _is_unseen(child):
            as_it_stands += tag == "pre"
            if tag in {"td", "th"} and any(map(str.strip, line)):
                line.append(" | ")
            within.append((child, child.iter(include_text=True)))


def _is_unseen(node: Any) -> bool:
    attributes = node.attributes
    return node.tag in _NOISE or "hidden" in attributes or bool(_UNSEEN.search(attributes.get("style") or ""))
