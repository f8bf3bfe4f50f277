"""French is set as French is: narrow no-break spaces before : ; ? ! » % and after «, curved apostrophes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from geoplan.plan.plan_file import find_bundled_plan, read_settings

CATALOGUES = sorted((Path(__file__).resolve().parents[2] / "geoplan").rglob("messages/fr.json"))
SIGN = re.compile(r"(?<=.)(?<!\u202f)[:;?!»%](?!\w)|«(?!\u202f)")


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_signs_stand_off_by_a_narrow_space(path: Path) -> None:
    texts = json.loads(path.read_text(encoding="utf-8"))
    assert {key: text for key, text in texts.items() if SIGN.search(text) or "'" in text} == {}


def test_the_home_plan_keeps_it_too() -> None:
    said = read_settings(find_bundled_plan())["translations"]["fr"].values()
    assert [text for text in said if SIGN.search(text) or "'" in text] == []


def test_every_catalogue_is_looked_at() -> None:
    assert len(CATALOGUES) >= 3
