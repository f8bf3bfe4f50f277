"""Plain words: turns of phrase that the texts of the package, docs and catalogues no longer use.

Each pattern names a kind of wording and what to write instead. Add one when a review finds a new kind.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SUFFIXES = {".py", ".js", ".css", ".j2", ".json", ".toml", ".md", ".ipynb"}
SKIPPED = {"node_modules", "__pycache__", "dist", ".ipynb_checkpoints"}

INSTEAD = {
    r"can not\b": "cannot",
    r"\b(data|files?|figures?|releases?) (does|do) not hold\b": "has errors, is invalid",
    r"\b(there is|is there|there was) (a|no) line\b": "online, offline",
    r"\bof which no \w+ is known\b": "… has no known …",
    r"\bnone for none\b": "none turns it off",
    r"\bmost for (a|each|every) (district|year)\b": "maximum",
    r"\bleast for (a|each|every) district\b": "minimum",
    r"\bwhat a planner passes on\b": "a report to share",
    r"\bone more part\b": "an extra",
    r"\btakes? up what\b": "continue",
    r"\ban earlier run of the same\b": "an interrupted run",
    r"\blost from sight\b": "missed",
    r"\bwrong or doubtful\b": "errors and warnings",
    r"\bdecides nothing\b": "is ignored",
    r"\bgathered (to|in) (rings|hexagons)\b": "clustered, grouped",
    r"\bis survived\b": "is replaced",
    r"\bare remarks\b|\btake the # away\b": "are comments, remove the #",
    r"\bsome (hundred|thousand|million|\d)": "about",
    r"\bseen from the folder\b": "relative to",
    r"\bstays beside\b": "is kept next to",
    r"\btold as a number\b": "numeric",
    r"\ba list of texts\b": "a list of strings",
    r"\bnames no file\b": "has no file",
    r"\ba file to go to\b": "needs -o FILE",
    r"\bclose it elsewhere\b": "close it in other programs",
    r"\bformulas come to\b": "formula results",
    r"\bgeoplan does not speak\b": "is not supported",
    r"\bmade for other districts\b": "its districts differ",
    r"\bin this choice\b": "matches these filters",
    r"\bcannot be told\b": "is unknown",
    r"\bwhat stands? in the way\b": "why this is not available",
    r"\bwhat is where\b": "contents",
    r"\bfor a district got\b": "because a district received",
    r"\bgrouped by the same twice\b": "is given twice",
    r"\bfor one, say\b|\bas it comes\b": "for example, as published",
    r"\bsuch as it is\b|\bas ever\b": "leave it out",
    r"\blest\b": "so that … not",
    r"\banew\b": "again",
}


def texts() -> list[Path]:
    """Return every file of the package, the docs and the data that a person may read."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "notebooks").glob("*.ipynb")]
    pages += [
        path
        for folder in ("geoplan", "data", "benchmarks", "maps")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in SUFFIXES and not SKIPPED & set(path.parts) and not path.name.endswith(".min.js")
    ]
    return sorted(path for path in pages if path.stat().st_size < 400_000)


def turns_in(text: str) -> list[str]:
    """Name the lines with a turn that is no longer used, and what to write instead."""
    patterns = {re.compile(pattern, re.IGNORECASE): better for pattern, better in INSTEAD.items()}
    return [
        f"line {number}: {found[0]!r}; write: {better}"
        for number, line in enumerate(text.splitlines(), start=1)
        for pattern, better in patterns.items()
        if (found := pattern.search(line))
    ]


@pytest.mark.parametrize(
    ("text", "turn"),
    [
        ("A file that can not be read", "can not"),
        ("The data does not hold.", "data does not hold"),
        ("tiles, when there is a line: none for none", "there is a line"),
        ("in some 13,000 hexagons", "some 1"),
        ("it is made anew", "anew"),
    ],
)
def test_the_guard_notices(text: str, turn: str) -> None:
    assert any(repr(turn) in found for found in turns_in(text))


def test_the_guard_leaves_plain_words_alone() -> None:
    assert (
        turns_in("It cannot be read. Renew it online: about 13,000 hexagons; a district may be empty.") == []
    )


def test_no_text_uses_a_turn_of_the_list() -> None:
    found = {
        str(path.relative_to(ROOT)): turns
        for path in texts()
        if (turns := turns_in(path.read_text(encoding="utf-8")))
    }
    assert found == {}
    assert {ROOT / "README.md", ROOT / "geoplan" / "cli" / "__init__.py"} <= set(texts())
