"""Texts of the page: each one is shown somewhere, with all its values, and each term of the data has one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from geoplan.model.choices import KINDS, LANGUAGES, SPREADS
from geoplan.model.placement_rules import _WORDS
from geoplan.model.schema import BUCKETS, TABLES
from geoplan.text.languages import read_catalogue

PAGE = Path(__file__).resolve().parents[2] / "geoplan" / "page"
TEXTS = read_catalogue("geoplan.page.assets", "en").texts
KEYS = sorted({re.sub(r"\.(one|other)$", "", key) for key in TEXTS})
TERMS = {
    "kind": KINDS,
    "place": BUCKETS,
    "place_meaning": BUCKETS,
    "rule": tuple(_WORDS.values()),
    "spread": SPREADS[1:],
    "table": tuple(TABLES),
}
"""Groups whose members are terms of the data."""


def read_sources() -> str:
    found = [*(PAGE / "frontend" / "src").rglob("*.js"), *PAGE.glob("*.py"), *PAGE.glob("svg_map/*.py")]
    found += [path for path in PAGE.rglob("*.html") if "node_modules" not in path.parts]
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(found))


SOURCES = read_sources()


def is_quoted(text: str) -> bool:
    return any(f"{mark}{text}{mark}" in SOURCES for mark in "\"'`")


def test_every_text_is_shown_somewhere() -> None:
    """A text that no source shows is dead: delete it in all languages."""
    assert [key for key in KEYS if not is_shown(key)] == []


def is_shown(key: str) -> bool:
    """Return whether a source names the key, or puts it together from its group and a name that exists."""
    if is_quoted(key):
        return True
    group, _, member = key.partition(".")
    composed = rf"`{group}\.\$\{{|f\"{group}\.\{{|term\(\"{group}\""
    known = TERMS.get(group)
    is_named = member in known if known else is_quoted(member) or f" {member}: " in SOURCES
    return is_named and re.search(composed, SOURCES) is not None


@pytest.mark.parametrize("group", TERMS)
def test_every_term_of_the_data_has_a_text(group: str) -> None:
    assert [member for member in TERMS[group] if f"{group}.{member}" not in TEXTS] == []


def spoken() -> Iterator[tuple[str, str]]:
    """Yield each key that the script says, with its values as they are written."""
    for call in re.finditer(r'\bsay\(\s*"([^"]+)"\s*([,)])', SOURCES):
        end = call.end()
        depth = int(call[2] == ",")
        while depth:
            depth += (SOURCES[end] in "({[") - (SOURCES[end] in ")}]")
            end += 1
        yield call[1], SOURCES[call.end() : end]


def test_every_text_gets_all_its_values() -> None:
    calls = list(spoken())
    assert len(calls) > 150
    for language in LANGUAGES:
        texts = read_catalogue("geoplan.page.assets", language).texts
        for key, values in calls:
            forms = [text for name, text in texts.items() if re.sub(r"\.(one|other)$", "", name) == key]
            assert forms, f"{language} has no text {key!r}"
            wanted = set(re.findall(r"\{(\w+)\}", " ".join(forms)))
            missing = {name for name in wanted if not re.search(rf"\b{name}\b", values)}
            assert missing == set(), (language, key, missing)
