"""``check`` reads every file that a plan names: each key of the plan file that holds a path is tried with a file that is not there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from click.testing import CliRunner

from geoplan.cli import app
from geoplan.plan.plan_file import schema_path

from ..conftest import DISTRICTS, WritePlan

BASE: dict[str, Any] = {
    name: {"file": f"{name}.csv"} for name in ("districts", "profile", "projects", "locations", "spending")
}
OLD = {"file": "old.csv"}
# Each key that holds a path, and a plan that names a file by it.
KEYS: dict[str, dict[str, Any]] = {
    **{f"{table}.file": {table: {"file": "absent.csv"}} for table in BASE},
    "districts.attributes": {"districts": {"file": "districts.csv", "attributes": "absent.csv"}},
    "districts.water": {"districts": {"file": "districts.csv", "water": "absent.gpkg"}},
    "locations.review": {"locations": {"file": "locations.csv", "review": "absent.csv"}},
    "spending.review": {"spending": {"file": "list.csv", "review": "absent.csv"}, "locations": None},
    "sources.file": {"sources": [{"kind": "iati", "file": "absent.xml"}]},
    "rates.file": {"rates": {"file": "absent.csv"}},
    "deflators.file": {"deflators": {"file": "absent.csv"}},
    "map.neighbours": {"map": {"neighbours": "absent.geojson"}},
    "map.water": {"map": {"water": ["absent.geojson"]}},
    "map.context": {"map": {"context": {"file": "absent.geojson", "name": "Towns"}}},
    "vintages.districts.file": {"vintages": {"v": {"districts": {"file": "absent.gpkg"}}}},
    "vintages.districts.water": {"vintages": {"v": {"districts": {**OLD, "water": "absent.gpkg"}}}},
    "vintages.profile.file": {"vintages": {"v": {"districts": OLD, "profile": {"file": "absent.csv"}}}},
    "vintages.points.file": {"vintages": {"v": {"districts": OLD, "points": {"file": "absent.csv"}}}},
}  # fmt: skip
PATHS = ("file", "attributes", "review", "water", "neighbours", "context")


def path_keys(schema: dict[str, Any]) -> set[str]:
    """Return the keys of the JSON Schema that hold a path, by section."""
    found = set()

    def visit(node: Any, name: tuple[str, ...]) -> None:
        if isinstance(node, list):
            for part in node:
                visit(part, name)
        if not isinstance(node, dict):
            return
        if "$ref" in node:
            visit(schema["definitions"][node["$ref"].rpartition("/")[2]], name)
        if isinstance(node.get("additionalProperties"), dict) and name == ("vintages",):
            visit(node["additionalProperties"], name)
        for key, part in node.get("properties", {}).items():
            deeper = (*name, key)
            if key in PATHS and name and name[0] != "map":
                found.add(".".join(deeper))
            if name == ("map",) and key in PATHS:
                found.add(".".join(deeper))
            visit(part, deeper)
        for key in ("oneOf", "anyOf", "allOf", "items"):
            visit(node.get(key), name)

    visit(schema, ())
    return found


def test_every_key_with_a_path_is_tried() -> None:
    found = path_keys(json.loads(schema_path().read_text(encoding="utf-8")))
    assert found - KEYS.keys() == set()


@pytest.mark.parametrize("key", KEYS)
def test_check_names_each_file_that_is_not_there(key: str, write_plan: WritePlan) -> None:
    settings = {name: section for name, section in {**BASE, **KEYS[key]}.items() if section is not None}
    flat = "project,district,year,kind,currency,amount\nP,Alfa,2010,budget,EUR,5\n"
    folder: Path = write_plan(toml=tomli_w.dumps(settings), old=DISTRICTS, list=flat)
    done = CliRunner().invoke(app, ["check", str(folder)])
    assert done.exit_code == 1, done.output
    assert "absent." in done.stderr and ("not found" in done.stderr or "does not exist" in done.stderr)
