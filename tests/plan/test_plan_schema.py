"""The JSON Schema of the plan file: it knows what the reader knows, and every example keeps it."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from geoplan.model.errors import InputError, UsageError
from geoplan.outputs.starter_folder import write_first_plan
from geoplan.plan.map_context import STYLES, read_surroundings
from geoplan.plan.plan_file import find_bundled_plan, read_origins, read_settings, read_specs, schema_path
from geoplan.plan.plan_keys import key_tree
from geoplan.plan.plan_tables import read_plan

from ..conftest import TOML, WritePlan

ROOT = Path(__file__).resolve().parents[2]
SCHEMA: dict[str, Any] = json.loads(schema_path().read_text(encoding="utf-8"))
EXAMPLES = [
    (page.name, block)
    for page in sorted((ROOT / "docs").glob("*.md"))
    for block in re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
]


def validate(settings: dict[str, Any]) -> None:
    jsonschema.Draft7Validator(SCHEMA).validate(settings)


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node and "$ref" in node.get("oneOf", [{}])[0]:
        node = node["oneOf"][0]
    return SCHEMA["definitions"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node


def keys_of(node: dict[str, Any]) -> set[str]:
    node = resolved(node)
    assert node["additionalProperties"] is False, "an unknown key must be marked in the editor too"
    return set(node["properties"])


def test_schema_and_reader_know_the_same_keys() -> None:
    tree = {**key_tree(), "map": (*STYLES, "basemap")}
    assert keys_of(SCHEMA) == set(tree)
    for section, keys in tree.items():
        node = resolved(SCHEMA["properties"][section])
        if section == "sources":
            assert keys_of(node["items"]) == set(keys)
        elif section == "vintages":
            assert keys_of(node["additionalProperties"]) == set(keys)
        else:
            assert keys_of(node) == set(keys), section


def test_every_key_has_a_description() -> None:
    def walk(node: Any, path: str) -> None:
        if isinstance(node, dict):
            for name, child in node.get("properties", {}).items():
                assert resolved(child).get("description") or child.get("description"), f"{path}.{name}"
                walk(child, f"{path}.{name}")
            for child in node.values():
                walk(child, path)

    walk(SCHEMA, "")


def test_the_home_plan_keeps_the_schema_and_names_it(tmp_path: Path) -> None:
    validate(read_settings(find_bundled_plan()))
    write_first_plan(tmp_path / "new")
    text = (tmp_path / "new" / "geoplan.toml").read_text(encoding="utf-8")
    name = re.match(r"#:schema \./(\S+)\n", text)
    assert name is not None and json.loads((tmp_path / "new" / name[1]).read_text(encoding="utf-8")) == SCHEMA
    validate(tomllib.loads(text))
    read_plan(tmp_path / "new")


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 5


@pytest.mark.parametrize(
    ("page", "block"), EXAMPLES, ids=[f"{page}-{at}" for at, (page, _) in enumerate(EXAMPLES)]
)
def test_examples_in_the_docs_keep_the_schema(page: str, block: str) -> None:
    settings = tomllib.loads(block)
    schema = {**SCHEMA, "required": [], "anyOf": [{}]}
    jsonschema.Draft7Validator(schema).validate(settings)


def test_every_key_is_explained_on_the_page() -> None:
    page = (ROOT / "docs" / "plan-file.md").read_text(encoding="utf-8")
    for section, keys in {**key_tree(), "map": (*STYLES, "basemap")}.items():
        assert f"[{section}" in page
        for key in keys:
            assert f"`{key}`" in page, f"{section}.{key}"


BAD = {
    "unknown section": '[plam]\ntitle = "x"\n',
    "unknown key": TOML.replace("[plan]", '[plan]\ntitel = "x"'),
    "no file": TOML.replace('file = "profile.csv"', ""),
    "wrong type": TOML.replace('file = "profile.csv"', "file = 3"),
    "unknown kind": TOML + '[[sources]]\nkind = "xml"\nfile = "a.xml"\n',
    "unknown option": TOML + '[[sources]]\nkind = "iati"\nfile = "a.xml"\npercentages = "ignore"\n',
    "not a section": 'plan = "x"\n',
    "no list of periods": TOML.replace("[plan]", '[plan]\nperiods = "2011-2015"'),
    "a vintage without districts": TOML + '[vintages.old.profile]\nfile = "old.csv"\n',
    "no districts": TOML.replace('[districts]\nfile = "districts.csv"\n', ""),
    "negative": TOML + 'negative = "maybe"\n',
    "an empty list of files": TOML.replace('file = "profile.csv"', "file = []"),
    "a number among the sheets": TOML + 'sheet = ["Plan", 3]\n',
    "speeds without walking": TOML + '[travel.speeds]\nmain = { kmh = 40, source = "x", year = 2015 }\n',
    "[travel] without speeds": TOML + "[travel]\n",
    "a speed without source": TOML + "[travel.speeds]\nwalking = { kmh = 4, year = 2015 }\n",
    "an unknown key in the second section": TOML.replace("[spending]", "[[spending]]")
    + '[[spending]]\nfile = "b.csv"\nclumns = {}\n',
}


@pytest.mark.parametrize("name", BAD)
def test_what_the_schema_refuses_the_reader_refuses_too(name: str, write_plan: WritePlan) -> None:
    with pytest.raises(jsonschema.ValidationError):
        validate(tomllib.loads(BAD[name]))
    with pytest.raises((InputError, UsageError)):
        read_plan(write_plan(toml=BAD[name]))


VALUES: list[Any] = [3, 1.5, True, [], {}, [1], ["a"], {"a": 1}, {"a": {"b": 1}}, "", "x", -1, "a\0b"]
KEYS = [(section, key) for section, keys in {**key_tree(), "map": tuple(STYLES)}.items() for key in keys]


@pytest.mark.parametrize(("section", "key"), KEYS, ids=[".".join(pair) for pair in KEYS])
def test_no_value_that_the_schema_refuses_gets_past_the_reader(
    section: str, key: str, tmp_path: Path
) -> None:
    toml = tmp_path / "geoplan.toml"
    for value in VALUES:
        settings = tomllib.loads(TOML)
        if section == "sources":
            settings["sources"] = [{"kind": "iati", "file": "a.xml", key: value}]
        elif section == "vintages":
            settings["vintages"] = {"old": {"districts": {"file": "districts.csv"}, key: value}}
        else:
            settings.setdefault(section, {"file": "a.csv"} if section in ("rates", "deflators") else {})
            settings[section][key] = value
        if not jsonschema.Draft7Validator(SCHEMA).is_valid(settings):
            assert refused(settings, toml), f"{key} = {value!r}"


def refused(settings: dict[str, Any], toml: Path) -> bool:
    try:
        found = read_specs(settings, toml)[1] or read_origins(settings, toml)[1]
        read_surroundings({} if found else settings, toml)
    except (InputError, UsageError):
        return True
    return bool(found)


def test_the_reader_says_what_was_meant(tmp_path: Path) -> None:
    toml = tmp_path / "geoplan.toml"
    toml.write_text(TOML.replace("[plan]", '[plan]\ntitel = "x"'), encoding="utf-8")
    _, problems = read_specs(read_settings(toml), toml)
    assert "did you mean 'title'?" in problems[0].way_out
