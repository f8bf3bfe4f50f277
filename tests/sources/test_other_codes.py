"""Codes of places in other gazetteers: those of a boundary layer, and those that releases give."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import geoplan as gp
from geoplan.plan.districts import read_layer
from geoplan.sources.origins import parse_origins
from geoplan.sources.raw_table import name_file
from tests.sources.iati_files import paid, wrapped

LAYER = {
    "ADM2_PCODE": ["LA0101", "LA0102", "LA0201"],
    "ADM2_EN": ["Alpha", "Beta", "Gamma"],
    "ADM1_PCODE": ["LA01", "LA01", "LA02"],
    "ADM1_EN": ["North", "North", "South"],
    "geonameid": [1650001, 1650002, 1650003],
    "osm_id": ["-9001", "-9002", "-9003"],
    "wikidata": ["Q101", "Q102", "Q103"],
    "adm1_geonameid": [1640001, 1640001, 1640002],
}


def write_layer(folder: Path, columns: dict[str, list[object]]) -> Path:
    """Write three squares with these columns."""
    features = [
        {
            "type": "Feature",
            "properties": {name: cells[at] for name, cells in columns.items()},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[at, 0], [at + 1, 0], [at + 1, 1], [at, 1], [at, 0]]],
            },
        }
        for at in range(3)
    ]
    path = folder / "layer.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def place(folder: Path, source: str) -> list[tuple[str, str | None]]:
    """Return where the money of each project of a source is."""
    plan = gp.make_plan(districts=write_layer(folder, LAYER), sources=parse_origins(source))
    entries = gp.list_entries(gp.build_ledger(plan))
    return [(row.place, row.district or row.province) for row in entries.itertuples()]


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ('<location-id vocabulary="G1" code="1650002"/>', ("district", "LA0102")),
        (
            '<location-id vocabulary="G1" code="http://sws.geonames.org/1650003/"/>',
            ("district", "LA0201"),
        ),
        ('<location-id vocabulary="G2" code="relation/9001"/>', ("district", "LA0101")),
        (
            '<administrative vocabulary="A4" code="LA01"/><administrative vocabulary="A4" code="LA0102"/>',
            ("district", "LA0102"),
        ),
        ('<location-id vocabulary="99" code="q103"/>', ("district", "LA0201")),
        ('<administrative vocabulary="G1" level="1" code="1640001"/>', ("province-wide", "LA01")),
        ('<location-id vocabulary="G1" code="999999"/>', ("unmatched", "")),
        ('<administrative vocabulary="A1" adm1="XX" adm2="XX.1"/>', ("unmatched", "")),
        (
            '<location-id vocabulary="G1" code="999999"/><point><pos>0.5 0.5</pos></point>',
            ("district", "LA0101"),
        ),
    ],
)
def test_a_code_of_any_vocabulary_means_the_district_that_the_layer_says(
    element: str, expected: tuple[str, str | None], tmp_path: Path
) -> None:
    (tmp_path / "a.xml").write_text(wrapped(f"<location>{element}</location>" + paid("7")))
    assert place(tmp_path, f"iati:{tmp_path / 'a.xml'}") == [expected]


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (["1650002"], ("district", "LA0102")),
        ([1650003], ("district", "LA0201")),
        (["relation/9001"], ("district", "LA0101")),
        (["LA02"], ("province-wide", "LA02")),
        (["999999"], ("unmatched", "")),
    ],
)
def test_a_code_of_a_package_means_the_district_that_the_layer_says(
    codes: list[object], expected: tuple[str, str | None], tmp_path: Path
) -> None:
    value = {"amount": 7, "currency": "EUR"}
    contract = {"contractValue": value, "contractPeriod": {"startDate": "2015-01-01T00:00:00Z"}}
    project = {
        "id": "P",
        "locations": [{"id": "1", "gazetteer": {"scheme": "X", "identifiers": codes}}],
        "contractingProcesses": [{"id": "c", "summary": contract}],
    }
    (tmp_path / "p.json").write_text(json.dumps({"projects": [project]}))
    assert place(tmp_path, f"oc4ids:{tmp_path / 'p.json'}") == [expected]


def test_codes_that_mean_no_district_are_named(tmp_path: Path) -> None:
    places = "".join(
        f'<location><location-id vocabulary="G1" code="{code}"/></location>' for code in (1650001, 77, 78)
    )
    (tmp_path / "a.xml").write_text(wrapped(places + paid("9")))
    sources = parse_origins(f"iati:{tmp_path / 'a.xml'}")
    plan = gp.make_plan(districts=write_layer(tmp_path, LAYER), sources=sources)
    said = "a.xml: 2 places have codes that no district or province of the boundary layer has, so the codes are not used"
    assert any(
        f"{said}: G1 '77', G1 '78'" in str(problem)
        for problem in gp.find_warnings(plan, gp.build_ledger(plan))
    )


@pytest.mark.parametrize(
    ("header", "cells", "is_used"),
    [
        ("hasc_id", ["LA.A", "LA.B", "LA.C"], True),
        ("hasc_id", ["LA.A", "LA.B", None], True),
        ("hasc_id", ["LA.A", None, None], False),  # most districts have none
        ("hasc_id", ["LA.A", "LA.A", "LA.C"], False),
        ("other_id", ["LA0102", "LA0103", "LA0104"], False),  # codes of other districts here
        ("other_id", [1, 2, 3], False),
        ("objectid", [1001, 1002, 1003], False),
        ("population", [51234, 61234, 71234], False),
        ("remark_id", ["to do", "done so", "be done"], False),
    ],
)
def test_a_column_holds_codes_if_its_header_and_its_cells_say_so(
    header: str, cells: list[object], is_used: bool, tmp_path: Path
) -> None:
    own = {name: LAYER[name] for name in ("ADM2_PCODE", "ADM2_EN", "ADM1_PCODE", "ADM1_EN")}
    districts = read_layer(name_file(write_layer(tmp_path, {**own, header: cells}))).districts
    expected = [None if cell is None else str(cell) for cell in cells] if is_used else [None] * 3
    assert [cell if isinstance(cell, str) else None for cell in districts["other_codes"]] == expected


def test_a_column_that_the_plan_names_is_used_whatever_its_header(tmp_path: Path) -> None:
    layer = write_layer(tmp_path, {**LAYER, "ours": ["no 1", "no 2", "no 3"]})
    spec = replace(name_file(layer), columns={"other_codes": "ours"})
    assert read_layer(spec).districts["other_codes"].tolist() == ["no 1", "no 2", "no 3"]


def test_a_table_may_give_them_too(tmp_path: Path) -> None:
    (tmp_path / "locations.csv").write_text("project,district\nP,1650003\nQ,Q102\n")
    (tmp_path / "spending.csv").write_text(
        "project,year,kind,currency,amount\nP,2015,budget,EUR,1\nQ,2015,budget,EUR,2\n"
    )
    plan = gp.make_plan(
        districts=write_layer(tmp_path, LAYER),
        locations=tmp_path / "locations.csv",
        spending=tmp_path / "spending.csv",
    )
    assert gp.list_entries(gp.build_ledger(plan))["district"].tolist() == ["LA0201", "LA0102"]
