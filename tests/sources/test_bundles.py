"""Sources of several tables in a plan: AidData, IATI, OC4IDS, and several of them together."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from geoplan.cli import app
from geoplan.errors import InputError
from geoplan.ledger import build_ledger, reconcile
from geoplan.plan import read_plan, read_tables
from geoplan.sources.bundles import Bundle
from geoplan.sources.oc4ids import read_packages

IATI = """<iati-activities version="2.03"><iati-activity default-currency="EUR"><iati-identifier>{code}</iati-identifier>
<title><narrative>{title}</narrative></title>
<location><name><narrative>Alpha</narrative></name><point><pos>0.5 0.5</pos></point><administrative level="2" code="{area}"/></location>
<transaction><transaction-type code="2"/><transaction-date iso-date="2010-01-01"/><value>{amount}</value></transaction>
</iati-activity></iati-activities>"""
PROJECT = {
    "id": "oc4ids-1",
    "title": "Road",
    "sector": ["transport", "transport.road"],
    "period": {"startDate": "2016-01-01T00:00:00Z"},
    "parties": [{"name": "Ministry", "roles": ["funder"]}, {"name": "Builder", "roles": ["supplier"]}],
    "locations": [{"id": "1", "geometry": {"type": "Point", "coordinates": [0.25, 2.5]}}],
    "budget": {
        "amount": {"amount": 30, "currency": "EUR"},
        "budgetBreakdowns": [
            {
                "budgetBreakdown": [
                    {"amount": {"amount": 10.05, "currency": "EUR"}, "period": {"startDate": "2016-01-01"}},
                    {"amount": {"amount": 20, "currency": "EUR"}, "period": {"startDate": "2017-01-01"},
                     "sourceParty": {"name": "Bank"}},
                ]
            }
        ],
    },
    "contractingProcesses": [
        {
            "summary": {
                "contractValue": {"amount": 29, "currency": "EUR"},
                "contractPeriod": {"startDate": "2017-07-07"},
                "transactions": [
                    {"value": {"amount": 19.5, "currency": "EUR"}, "date": "2018-08-07", "payer": {"name": "Treasury"}}
                ],
            }
        }
    ],
}  # fmt: skip


def write_package(folder: Path, *projects: object) -> Path:
    path = folder / "package.json"
    path.write_text(json.dumps({"version": "0.9", "projects": list(projects)}))
    return path


def run(*args: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(arg) for arg in args])
    return done.exit_code, done.output


def test_oc4ids_budgets_contracts_and_payments(tmp_path):
    tables = read_packages(write_package(tmp_path, PROJECT))
    rows = tables["spending"].table
    assert rows[["kind", "year", "amount", "funder"]].to_numpy().tolist() == [
        ["budget", "2016", "10.05", "Ministry"],
        ["budget", "2017", "20", "Bank"],
        ["commitment", "2017", "29", "Ministry"],
        ["disbursement", "2018", "19.5", "Treasury"],
    ]
    assert tables["projects"].table["sector"].tolist() == ["transport.road"]
    assert tables["locations"].table["geometry"].tolist() == ["POINT (0.25 2.5)"]


def test_swapped_axes_are_recognised_by_where_the_districts_are(write_plan, tmp_path):
    path = write_package(tmp_path, PROJECT)
    plan = read_tables(districts=write_plan() / "districts.csv", sources=[Bundle("oc4ids", path)])
    entries = build_ledger(plan).entries
    assert set(entries["district"]) == {"C"}  # (2.5, 0.25) lies in C; (0.25, 2.5) in none
    assert any("latitude before longitude" in remark for remark in plan.remarks)


def test_axes_of_the_standards_own_example(shared):
    path = shared / "oc4ids" / "example.json"
    assert read_packages(path)["locations"].table["geometry"].str.startswith("POINT (52.").all()
    swapped = read_packages(path, (-8.0, 49.0, 2.0, 61.0))["locations"].table["geometry"]
    assert swapped.tolist() == ["POINT (-0.1163333 52.2571843)", "POINT (-0.1198955 52.1373584)"]


@pytest.mark.parametrize(
    ("project", "said"),
    [
        ({**PROJECT, "id": ""}, "a project without id"),
        (
            {**PROJECT, "locations": [{"geometry": {"type": "Point", "coordinates": ["east", 2]}}]},
            "whose geometry is none",
        ),
        (
            {**PROJECT, "contractingProcesses": [{"summary": {"contractValue": {"amount": 1}}}]},
            "commitment without currency",
        ),
        ({**PROJECT, "budget": {"amount": {"currency": "EUR"}}}, "budget without amount"),
    ],
)
def test_packages_that_do_not_hold(tmp_path, project, said):
    with pytest.raises(InputError, match=said):
        read_packages(write_package(tmp_path, project))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 1}', "[" * 100_000, '"text"', "\udcff"])
def test_files_that_are_no_package(tmp_path, text):
    path = tmp_path / "bad.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match=r"bad\.json"):
        read_packages(path)


@pytest.mark.parametrize("release", ["adb_laos", "nepal_aims"])
def test_a_release_of_aiddata_is_one_source(shared, release):
    layer = {"adb_laos": "laos/lao_districts_2019.gpkg", "nepal_aims": "nepal/nepal-districts.geojson"}[
        release
    ]
    code, said = run("summary", "--districts", shared / layer, "--source", f"aiddata:{shared / 'aid' / release}",
                     *(["--kind", "commitment"] if release == "nepal_aims" else []), "--format", "json")  # fmt: skip
    assert code == 0
    answer = json.loads(said[said.index("{") : said.rindex("}") + 1], parse_float=Decimal)
    assert answer["difference"] == 0
    if release == "nepal_aims":
        assert answer["input_total"] == Decimal("9211134466.00")


def test_a_project_counts_where_it_comes_first(write_plan, tmp_path):
    for name, code, amount in (
        ("one.xml", "P", "5.00"),
        ("two.xml", "Z", "7.01"),
        ("three.xml", "Z", "9.00"),
    ):
        (tmp_path / name).write_text(IATI.format(code=code, title=name, amount=amount, area="A"))
    plan = read_plan(
        write_plan(),
        sources=[Bundle("iati", tmp_path / name) for name in ("one.xml", "two.xml", "three.xml")],
    )
    ledger = build_ledger(plan)
    assert reconcile(ledger)[0].input_total == Decimal("157.01") + Decimal("7.01")
    assert plan.notes == (
        "left out of one.xml, because an earlier source has the same: 1 project ('P'), EUR 5.00",
        "left out of three.xml, because an earlier source has the same: 1 project ('Z'), EUR 9.00",
    )
    assert plan.projects.set_index("project").loc["Z", "title"] == "two.xml"
    assert [path.name for key, path in plan.files.items() if key.startswith("source")] == [
        "one.xml",
        "two.xml",
        "three.xml",
    ]
    code, said = run("summary", write_plan(), "--source", f"iati:{tmp_path / 'one.xml'}")
    assert code == 0
    assert "left out of one.xml" in said


def test_administrative_codes_of_another_list_do_not_count(write_plan, tmp_path):
    for area, rule in (("A", "code"), ("2258", "point")):
        (tmp_path / "one.xml").write_text(IATI.format(code="Z", title="x", amount="1", area=area))
        plan = read_tables(
            districts=write_plan() / "districts.csv", sources=[Bundle("iati", tmp_path / "one.xml")]
        )
        (entry,) = build_ledger(plan).entries.to_dict("records")
        assert entry["district"] == "A"
        assert rule in entry["rule"]


def test_sources_in_the_plan_file(write_plan, tmp_path):
    folder = write_plan(
        toml='[districts]\nfile = "districts.csv"\n[[sources]]\nkind = "iati"\nfile = "one.xml"\nlanguage = "fr"\n'
    )
    (folder / "one.xml").write_text(IATI.format(code="Z", title="x", amount="1", area="A"))
    assert len(read_plan(folder).spending) == 1
    (folder / "geoplan.toml").write_text(
        '[districts]\nfile = "districts.csv"\n[[sources]]\nkind = "xml"\nfile = "gone.xml"\nlang = "fr"\n'
    )
    with pytest.raises(InputError) as caught:
        read_plan(folder)
    said = str(caught.value)
    assert "kind in [[sources]] number 1" in said
    assert "'gone.xml'" in said
    assert "did you mean 'language'" in said


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("nothing", "write KIND:PATH"),
        ("xml:a.xml", "write KIND:PATH"),
        ("iati:nowhere.xml", "there is nothing at"),
    ],
)
def test_sources_that_are_none(write_plan, source, said):
    code, output = run("summary", write_plan(), "--source", source)
    assert (code, said in output) == (2, True)


def test_problems_of_all_sources_are_listed(write_plan, tmp_path):
    (tmp_path / "one.xml").write_text(IATI.format(code="Z", title="x", amount="many", area="A"))
    (tmp_path / "two.json").write_text("{")
    code, said = run(
        "summary",
        write_plan(),
        "--source",
        f"iati:{tmp_path / 'one.xml'}",
        "--source",
        f"oc4ids:{tmp_path / 'two.json'}",
    )
    assert code == 1
    assert "2 problems" in said
    assert "'many'" in said
    assert "two.json" in said
