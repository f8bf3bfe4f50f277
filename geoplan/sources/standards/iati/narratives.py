"""Narratives: the text of an element in the requested language, in versions 1 and 2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml import etree

LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def choose_text(elements: Sequence[etree._Element], language: str, default: str) -> tuple[str | None, bool]:
    """Return the text in a language, else in the activity's own, else the first; and whether the wanted one exists.

    Parameters
    ----------
    elements : list of Element
        Repeated elements of version 1 (``<title xml:lang="fr">``), or one of version 2 with narratives.
    language, default : str
        The wanted one, and the one of the activity. Either may be empty.

    Returns
    -------
    tuple of str or None, and bool
    """
    if not language and len(elements) == 1 and len(elements[0]) == 1:
        only = elements[0][0]
        if only.tag == "narrative" and only.text and not (elements[0].text or "").strip():
            return " ".join(only.text.split()) or None, True
    texts = []
    for element in elements:
        for narrative in element.iterchildren("narrative"):
            texts.append((narrative.get(LANGUAGE) or element.get(LANGUAGE) or default, narrative.text))
        if element.text and not element.text.isspace():
            texts.append((element.get(LANGUAGE) or default, element.text))
    found = [
        (spoken.casefold(), " ".join(text.split())) for spoken, text in texts if text and not text.isspace()
    ]
    if not found:
        return None, True
    for wanted in dict.fromkeys((language.casefold(), default.casefold())):
        for spoken, text in found:
            if wanted and (spoken == wanted or spoken.split("-")[0] == wanted):
                return text, not language or wanted == language.casefold()
    return found[0][1], not language


def plain_text(element: etree._Element) -> str | None:
    """Return the first text of an element, in any language."""
    text = element.text
    if text is None or text.isspace():
        text = None
        for child in element[:]:
            if child.tag == "narrative":
                text = child.text
                break
    return " ".join(text.split()) or None if text else None
