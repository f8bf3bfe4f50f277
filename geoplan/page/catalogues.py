"""Catalogues: the texts of the page, one JSON file per language."""

from __future__ import annotations

import json
from importlib.resources import files

from geoplan.model.choices import LANGUAGES


def read_catalogues() -> dict[str, dict[str, str]]:
    """Return the catalogues by language, in the order they are offered."""
    folder = files("geoplan.page") / "assets" / "messages"
    return {
        language: json.loads((folder / f"{language}.json").read_text(encoding="utf-8"))
        for language in LANGUAGES
    }
