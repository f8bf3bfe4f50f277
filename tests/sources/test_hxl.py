"""HXL hashtags and P-codes map columns without any configuration."""

from __future__ import annotations

import json
import re
from pathlib import Path

import hxl
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.ledger.entries import build_ledger, list_entries
from geoplan.model.schema import DISTRICTS, LOCATIONS, PROFILE, PROJECTS, SPENDING, TABLES, Table
from geoplan.plan.plan_tables import read_plan
from geoplan.sources import read
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.standards.hxl import _MEANINGS, columns_of_tags, is_tag_row, read_tag
from geoplan.sources.tables.table_files import read_table

from ..conftest import TOML, TOY, WritePlan

TAGS = {
    "districts.csv": "#adm2+code,#adm2+name,#adm2+alt,#adm1+code,#adm1+name,#geo+wkt",
    "profile.csv": "#adm2+pcode,#date+year,#population,#population+poor,#indicator+poverty+rate,#indicator+class+poverty",
    "projects.csv": "#activity+code,#activity+name,#date+start,#date+end",
    "locations.csv": "#activity+code,#loc+code,#loc+name,#geo+precision,#geo+wkt",
    "spending.csv": "#activity+code,#subsector,#org+funder,#date+year,#value+type,#currency,#value",
}


def relabelled(name: str, *, below_header: bool) -> str:
    header, body = TOY[name].split("\n", 1)
    strange = ",".join(f"Spalte {number}" for number in range(header.count(",") + 1))
    return f"{strange}\n{TAGS[name]}\n{body}" if below_header else f"{TAGS[name]}\n{body}"


@pytest.mark.parametrize("below_header", [True, False])
def test_a_tagged_plan_gives_the_same_ledger(below_header: bool, write_plan: WritePlan) -> None:
    expected = list_entries(build_ledger(read_plan(write_plan())))
    tagged = {name.split(".")[0]: relabelled(name, below_header=below_header) for name in TAGS}
    plan = read_plan(write_plan(**tagged))
    assert list_entries(build_ledger(plan)).equals(expected)
    assert plan.profile["poverty_class"].tolist() == ["more developed", "very poor", "very poor"]
    assert "has HXL hashtags" in plan.detected[0]


