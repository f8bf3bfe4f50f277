"""Columns of boundary layers as publishers name them, with two provinces of two districts each."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from geoplan.model.schema import DISTRICTS
from geoplan.sources import read as read_file
from geoplan.sources.district_headers import advise_on_codes, find_district_columns
from geoplan.sources.object_cells import with_object_fields
from geoplan.sources.raw_table import FileSpec, RawTable

NAMES = ["Alta", "Baixa", "Cima", "Dentro"]
PROVINCES = ["Norte", "Norte", "Sul", "Sul"]


def found(columns: dict[str, list[object]], **named: str) -> dict[str, str]:
    raw = RawTable("layer.shp", pd.DataFrame(columns, dtype=object), pd.Series(range(1, 5)))
    _, spec, _ = find_district_columns(raw, FileSpec(Path("layer.shp"), columns=named))
    return spec.columns


GADM = {
    "GID_0": ["XXX"] * 4,
    "GID_1": ["XXX.1_1", "XXX.1_1", "XXX.2_1", "XXX.2_1"],
    "NAME_1": PROVINCES,
    "GID_2": ["XXX.1.1_1", "XXX.1.2_1", "XXX.2.1_1", "XXX.2.2_1"],
    "NAME_2": NAMES,
    "VARNAME_2": [None, "Bassa", None, None],
    "HASC_2": ["XX.NO.AL", None, None, None],
}
OLDER_GADM = {
    "OBJECTID": [1, 2, 3, 4],
    "ID_0": [7] * 4,
    "ID_1": [1, 1, 2, 2],
    "NAME_1": PROVINCES,
    "ID_2": [11.0, 12.0, 13.0, 14.0],
    "NAME_2": NAMES,
    "HASC_2": ["XX.AL", "XX.BA", "XX.CI", None],
}
OCHA = {
    "Shape_Leng": [0.1, 0.2, 0.3, 0.4],
    "ADM2_FR": NAMES,
    "ADM2_PCODE": ["XX0101", "XX0102", "XX0201", "XX0202"],
    "ADM1_FR": PROVINCES,
    "ADM1_PCODE": ["XX01", "XX01", "XX02", "XX02"],
    "ADM0_PCODE": ["XX"] * 4,
}
OCHA_SERVICE = {
    "admin2Name_fr": NAMES,
    "admin2Pcode": ["XX0101", "XX0102", "XX0201", "XX0202"],
    "admin1Name_fr": PROVINCES,
    "admin1Pcode": ["XX01", "XX01", "XX02", "XX02"],
}
THIRD_LEVEL = {
    "ADM3_PCODE": ["XX010101", "XX010102", "XX020101", "XX020102"],
    "ADM3_EN": NAMES,
    "ADM2_PCODE": ["XX0101", "XX0101", "XX0201", "XX0201"],
    "ADM2_EN": PROVINCES,
}
HXL = {"#adm2+code": ["XX0101", "XX0102", "XX0201", "XX0202"], "#adm2+name": NAMES, "#adm1+name": PROVINCES}
CENSUS = {
    "STATEFP": ["01", "01", "02", "02"],
    "COUNTYFP": ["001", "003", "001", "003"],
    "GEOID": ["01001", "01003", "02001", "02003"],
    "NAME": NAMES,
    "ALAND": [11, 12, 13, 14],
}
BRAZIL = {
    "CD_MUN": ["1100015", "1100023", "1200013", "1200054"],
    "NM_MUN": NAMES,
    "CD_UF": ["11", "11", "12", "12"],
    "AREA_KM2": [1.5, 2.5, 3.5, 4.5],
}
BRITAIN = {
    "FID": [1, 2, 3, 4],
    "LAD23CD": ["E06000001", "E06000002", "E07000003", "E07000004"],
    "LAD23NM": NAMES,
}
MIXED = {
    "dt_code": ["245", "246", "301", "302"],
    "district": NAMES,
    "st_code": ["12", "12", "13", "13"],
    "year": ["2011_c"] * 4,
}
BY_DEPENDENCE = {
    "pcode2": ["QQ2101", "QQ2102", "QQ3401", "QQ3402"],
    "nama2": NAMES,
    "C1_OLD": [5.0, 5.0, 9.0, 9.0],  # another agency's numbers of the same provinces
    "C1_NEW": [21.0, 21.0, 34.0, 34.0],
    "N1": PROVINCES,
    "kind": ["urban", "rural", "urban", "rural"],  # no run for each value
    "survey": ["first", "first", "first", "second"],  # groups without a code
}
BRAZIL_NAMED = {**BRAZIL, "NM_UF": PROVINCES}
TOWNSHIPS = {
    "ST": PROVINCES,
    "ST_PCODE": ["QQ1", "QQ1", "QQ2", "QQ2"],
    "TS": NAMES,
    "TS_PCODE": ["QQ11", "QQ12", "QQ21", "QQ22"],
}
PARENT_FIRST = {
    "DCODE": ["11", "12", "21", "22"],
    "DNAME": NAMES,
    "PCODE": ["1", "1", "2", "2"],
    "PNAME": PROVINCES,
}
LEVELLED = {
    "niv2_kode": ["71", "35", "48", "60"],
    "niv2_lib": NAMES,
    "niv1_kode": ["4", "4", "9", "9"],
    "niv1_lib": PROVINCES,
}
CAPITALS = {
    "DISTRICT_C": ["11", "12", "21", "22"],
    "DISTRICT": ["ALTA", "BAIXA", "CIMA", "LESTE DE DENTRO"],
    "BUDGET": [7, 8, 9, 5],
}
PADDED = {
    "PRO_COM": [1001, 1002, 2001, 2002],
    "PRO_COM_T": ["01001", "01002", "02001", "02002"],
    "COMUNE": NAMES,
}
UNIVERSAL = {
    "GlobalID": ["{a-1}", "{b-2}", "{c-3}", "{d-4}"],
    "lgacode": ["3", "8", "5", "6"],
    "lganame": NAMES,
}
NAMED_PROVINCE = {
    "dist_id": ["4", "7", "12", "18"],
    "district": NAMES,
    "prov_id": [1, 1, 2, 2],
    "province": PROVINCES,
}
NO_WORDS = {
    "JPT_KOD_JE": ["11", "12", "21", "22"],
    "JPT_NAZWA_": NAMES,
    "IIP_IDENTY": ["7b-1", "7b-2", "7b-9", "7b-4"],
}
CODES_ABOVE = {"ADM1_PCODE": ["XX1", "XX1", "XX2", "XX2"], "ADM1_EN": PROVINCES, "ADM2_EN": NAMES}
KNOWN_CODE = {
    "code": ["11", "12", "21", "22"],
    "nom": NAMES,
    "no_region": ["7", "7", "3", "3"],
    "nom_region": PROVINCES,
}
OWN_ID = {"id": ["XX-1", "XX-2", "XX-3", "XX-4"], "nome": NAMES}


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (GADM, {"district": "GID_2", "name": "NAME_2", "aliases": "VARNAME_2", "province": "GID_1",
                "province_name": "NAME_1"}),
        (OLDER_GADM, {"district": "ID_2", "name": "NAME_2", "province": "ID_1", "province_name": "NAME_1"}),
        (OCHA, {"district": "ADM2_PCODE", "name": "ADM2_FR", "province": "ADM1_PCODE",
                "province_name": "ADM1_FR"}),
        (OCHA_SERVICE, {"district": "admin2Pcode", "name": "admin2Name_fr", "province": "admin1Pcode",
                        "province_name": "admin1Name_fr"}),
        (THIRD_LEVEL, {"district": "ADM3_PCODE", "name": "ADM3_EN", "province": "ADM2_PCODE",
                       "province_name": "ADM2_EN"}),
        (HXL, {"district": "#adm2+code", "name": "#adm2+name", "province_name": "#adm1+name"}),
        (CENSUS, {"district": "GEOID", "province": "STATEFP"}),
        (BRAZIL, {"district": "CD_MUN", "name": "NM_MUN", "province": "CD_UF"}),
        (BRITAIN, {"district": "LAD23CD", "name": "LAD23NM"}),
        (MIXED, {"district": "dt_code", "name": "district"}),
        (TOWNSHIPS, {"district": "TS_PCODE", "name": "TS", "province": "ST_PCODE", "province_name": "ST"}),
        (PARENT_FIRST, {"district": "DCODE", "name": "DNAME", "province": "PCODE", "province_name": "PNAME"}),
        (LEVELLED, {"district": "niv2_kode", "name": "niv2_lib", "province": "niv1_kode", "province_name": "niv1_lib"}),
        (CAPITALS, {"district": "DISTRICT_C", "name": "DISTRICT"}),
        (PADDED, {"district": "PRO_COM_T", "name": "COMUNE"}),
        (UNIVERSAL, {"district": "lgacode", "name": "lganame"}),
        (NAMED_PROVINCE, {"district": "dist_id", "name": "district", "province": "prov_id", "province_name": "province"}),
        (NO_WORDS, {"district": "JPT_KOD_JE", "name": "JPT_NAZWA_"}),
        (CODES_ABOVE, {"district": "ADM2_EN", "province": "ADM1_PCODE", "province_name": "ADM1_EN"}),
        (KNOWN_CODE, {"name": "nom", "province": "no_region", "province_name": "nom_region"}),
        (OWN_ID, {"district": "id", "name": "nome"}),
        (BRAZIL_NAMED, {"district": "CD_MUN", "name": "NM_MUN", "province": "CD_UF",
                        "province_name": "NM_UF"}),
        (BY_DEPENDENCE, {"district": "pcode2", "name": "nama2", "province": "C1_NEW", "province_name": "N1"}),
        ({"id": ["North East", "South", "West", "Isles"], "note": [None] * 4}, {"district": "id"}),
    ],
    ids=["GADM", "older GADM", "OCHA", "OCHA service", "third level", "HXL", "census", "Brazil", "Britain",
         "name and code", "townships", "parent first", "levels", "capitals", "leading zeros", "universal ids",
         "named province", "no known words", "codes of the level above", "known code", "own id", "Brazil with names", "by dependence", "only one column"],
)  # fmt: skip
def test_published_headers(columns: dict[str, list[object]], expected: dict[str, str]) -> None:
    assert found(columns) == expected


def test_what_the_plan_names_stays() -> None:
    assert found(GADM, district="HASC_2") == {"district": "HASC_2"}
    assert found(GADM, name="GID_1")["name"] == "GID_1"


@pytest.mark.parametrize(
    "columns",
    [
        {"district": NAMES, "name": NAMES},  # names only: they are the codes
        {"district": ["A1", "A2", "B1", "B2"], "kode": ["1", "2", "3", "4"]},  # a code is there already
        {"code_a": ["1", "2", "3", "4"], "code_b": ["5", "6", "7", "8"]},  # two with the same evidence
        {"OBJECTID": [1, 2, 3, 4], "Shape_Area": [1, 2, 3, 5], "nome": NAMES},  # counters and measures only
        {"kode": ["1", "1", "2", "3"], "nome": NAMES},  # not unique
        {"id": ["d.1", "d.2", "d.4", "d.3"], "district": ["A", "B", "C", "D"]},  # of KML, beside a code
        {"id": [None] * 4},  # TopoJSON without attributes
        {"id": ["a", "a", "b", "c"]},  # the only column, but not unique
        {"shapeID": ["a", "b", "c", "d"], "kode": ["1", "2", "3", "4"]},  # a synonym that geoplan knows
    ],
)
def test_nothing_is_guessed_without_evidence(columns: dict[str, list[object]]) -> None:
    assert found(columns) == {}


def test_names_of_provinces_alone_follow_the_codes_in_many_rows() -> None:
    names = [f"Mun{letter}" for letter in "abcdefghijkl"]
    provinces = ["Norte"] * 5 + ["Sul"] * 7
    for count, expected in ((12, {"province_name": "DEPARTAMEN"}), (8, {})):
        part = slice(12 - count, 12)
        codes = [str(number) for number in range(4, 16)]  # in numeric order, not as text
        columns = {"CODINE": codes[part], "MUNICIPIO": names[part], "DEPARTAMEN": provinces[part]}
        raw = RawTable("layer.shp", pd.DataFrame(columns, dtype=object), pd.Series(range(1, count + 1)))
        _, spec, _ = find_district_columns(raw, FileSpec(Path("layer.shp")))
        assert spec.columns == {"district": "CODINE", "name": "MUNICIPIO", **expected}


def test_says_which_columns_it_reads() -> None:
    raw = RawTable("layer.shp", pd.DataFrame(OWN_ID), pd.Series(range(1, 5)))
    read, _, remarks = find_district_columns(raw, FileSpec(Path("layer.shp")))
    assert remarks == []
    assert read.remarks == (
        "layer.shp: column 'id' is read as district",
        "layer.shp: column 'nome' is read as name",
    )
    raw = RawTable(
        "layer.shp", pd.DataFrame(BRITAIN | {"ADM2_PCODE": OCHA["ADM2_PCODE"]}), pd.Series(range(1, 5))
    )
    read, _, remarks = find_district_columns(raw, FileSpec(Path("layer.shp")))
    assert (read.remarks, remarks) == ((), ["layer.shp: column 'ADM2_PCODE' is read as district"])


SIX = ["Paksan", "Bolikhan", "Khamkeut", "Thakhek", "Mahaxay", "Nongbok"]
ABOVE = ["Bolikhamxay"] * 3 + ["Khammouane"] * 3
REGIONS = ["01"] * 3 + ["02"] * 3
# Spellings looked up in stored public files and pages: gadm.org/metadata.html (GADM); files read by projects on GitHub
# with the fields of OCHA's common datasets (adm2_pcode, adm2_name1), fieldmaps.io (fid, adm2_id, adm2_src), GISCO
# (NUTS_ID … MOUNT_TYPE), IBGE (CD_GEOCODM, NM_MUNICIP) and INEGI (CVEGEO, CVE_ENT, CVE_MUN). The cells are made up.
PUBLISHED = {
    "OCHA since 2025": (
        {
            "adm2_name": SIX,
            "adm2_name1": [name.upper() for name in SIX],
            "adm2_pcode": ["EG0101", "EG0102", "EG0103", "EG0201", "EG0202", "EG0203"],
            "adm1_name": ABOVE,
            "adm1_pcode": ["EG01"] * 3 + ["EG02"] * 3,
            "adm0_pcode": ["EG"] * 6,
            "area_sqkm": [1.5, 2.5, 3, 4, 5, 6],
            "center_lat": [1.1, 2, 3, 4, 5, 6],
        },
        {"district": "adm2_pcode", "name": "adm2_name", "aliases": "adm2_name1", "province": "adm1_pcode",
         "province_name": "adm1_name"},
    ),
    "fieldmaps with numbers of features": (
        {
            "fid": [28881, 28882, 28883, 28884, 28885, 28886],
            "adm2_id": [f"NER-20240408-1-0{at}" for at in range(6)],
            "adm2_src": [f"NE00100{at}" for at in range(6)],
            "adm2_name": SIX,
            "adm2_name2": [None] * 6,
            "adm1_id": ["NER-20240408-1"] * 3 + ["NER-20240408-2"] * 3,
            "adm1_name": ABOVE,
        },
        {"district": "adm2_id", "name": "adm2_name", "province": "adm1_id", "province_name": "adm1_name"},
    ),
    "fieldmaps": (
        {
            "adm2_id": [f"LAO-{at}" for at in range(6)],
            "adm2_src": [f"LA{at}" for at in range(6)],
            "adm2_name": SIX,
            "adm2_name1": [name.upper() for name in SIX],
            "adm1_id": REGIONS,
            "adm1_name": ABOVE,
            "src_date": ["2020-10-20"] * 6,
        },
        {"district": "adm2_id", "name": "adm2_name", "aliases": "adm2_name1", "province": "adm1_id",
         "province_name": "adm1_name"},
    ),
    "OpenStreetMap": (
        {
            "osm_id": [-901, -57, -33, -404, -8, -1200],
            "name": ["ປາກຊັນ", "ບໍລິຄັນ", "ຄຳເກີດ", "ທ່າແຂກ", "ມະຫາໄຊ", "ໜອງບົກ"],
            "name:fr": [f"{name}e" for name in SIX],
            "name:en": SIX,
            "admin_level": [6] * 6,
            "wikidata": [f"Q{at}" for at in (9, 7, 5, 3, 2, 1)],
        },
        {"district": "osm_id", "aliases": "name:en"},
    ),
    "OpenStreetMap with official numbers": (
        {"osm_id": [901, 57, 33, 404, 8, 1200], "name": SIX, "ref": ["11", "12", "13", "21", "22", "23"]},
        {"district": "ref"},
    ),
    "Overture": (
        {
            "id": [f"0855{at:028x}" for at in range(6)],
            "division_id": [f"0856{at:028x}" for at in range(6)],
            "names": [f'{{"primary": "{name}", "common": {{"en": "{name}"}}, "rules": null}}' for name in SIX],
            "region": ["LA-BL"] * 3 + ["LA-KH"] * 3,
            "subtype": ["county"] * 6,
        },
        {"district": "id", "name": "names.primary"},
    ),
    "Who's On First": (
        {
            "wof:id": [21, 57, 33, 44, 98, 12],
            "wof:name": SIX,
            "qs:id": [7, 9, 3, 4, 8, 1],
            "wof:lastmodified": [16, 11, 13, 14, 19, 15],
            "wof:parent_id": [5, 5, 5, 6, 6, 6],
        },
        {"district": "wof:id", "name": "wof:name", "province": "wof:parent_id"},
    ),
    "NUTS": (
        {
            "NUTS_ID": ["LA11", "LA12", "LA13", "LA21", "LA22", "LA23"],
            "LEVL_CODE": [3] * 6,
            "NAME_LATN": SIX,
            "NUTS_NAME": [f"{name}é" for name in SIX],
        },
        {"district": "NUTS_ID", "name": "NUTS_NAME", "aliases": "NAME_LATN"},
    ),
    "INSEE": (
        {
            "ID": [f"COMMUNE_{at}" for at in (7, 3, 9, 1, 4, 2)],
            "NOM_M": [name.upper() for name in SIX],
            "NOM": [name.replace("a", "á") for name in SIX],
            "INSEE_COM": ["01001", "01002", "01003", "02001", "02002", "02003"],
            "INSEE_DEP": REGIONS,
        },
        {"district": "INSEE_COM", "name": "NOM", "province": "INSEE_DEP"},
    ),
    "IGN": (
        {
            "code_insee": ["01001", "01002", "01003", "02001", "02002", "02003"],
            "nom_officiel": SIX,
            "nom_officiel_en_majuscules": [name.upper() for name in SIX],
            "code_postal": ["01010", "01020", "01030", "02010", "02020", "02030"],
            "code_insee_du_departement": REGIONS,
        },
        {"district": "code_insee", "name": "nom_officiel", "province": "code_insee_du_departement"},
    ),
    "Etalab": (
        {
            "code": ["01001", "01002", "01003", "02001", "02002", "02003"],
            "nom": SIX,
            "departement": REGIONS,
            "region": ["84"] * 6,
        },
        {"name": "nom", "province": "departement", "province_name": "departement"},  # `code` is a known header
    ),
    "IBGE": (
        {
            "ID": [0, 1, 2, 3, 4, 5],
            "CD_GEOCODM": ["1101", "1102", "1103", "1201", "1202", "1203"],
            "NM_MUNICIP": [name.upper() for name in SIX],
        },
        {"district": "CD_GEOCODM", "name": "NM_MUNICIP"},
    ),
    "INEGI": (
        {
            "CVEGEO": ["01001", "01002", "01003", "02001", "02002", "02003"],
            "CVE_ENT": REGIONS,
            "CVE_MUN": ["001", "002", "003"] * 2,
            "NOMGEO": SIX,
        },
        {"district": "CVEGEO", "name": "NOMGEO", "province": "CVE_ENT"},
    ),
    "DataV": (
        {
            "adcode": [110105, 110101, 110102, 120104, 120103, 120101],
            "name": SIX,
            "parent": ['{"adcode": 110000}'] * 3 + ['{"adcode": 120000}'] * 3,
        },
        {"district": "adcode", "province": "parent.adcode"},
    ),
    "a code of districts beside OCHA's of provinces": (
        {
            "DIST_EN": [name.upper() for name in SIX],
            "DIST_PCODE": ["NP0101", "NP0102", "NP0103", "NP0201", "NP0202", "NP0203"],
            "ADM1_EN": ABOVE,
            "ADM1_PCODE": ["NP01"] * 3 + ["NP02"] * 3,
        },
        {"district": "DIST_PCODE", "name": "DIST_EN", "province": "ADM1_PCODE"},
    ),
    "a year in the header of the code": (
        {"dtname": SIX, "dtcode11": ["245", "249", "211", "304", "301", "322"], "JID": ["9", "4", "7", "2", "8", "3"]},
        {"district": "dtcode11", "name": "dtname"},
    ),
    "Living Atlas": (
        {
            "FID": [1, 2, 3, 4, 5, 6],
            "NAME": SIX,
            "STATE_NAME": ABOVE,
            "STATE_FIPS": REGIONS,
            "CNTY_FIPS": ["001", "002", "003"] * 2,
            "FIPS": ["01001", "01002", "01003", "02001", "02002", "02003"],
        },
        {"district": "FIPS", "province": "STATE_FIPS", "province_name": "STATE_NAME"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("publisher", PUBLISHED)
def test_headers_as_publishers_document_them(publisher: str) -> None:
    columns, expected = PUBLISHED[publisher]
    assert found(columns) == expected


def test_a_code_that_repeats_in_each_region_is_no_code_of_its_own() -> None:
    columns = {
        "reg_code": [1, 1, 1, 2, 2, 2],
        "reg_name": ABOVE,
        "dist_code": [1, 2, 3] * 2,
        "dist_name": SIX,
        "Council": [f"{name} DC" for name in SIX],
    }
    assert found(columns) == {}
    assert advise_on_codes(pd.DataFrame(columns, dtype=object)) == (
        "'dist_code' repeats, and only 'reg_code' and 'dist_code' together are unique: add a column with both to the "
        "file; the names in 'dist_name', 'Council' are unique and can be the code too; "
    )


@pytest.mark.parametrize(
    ("cells", "added"),
    [
        (['{"primary": "A", "n": 1}', None, '{"primary": null, "en": "B", "on": true}'],
         {"names.primary": ["A", None, None], "names.n": [1, None, None], "names.en": [None, None, "B"]}),
        (['{"primary": "A"}', "B", None], {}),
        (['{"primary": "A"', None, None], {}),
        ([None, float("nan"), 3.5], {}),
    ],
    ids=["objects", "not all objects", "not JSON", "no text"],
)  # fmt: skip
def test_texts_in_objects_are_columns_too(cells: list[object], added: dict[str, list[object]]) -> None:
    table = pd.DataFrame({"names": cells, "names.other": [1, 2, 3]}, dtype=object)
    read = with_object_fields(table)
    assert [*read.columns] == ["names", "names.other", *added]
    assert {header: read[header].tolist() for header in added} == added


def test_names_in_other_languages_are_aliases(tmp_path: Path) -> None:
    layer = pd.DataFrame(
        {
            **OCHA,
            "ADM2_EN": ["Anna", "Bera", "Cita", None],
            "ADM2_PT": NAMES,
            "ADM2_KIND": ["one long", "two long", "three long", "four long"],
            "ADM1_LO": ["ເໜືອ", "ເໜືອ", "ໃຕ້", "ໃຕ້"],
            "geometry": [f"POLYGON (({at} 0, {at + 1} 0, {at + 1} 1, {at} 1, {at} 0))" for at in range(4)],
        }
    )
    layer.to_csv(tmp_path / "layer.csv", index=False)
    found_all = read_file(FileSpec(tmp_path / "layer.csv"), DISTRICTS)
    assert not found_all.problems
    frame = found_all.frame.astype(object).where(found_all.frame.notna(), None)
    assert frame["name"].tolist() == ["Anna", "Bera", "Cita", None]
    assert frame["aliases"].tolist() == NAMES
    assert frame["province_aliases"].tolist() == ["ເໜືອ", "ເໜືອ", "ໃຕ້", "ໃຕ້"]
    (account,) = found_all.accounts
    assert [account.columns[header] for header in ("ADM2_FR", "ADM2_PT", "ADM1_LO", "ADM0_PCODE")] == [
        "aliases", "aliases", "province_aliases", "not used",
    ]  # fmt: skip
    assert "aliases" not in account.columns["ADM2_KIND"]


@pytest.mark.parametrize(
    ("above", "is_alias"),
    [(["Alagoas", "Alagoas", "Acre", "Amapá"], False), (["Alt", "Bai", "Cim", "Den"], True)],
)
def test_names_of_areas_above_are_no_aliases(above: list[object], is_alias: bool) -> None:
    columns = {"CD_MUN": [2704302, 2700300, 1200013, 1600303], "NM_MUN": NAMES, "NM_UF": above}
    assert (found(columns).get("aliases") == "NM_UF") == is_alias
