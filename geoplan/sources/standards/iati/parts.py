"""Parts: the sectors and recipients by which the amounts of an activity are divided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from geoplan.sources.standards.dac_sectors import name_sector
from geoplan.sources.standards.iati import codes
from geoplan.sources.standards.iati.narratives import choose_text
from geoplan.sources.standards.iati.percentages import WHOLE, Divided, divide
from geoplan.sources.standards.iati.places import OWN

if TYPE_CHECKING:
    from lxml import etree

    from geoplan.sources.standards.iati.activity import Activity

_SECTOR = OWN + "sector"


def read_sectors(activity: Activity, elements: Sequence[etree._Element]) -> Divided:
    """Return the sectors by which amounts are divided: those of one vocabulary; ``fault`` is why such amounts are left out."""
    if not elements:
        return WHOLE
    known = activity.reader.known_sectors
    key = tuple(
        (element.get("code"), element.get("vocabulary"), element.get("percentage"), _name(activity, element))
        for element in elements
    )
    if key not in known:
        known[key] = _divide_sectors(key, activity.reader.vocabulary)
    found, faults = known[key]
    reason = ""
    for fault, what, used in faults:
        divides = bool(found.parts)
        reason = activity.note_sectors(fault, what, elements[0], used=used, divides=divides) or reason
    return found if found.fault == reason else replace(found, fault=reason)


def _name(activity: Activity, element: etree._Element) -> tuple[str | None, str | None] | None:
    """Return the name of a sector in geoplan's own files, and its publisher's; None if it has only a code."""
    own: str | None = element.get(_SECTOR) if activity.has_own else None
    if not len(element) and not element.text:
        return (own, None) if own else None
    return own, choose_text([element], activity.reader.language, activity.default_language)[0]


def _divide_sectors(
    given: Sequence[tuple[str | None, str | None, str | None, tuple[str | None, str | None] | None]],
    wanted: str,
) -> tuple[Divided, tuple[tuple[str, str, bool], ...]]:
    """Return the parts by one vocabulary, and the faults of all: each with its vocabulary, and whether that one is used."""
    by_vocabulary: dict[str, list[tuple[str, str | None]]] = {}
    for stated_code, stated_vocabulary, percentage, name in given:
        code = (stated_code or "").strip()
        vocabulary = codes.sector_vocabulary(stated_vocabulary, code)
        label = _label(code, vocabulary, *(name or (None, None)))
        if label:
            by_vocabulary.setdefault(vocabulary, []).append((label, percentage))
    if not by_vocabulary:
        return WHOLE, ()
    preferred = (wanted, *codes.PREFERRED_VOCABULARIES)
    chosen = next((name for name in preferred if name in by_vocabulary), next(iter(by_vocabulary)))
    names = {vocabulary: f"sectors of vocabulary {vocabulary}" for vocabulary in by_vocabulary}
    divided = {vocabulary: divide(by_vocabulary[vocabulary], what) for vocabulary, what in names.items()}
    faults = tuple(
        (found.fault, names[vocabulary], vocabulary == chosen)
        for vocabulary, found in divided.items()
        if found.fault
    )
    return divided[chosen], faults


def _label(code: str, vocabulary: str, own: str | None, named: str | None) -> str:
    """Name a sector: the DAC's by code and category, others by their name."""
    if own or vocabulary not in codes.PREFERRED_VOCABULARIES:
        return own or named or code
    return f"{code} {named}".strip() if named and named != code else name_sector(code)


def read_recipients(activity: Activity, children: Mapping[str, list[etree._Element]]) -> Divided:
    """Return countries and regions with their parts. All vocabularies of regions are checked; the first one counts."""
    countries, regions = children.get("recipient-country", []), children.get("recipient-region", [])
    if not countries and not regions:
        return WHOLE
    given = [(str(country.get("code")), country.get("percentage")) for country in countries]
    by_vocabulary: dict[str | None, list[tuple[str, str | None]]] = {}
    for region in regions:
        part = (f"region {region.get('code')}", region.get("percentage"))
        by_vocabulary.setdefault(region.get("vocabulary"), []).append(part)
    divided = [
        divide(given + parts, "recipient countries and regions") for parts in by_vocabulary.values() or [[]]
    ]
    reason = ""
    for found in divided:
        if found.fault:
            reason = activity.note_recipients(found, (countries or regions)[0]) or reason
    return divided[0] if divided[0].fault == reason else replace(divided[0], fault=reason)