def test_a_tagged_workbook_with_title_and_header(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (
        ["Who does what where"],
        ["Projet", "Bailleur", "Année", "Nature", "Devise", "Montant", "Commentaire"],
        ["#activity +code", "#org+funding", "#date", "#value +type", "#currency", "#value +usd", None],
        ["P", "EU", 2012, "budget", "USD", 12.5, "fine"],
    ):
        book.active.append(row)
    book.save(tmp_path / "3w.xlsx")
    found = read(FileSpec(tmp_path / "3w.xlsx"), SPENDING)
    assert found.problems == []
    row = found.frame.iloc[0]
    assert (row["funder"], row["year"], row["amount_minor"], row["source_row"], row["Commentaire"]) == (
        "EU",
        2012,
        1250,
        4,
        "fine",
    )


@pytest.mark.parametrize(
    ("cells", "is_one"),
    [
        (["#adm2+code", "", "#value"], True),
        (["# adm2"], False),
        (["#1"], False),
        (["#adm2 +code +v_pcode"], True),
        (["#adm2", "text"], False),
        (["", ""], False),
        (["#ref!"], False),
    ],
)
def test_rows_of_hashtags(cells: list[str], is_one: bool) -> None:
    assert is_tag_row(cells) is is_one


@pytest.mark.parametrize(
    ("tags", "table", "columns"),
    [
        (["#adm1+code", "#adm2+code", "#adm2+name"], DISTRICTS, {0: "province", 1: "district", 2: "name"}),
        (["#adm2+name+i_lo", "#adm2+name+i_en", "#adm2+code"], DISTRICTS, {0: "name_lo", 1: "name", 2: "district"}),
        (["#adm+code+parent", "#adm+code"], DISTRICTS, {0: "province", 1: "district"}),
        (["#sector", "#org+funder", "#activity+code"], PROJECTS, {0: "sector", 1: "funder", 2: "project"}),
        (["#geo+lat", "#geo+lon", "#activity"], LOCATIONS, {0: "lat", 1: "lon", 2: "project"}),
        (["#value+type", "#value+usd"], SPENDING, {0: "kind", 1: "amount"}),
        (["#population+poor", "#population"], PROFILE, {0: "poor", 1: "population"}),
        (["#contact+email", ""], SPENDING, {}),
    ],
)  # fmt: skip
def test_what_hashtags_mean(tags: list[str], table: Table, columns: dict[int, str]) -> None:
    assert columns_of_tags(tags, table) == columns
    assert set(columns.values()) <= set(TABLES[table.name].names)


def test_the_plan_overrules_the_hashtags(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("a,b,c\n#activity+code,#value,#value+planned\nP,1,2\n")
    constant = {"year": 2012, "kind": "budget", "currency": "EUR"}
    assert read(FileSpec(path, constant=constant), SPENDING).frame["amount_minor"].tolist() == [100]
    chosen = read(FileSpec(path, constant=constant, columns={"amount": "c"}), SPENDING)
    assert chosen.frame["amount_minor"].tolist() == [200]


def test_the_p_codes_of_laos(shared: Path, write_plan: WritePlan) -> None:
    codes = shared / "laos" / "lao_pcodes_hxl.csv"
    assert read_table(FileSpec(codes)).tags[2] == "#adm+code"
    toml = TOML.replace(
        '"districts.csv"', f'"{shared / "laos" / "lao_districts_2019.gpkg"}"\nattributes = "{codes}"'
    )
    places = "project,district,province\nP,Paksane,Bolikhamxay\nQ,LA1107,\n"
    plan = read_plan(write_plan(toml=toml, locations=places, profile="district,year\nLA1101,2010\n"))
    assert len(plan.districts) == 148
    by_code = plan.districts.set_index("district")
    assert by_code.loc["LA1101", "name"] == "Pakxane"
    assert by_code.loc["LA1101", "province"] == "LA11"
    assert str(by_code.loc["LA1101", "valid_from"])[:10] == "2019-11-12"
    assert "148 of 166 rows are districts" in " ".join(plan.detected)
    assert set(list_entries(build_ledger(plan))["district"].dropna()) >= {"LA1107"}


WORDS = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,6}", fullmatch=True)
SPACES = st.sampled_from(["", " ", "  "])
WRITTEN = st.builds(
    lambda tag, attributes: (
        f"#{tag}" + "".join(f"{before}+{after}{name}" for before, after, name in attributes)
    ),
    WORDS,
    st.lists(st.tuples(SPACES, SPACES, WORDS), max_size=4),
)


@settings(max_examples=60)
@given(WRITTEN | st.text(alphabet="#+-aB1_ é", max_size=8))
def test_hashtags_are_read_as_libhxl_reads_them(text: str) -> None:
    """libhxl is the reference implementation of the standard's authors."""
    theirs = hxl.model.Column.parse(text)  # False where it is none
    assert is_tag_row([text]) == bool(theirs)
    if theirs:
        assert read_tag(text) == (theirs.tag, frozenset(theirs.attributes))


@pytest.mark.parametrize("table", _MEANINGS)
@settings(max_examples=30)
@given(tags=st.lists(st.sampled_from(["#adm2", "#adm1", "#adm", "#geo", "#date", "#value", "#activity", "#org", "#loc", "#population"]).flatmap(
    lambda tag: st.lists(st.sampled_from(["code", "pcode", "name", "lo", "parent", "year", "start", "poor", "lat", "wkt", "funder", "usd"]), max_size=3)
    .map(lambda names: tag + "".join(f"+{name}" for name in names))), min_size=1, max_size=6))  # fmt: skip
def test_patterns_choose_the_columns_that_libhxl_chooses(table: str, tags: list[str]) -> None:
    columns = [hxl.model.Column.parse(re.sub(r"\+pcode\b", "+code", tag)) for tag in tags]
    expected: dict[int, str] = {}
    for meaning in _MEANINGS[table]:
        marks = [*(f"+{name}" for name in meaning.wanted), *(f"-{name}" for name in meaning.unwanted)]
        pattern = hxl.model.TagPattern.parse(meaning.tag + "".join(marks))
        fitting = [at for at, column in enumerate(columns) if at not in expected and pattern.match(column)]
        if meaning.column not in expected.values() and fitting:
            expected[fitting[0]] = meaning.column
    assert columns_of_tags(tags, TABLES[table]) == expected


def test_a_file_of_p_codes_has_the_columns_that_libhxl_finds(shared: Path) -> None:
    path = shared / "laos" / "lao_pcodes_hxl.csv"
    with path.open("rb") as file:
        source = hxl.data(file)
        theirs = [column.display_tag for column in source.columns]
    assert list(read_table(FileSpec(path)).tags) == theirs


def test_hashtags_as_names_of_attributes_work_for_every_table(tmp_path: Path) -> None:
    def layer(path: Path, **attributes: object) -> None:
        shape = {"type": "Point", "coordinates": [0.5, 0.5]}
        named = {name.replace("_", "+"): value for name, value in attributes.items()}
        feature = {
            "type": "Feature",
            "properties": {f"#{name}": value for name, value in named.items()},
            "geometry": shape,
        }
        path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))

    layer(tmp_path / "profile.geojson", adm2_code="A", date_year=2015, population=70, population_poor=7)
    layer(tmp_path / "places.geojson", activity_code="P", loc_name="Well", adm2_code="B")
    profile = read(FileSpec(tmp_path / "profile.geojson"), TABLES["profile"])
    assert not profile.problems
    assert profile.frame[["district", "year", "population", "poor"]].to_numpy().tolist() == [
        ["A", 2015, 70, 7]
    ]
    places = read(FileSpec(tmp_path / "places.geojson"), TABLES["locations"])
    assert not places.problems
    assert places.frame[["project", "name", "district"]].to_numpy().tolist() == [["P", "Well", "B"]]
