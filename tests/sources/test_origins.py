"""Sources of several tables: AidData's releases, OC4IDS packages, and how several are merged."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from geoplan import build_ledger, read_plan, reconcile
from geoplan.model.errors import InputError, UsageError
from geoplan.plan.merge_sources import left_out_lines, left_out_totals, merge_sources
from geoplan.plan.project_links import find_link_columns
from geoplan.sources.origins import LEFT_OUT, Bundle, Origin, Surroundings, parse_origins
from geoplan.sources.readers import read_origin
from geoplan.sources.standards.oc4ids import read_package

from ..cli.test_cli import run
from ..conftest import DISTRICTS, WritePlan
from .iati_files import paid, wrapped

LAYERS = {"adb_laos": "laos/lao_districts_2019.gpkg", "nepal_aims": "nepal/nepal-districts.geojson"}
PLACE = '<location ref="a"><point><pos>0.5 0.5</pos></point></location>'
PACKAGE: dict[str, Any] = {
    "version": "0.9",
    "projects": [
        {
            "id": "oc4ids-x-1",
            "title": "Bridge",
            "sector": ["transport", "transport.road"],
            "period": {"startDate": "2016-07-01T00:00:00Z", "endDate": "2017-06-30T00:00:00Z"},
            "locations": [
                {"id": "1", "geometry": {"type": "Point", "coordinates": [0.5, 0.25]}},
                {"id": "2", "geometry": {"type": "LineString", "coordinates": [[1.25, 0.5], [1.75, 0.5]]}},
            ],
            "budget": {
                "amount": {"amount": 30.10, "currency": "EUR"},
                "budgetBreakdowns": [
                    {
                        "id": "years",
                        "budgetBreakdown": [
                            {
                                "id": str(year),
                                "amount": {"amount": amount, "currency": "EUR"},
                                "period": {"startDate": f"{year}-01-01T00:00:00Z", "endDate": f"{year}-12-31T00:00:00Z"},
                                "sourceParty": {"name": "Treasury"},
                            }
                            for year, amount in ((2016, 10.10), (2017, 20.00))
                        ],
                    }
                ],
            },
            "contractingProcesses": [
                {
                    "id": "c",
                    "summary": {
                        "nature": ["construction"],
                        "contractValue": {"amount": 25, "currency": "EUR"},
                        "contractPeriod": {"startDate": "2016-09-01T00:00:00Z"},
                        "transactions": [{"id": "t", "date": "2017-02-01T00:00:00Z", "value": {"amount": 5.5, "currency": "EUR"}, "payer": {"name": "Ministry"}}],
                    },
                }
            ],
        }
    ],
}  # fmt: skip


def total(text: str) -> dict[str, Any]:
    """Return a summary, its kinds of money added up."""
    answers = json.loads(text, parse_float=Decimal)
    answers = answers if isinstance(answers, list) else [answers]
    names = ("input_total", "placed_total", "left_out", "difference")
    return {name: sum(answer.get(name, 0) for answer in answers) for name in names}


@pytest.fixture
def districts(tmp_path: Path) -> Path:
    path = tmp_path / "districts.csv"
    path.write_text(DISTRICTS, encoding="utf-8")
    return path


def package(folder: Path, content: object, **options: str) -> Bundle:
    path = folder / "package.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    bounds = (0.0, 0.0, 3.0, 1.0)
    return read_origin(Origin("oc4ids", path, options), Surroundings(frozenset("ABC"), frozenset(), bounds))


# --- AidData ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LAYERS)
def test_a_release_is_one_source(name: str, shared: Path) -> None:
    folder = shared / "aid" / name
    transactions = pd.read_csv(folder / "transactions.csv", dtype=str)
    given = sum(Decimal(value) for value in transactions["transaction_value"])
    done = run(
        "summary", "--districts", shared / LAYERS[name], "--source", f"aiddata:{folder}", "--format", "json"
    )
    answer = total(done.stdout)
    assert answer["input_total"] == answer["placed_total"] == given and answer["difference"] == 0
    if name == "nepal_aims":
        done = run(
            "summary",
            "--districts",
            shared / LAYERS[name],
            "--source",
            f"aiddata:{folder}",
            "--kind",
            "commitment",
            "--format",
            "json",
        )
        assert total(done.stdout)["input_total"] == Decimal("9211134466.00")


def test_our_even_split_is_the_one_aiddata_publishes(shared: Path, tmp_path: Path) -> None:
    """``level_1a.csv`` of the release states what each location got; ours differs by rounding to cents only."""
    folder = shared / "aid" / "adb_laos"
    target = tmp_path / "ledger.csv"
    run(
        "ledger",
        "--districts",
        shared / LAYERS["adb_laos"],
        "--source",
        f"aiddata:{folder}",
        "--kind",
        "disbursement",
        "-o",
        target,
    )
    ours = pd.read_csv(target, dtype={"location": str}).groupby("location")["amount"].sum()
    published = (
        pd.read_csv(folder / "level_1a.csv")
        .set_index("project_location_id")["even_split_disbursements"]
        .dropna()
    )
    common = published.index.intersection(ours.index)
    assert len(common) > 250
    # A project's several transactions are each split to the cent: at most a cent for each.
    assert (ours[common] - published[common]).abs().max() < 0.05


def test_a_folder_that_is_no_release_is_one_clear_error(tmp_path: Path) -> None:
    for folder, part in ((tmp_path / "gone", "folder not found"), (tmp_path, "has no transactions.csv")):
        (problem,) = read_origin(Origin("aiddata", folder), Surroundings()).problems
        assert part in problem.message


def test_level_1a_stands_in_for_locations(tmp_path: Path) -> None:
    (tmp_path / "level_1a.csv").write_text(
        "project_id,project_location_id,precision_code,place_name,latitude,longitude,project_title,even_split_commitments\n"
        "1,1_7,1,Ban,0.5,0.5,Road,5.0\n", encoding="utf-8"
    )  # fmt: skip
    (tmp_path / "transactions.csv").write_text(
        "transaction_id,project_id,transaction_isodate,transaction_year,transaction_value_code,transaction_currency,transaction_value\n"
        "a,1,,2010,C,USD,5\n", encoding="utf-8"
    )  # fmt: skip
    bundle = read_origin(Origin("aiddata", tmp_path), Surroundings())
    assert bundle.problems == () and bundle.frames["locations"]["location"].tolist() == ["1_7"]


AIDDATA = {
    "projects.csv": "project_id,project_title\n1,Road\n2,Dam\n2,Dam again\n",
    "locations.csv": "project_location_id,project_id,place_name,latitude,longitude,precision_code\n"
    "1_1,1,Alpha,0.5,0.5,1\n2_1,2,Alpha,0.5,0.5,0\n2_2,2,Beta,0.5,1.5,2\n9_1,9,Gone,0.5,0.5,1\n",
    "transactions.csv": "transaction_id,project_id,transaction_year,transaction_value_code,transaction_currency,transaction_value\n"
    "a,1,2010,C,USD,100\nb,2,2010,C,USD,50\nc,9,2010,C,USD,7\nd,1,,D,USD,11\ne,1,2010,Z,USD,13\n",
}


def test_a_record_that_is_the_sum_of_others_and_three_decimals_are_read(tmp_path: Path) -> None:
    for name, text in AIDDATA.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    head = AIDDATA["transactions.csv"].splitlines()[0]
    rows = "a,1,2010,C,USD,100\nb,1,2010,C,USD,12.345\nc,1,2010,C,USD,4\nd,2,2010,C,,116.345\n"
    (tmp_path / "transactions.csv").write_text(f"{head}\n{rows}", encoding="utf-8")
    bundle = read_origin(Origin("aiddata", tmp_path), Surroundings())
    assert bundle.problems == ()
    assert bundle.frames["spending"]["amount_minor"].tolist() == [10000, 1234, 400]
    assert bundle.left_out["reason"].tolist() == ["transaction_currency: no value"]


def test_faulty_rows_of_a_release_are_left_out_and_the_rest_counts(tmp_path: Path, districts: Path) -> None:
    folder = tmp_path / "release"
    folder.mkdir()
    for name, text in AIDDATA.items():
        (folder / name).write_text(text, encoding="utf-8")
    bundle = read_origin(Origin("aiddata", folder), Surroundings())
    assert bundle.problems == () and bundle.frames["projects"]["title"].tolist() == ["Road", "Dam"]
    assert bundle.left_out[["project", "amount", "reason"]].sort_values("amount").to_numpy().tolist() == [
        ["9", Decimal("7.00"), "the project is not in the table of projects"],
        ["1", Decimal("11.00"), "transaction_year: no value"],
        ["1", Decimal("13.00"), "transaction_value_code: unknown kind of money"],
    ]
    (said,) = [remark for remark in bundle.remarks if "precision" in remark and "row 3" in remark]
    assert "column 'precision_code': no such precision code (project '2')" in said
    assert said.endswith("the place is not used: '0'")
    assert any("unknown kind of money (project '1'); left out: 'Z'" in remark for remark in bundle.remarks)
    done = run(
        "summary", "--districts", districts, "--source", f"aiddata:{folder}", "--by", "project,district"
    )
    # Half of project 2 stays at its good place, 25; half has no place.
    assert "USD 163.00" not in done.stdout and "125.00 in districts + 25.00 unlocated" in done.stderr
    refused = read_origin(Origin("aiddata", folder, {"on_error": "refuse"}), Surroundings()).problems
    assert {problem.column for problem in refused} == {
        "project_id", "precision_code", "transaction_year", "transaction_value_code"
    }  # fmt: skip
    assert all("geoplan.toml" not in problem.way_out for problem in refused)


# --- OC4IDS -----------------------------------------------------------------------------------


def test_a_package_gives_budgets_by_year_contracts_and_payments(tmp_path: Path) -> None:
    bundle = package(tmp_path, PACKAGE)
    assert bundle.problems == () and bundle.left_out.empty
    spending = bundle.frames["spending"]
    assert spending[["kind", "year", "funder", "component", "amount_minor"]].fillna("").to_numpy(
        object
    ).tolist() == [
        ["budget", 2016, "Treasury", "", 1010],
        ["budget", 2017, "Treasury", "", 2000],
        ["commitment", 2016, "", "construction", 2500],
        ["disbursement", 2017, "Ministry", "construction", 550],
    ]
    assert [shape.geom_type for shape in bundle.frames["locations"]["geometry"]] == ["Point", "LineString"]


def test_a_budget_without_years_goes_over_its_period_by_days(tmp_path: Path) -> None:
    plain = copy.deepcopy(PACKAGE)
    plain["projects"][0]["budget"] = {"amount": {"amount": 365, "currency": "EUR"}}
    bundle = package(tmp_path, plain)
    budget = bundle.frames["spending"].query("kind == 'budget'")
    assert budget[["year", "amount_minor"]].to_numpy().tolist() == [[2016, 18400], [2017, 18100]]
    assert "spread over its period by days" in bundle.remarks[0]


def test_a_breakdown_with_another_sum_is_listed(tmp_path: Path) -> None:
    other = copy.deepcopy(PACKAGE)
    other["projects"][0]["budget"]["amount"]["amount"] = 40
    assert package(tmp_path, other).left_out["amount"].tolist() == [Decimal("9.9")]


def test_swapped_axes_are_recognised_and_put_right_when_told(tmp_path: Path) -> None:
    swapped = copy.deepcopy(PACKAGE)
    swapped["projects"][0]["locations"] = [{"geometry": {"type": "Point", "coordinates": [0.25, 2.5]}}]
    assert (
        "1 of 1 places lie in the area only with their axes swapped" in package(tmp_path, swapped).remarks[0]
    )
    right = package(tmp_path, swapped, axes="lat-lon")
    assert right.remarks == () and right.frames["locations"]["geometry"].iloc[0].x == 2.5
    swapped["projects"][0]["locations"] = [{"geometry": {"type": "Point", "coordinates": [18, 104]}}]
    (problem,) = [one for one in package(tmp_path, swapped).problems if "axes are swapped" in one.message]
    assert 'axes = "lat-lon"' in problem.way_out
    swapped["projects"][0]["locations"].append({"geometry": {"type": "Point", "coordinates": [0.5, 0.5]}})
    one = package(tmp_path, swapped)
    assert one.problems == () and "1 of 2 places have latitudes beyond 90" in one.remarks[0]


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ('{"projects": []}', "holds no projects"),
        ('{"projects": [{"id": "a", "budget": {"amount": {"amount": NaN}}}]}', "no JSON"),
        ("[" * 200_000, "nested too deeply"),
    ],
)
def test_a_file_that_is_no_package_is_one_clear_error(content: str, part: str, tmp_path: Path) -> None:
    assert any(part in problem.message for problem in package(tmp_path, content).problems)


def test_the_standards_own_example_has_its_axes_swapped(shared: Path) -> None:
    path = shared / "oc4ids" / "example.json"
    around = Surroundings(bounds=(-0.5, 52.0, 0.0, 52.5))
    plain, told = (read_package(Origin("oc4ids", path, axes), around) for axes in ({}, {"axes": "lat-lon"}))
    assert (
        "2 of 2 places lie in the area only with their axes swapped" in plain.remarks[0]
        and told.remarks == ()
    )
    spending = told.frames["spending"]
    assert spending.groupby("kind")["amount_minor"].sum().to_dict()["budget"] == 40_000_000_00


@pytest.mark.parametrize(
    ("content", "part", "line"),
    [
        ({"releases": [{}]}, "OCDS", 'project = "ocid"'),
        ({"records": [{}]}, "OCDS", 'amount = "value/amount"'),
        ({"ocid": "x"}, "OCDS", "contracts.csv"),
        ({"grants": [{}]}, "360Giving", 'amount = "Amount Awarded"'),
        ({"projects": {"P1": {}}, "total": 1}, "World Bank", 'amount = "totalamt"'),
        ([{"boardapprovaldate": "2010-01-01"}], "World Bank", 'file = "projects.csv"'),
        ([{"ocid": "x", "tag": ["compiled"]}], "OCDS", "contracts.csv"),
        ('{"ocid": "x"}\n{"ocid": "y"}\n', "OCDS", "contracts.csv"),
        ({"resources": [], "model": {}}, "Fiscal Data Package", 'amount = "…"'),
        (
            {"profile": "fiscal-data-package", "resources": [{"path": "b.csv", "schema": {"fields": [
                {"name": "Sum", "columnType": "value"}, {"name": "FY", "columnType": "date:fiscal-year"}]}}]},
            "Fiscal Data Package", 'file = "b.csv" [spending.columns] amount = "Sum", year = "FY"',
        ),
        ('<iati-activities version="2.03"/>', "IATI activity file", 'kind = "iati" file = "given.json"'),
        ("<iati-organisations/>", "organisation file", "activity file of the same publisher"),
        ("Identifier,Amount Awarded\n1,2\n", "360Giving", '[spending] file = "given.'),
    ],
)  # fmt: skip
@pytest.mark.parametrize("given", ["table", "iati", "oc4ids", "aiddata"])
def test_a_file_of_another_standard_is_named_with_the_lines_that_read_it(
    given: str, content: Any, part: str, line: str, write_plan: WritePlan
) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    name = "given.csv" if text.startswith("Ident") else "given.json"
    section = (
        f'file = "{name}"\n' if given == "table" else f'[[sources]]\nkind = "{given}"\nfile = "{name}"\n'
    )
    toml = '[districts]\nfile = "districts.csv"\n' + ("[spending]\n" if given == "table" else "") + section
    folder = write_plan(toml=toml)
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_plan(folder)
    if given == "iati" and part == "IATI activity file":
        assert "the file has no activity" in str(caught.value)
        return
    assert part in str(caught.value) and "this is " in str(caught.value)
    assert line in str(caught.value) and "where the money is" not in str(caught.value)


def test_a_release_given_as_a_table_or_as_another_kind_is_named(write_plan: WritePlan) -> None:
    folder = write_plan(toml='[districts]\nfile = "districts.csv"\n[spending]\nfile = "release"\n')
    (folder / "release").mkdir()
    for name in ("transactions.csv", "locations.csv"):
        (folder / "release" / name).write_text("project_id\n1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r'kind = "aiddata" file = "release"'):
        read_plan(folder)


def test_a_file_of_no_known_standard_keeps_its_own_error(tmp_path: Path) -> None:
    (problem,) = package(tmp_path, {"hello": [1]}).problems
    assert problem.message == "holds no projects"


# --- keys of a source ---------------------------------------------------------------------------


def two_projects(**second: Any) -> dict[str, Any]:
    """Project p in transport with EUR 30.10 planned, and another one with EUR 7 in 2018."""
    money = {"amount": usd(7), "approvalDate": "2018-05-01"}
    other = {"id": "q", "title": "School", "sector": ["education"], "budget": money, **second}
    return {"projects": [{**PACKAGE["projects"][0], "id": "p"}, other]}


def test_where_chooses_projects_with_their_places_and_money(tmp_path: Path) -> None:
    bundle = package(tmp_path, two_projects(), where="sector = 'education'")
    assert bundle.frames["projects"]["project"].tolist() == ["q"]
    assert bundle.frames["spending"]["amount_minor"].tolist() == [700] and bundle.frames["locations"].empty
    assert "package.json: 1 of 2 projects are read (where)" in bundle.remarks
    (problem,) = package(tmp_path, two_projects(), where="no such column").problems
    assert problem.column == "where" and "invalid condition" in problem.message


def test_where_and_values_of_a_plan_file(write_plan: WritePlan) -> None:
    toml = (
        '[districts]\nfile = "districts.csv"\n[[sources]]\nkind = "oc4ids"\nfile = "p.json"\n'
        'where = "project <> \'q\'"\n[sources.values.funder]\nTreasury = "State"\n'
    )
    folder = write_plan(toml=toml)
    (folder / "p.json").write_text(json.dumps(two_projects()), encoding="utf-8")
    spending = read_plan(folder).spending
    assert set(spending["project"]) == {"p"} and "State" in set(spending["funder"])
    assert "Treasury" not in set(spending["funder"])


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ('yearly = "mean"', "write it under [rates]"),
        ('separator = { funder = ";" }', "joint funders are recognised"),
        ("bbox = [0, 0, 1, 1]", "choose projects with where"),
        ('decimal = ","', "a standard states this itself"),
        ('review = "r.csv"', "write it under [locations] or [spending]"),
        ('language = "fr"', "only iati has it"),
        ("values = 3", "write [sources.values.COLUMN]"),
        ('values = { colour = { a = "b" } }', "there is no column 'colour'"),
        ('values = { funder = "x" }', "must give a text for each text"),
        ('wher = "x"', "did you mean 'where'?"),
    ],
)
def test_a_key_that_means_nothing_for_a_source_says_so(line: str, part: str, write_plan: WritePlan) -> None:
    toml = f'[districts]\nfile = "districts.csv"\n[[sources]]\nkind = "oc4ids"\nfile = "p.json"\n{line}\n'
    folder = write_plan(toml=toml)
    (folder / "p.json").write_text(json.dumps(PACKAGE), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_plan(folder)
    assert part in str(caught.value)


# --- projects that cannot be told apart ------------------------------------------------------------


@pytest.mark.parametrize(
    ("identifier", "message", "code"),
    [
        (None, "a project has no id", ""),
        ("  ", "a project has no id", ""),
        ({"scheme": "x"}, "a project has no id", ""),
        ("p", "two projects have the same id", "p"),
    ],
)
def test_a_project_without_its_own_id_is_left_out_with_its_money(
    identifier: Any, message: str, code: str, tmp_path: Path
) -> None:
    bundle = package(tmp_path, two_projects(id=identifier))
    assert bundle.problems == () and bundle.frames["projects"]["project"].tolist() == ["p"]
    assert bundle.frames["spending"]["amount_minor"].sum() == 3010 + 2500 + 550
    assert bundle.left_out[["project", "kind", "currency", "amount", "reason"]].to_numpy().tolist() == [
        [code, "budget", "USD", Decimal(7), message]
    ]
    assert any(message in remark and "left out" in remark for remark in bundle.remarks)
    (problem,) = package(tmp_path, two_projects(id=identifier), on_error="refuse").problems
    assert problem.message == message and problem.rows == (2,)


def test_a_number_is_an_id_too(tmp_path: Path) -> None:
    assert package(tmp_path, two_projects(id=0)).frames["projects"]["project"].tolist() == ["p", "0"]


def contract_package(process: dict[str, Any], **project: Any) -> dict[str, Any]:
    base = {"id": "p", "period": {"startDate": "2018-03-01", "endDate": "2019-01-01"}}
    return {"projects": [{**base, "contractingProcesses": [process], **project}]}


def usd(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD"}


CHANGED = {
    "contractValue": usd(50),
    "modifications": [{"newContractValue": usd(60)}, {"newContractValue": usd(70)}],
    "finalValue": usd(80),
}


@pytest.mark.parametrize(
    ("choice", "counted", "left"), [("signed", 50, [60, 70, 80]), ("latest", 80, [50, 60, 70])]
)
def test_one_value_of_a_contract_counts_and_the_others_are_listed(
    choice: str, counted: int, left: list[int], tmp_path: Path
) -> None:
    bundle = package(tmp_path, contract_package({"summary": CHANGED}), contract_value=choice)
    assert bundle.frames["spending"][["kind", "year", "amount_minor"]].to_numpy().tolist() == [
        ["commitment", 2018, counted * 100]
    ]
    assert bundle.left_out["amount"].tolist() == [Decimal(amount) for amount in left]
    assert any(
        "contracts without dates are in the year their project starts" in remark for remark in bundle.remarks
    )


@pytest.mark.parametrize(("choice", "counted"), [("leave out", []), ("use", [4000, 900])])
def test_embedded_releases_count_if_told(choice: str, counted: list[int], tmp_path: Path) -> None:
    """Of two releases of contract a the last one counts."""
    releases = [
        {"contracts": [{"id": "a", "value": usd(30)}, {"id": "b", "value": usd(9)}]},
        {"contracts": [{"id": "a", "value": usd(40)}]},
    ]
    bundle = package(tmp_path, contract_package({"releases": releases}), releases=choice)
    assert bundle.frames["spending"]["amount_minor"].tolist() == counted and bundle.problems == ()
    assert sum(bundle.left_out["amount"]) == (0 if counted else 49)
    summarised = contract_package({"summary": {"contractValue": usd(5)}, "releases": releases})
    both = package(tmp_path, summarised, releases=choice)
    assert both.frames["spending"]["amount_minor"].tolist() == [500] and sum(both.left_out["amount"]) == 49


@pytest.mark.parametrize(
    ("choice", "summary", "counted", "left"),
    [
        ("leave out", {}, [], {"contract value": 30, "payment": 12}),
        ("use", {}, [("commitment", 2016, 3000), ("disbursement", 2017, 700), ("disbursement", 2018, 500)], {}),
        ("use", {"contractValue": usd(8)}, [("commitment", 2018, 800), ("disbursement", 2017, 700), ("disbursement", 2018, 500)],
         {"contract value": 30}),
        ("use", {"transactions": [{"value": usd(1), "date": "2019-01-01"}]}, [("commitment", 2016, 3000), ("disbursement", 2019, 100)],
         {"payment": 12}),
    ],
)  # fmt: skip
def test_payments_and_dates_in_embedded_releases_are_read_or_listed(
    choice: str,
    summary: dict[str, Any],
    counted: list[tuple[str, int, int]],
    left: dict[str, int],
    tmp_path: Path,
) -> None:
    """Payment t1 is in two releases and counts once."""
    first, second = (
        [{"id": "t1", "value": usd(7), "date": "2017-05-01"}],
        [{"id": "t2", "value": usd(5), "date": "2018-05-01"}],
    )
    contract = {"id": "a", "value": usd(30), "period": {"startDate": "2016-02-01"}}
    releases = [
        {"contracts": [{**contract, "implementation": {"transactions": given}}]}
        for given in (first, first + second)
    ]
    process = {"releases": releases, **({"summary": summary} if summary else {})}
    bundle = package(tmp_path, contract_package(process), releases=choice)
    found = bundle.frames["spending"][["kind", "year", "amount_minor"]].itertuples(index=False, name=None)
    assert [*found] == counted
    assert bundle.left_out.groupby("kind")["amount"].sum().to_dict() == left


def test_a_project_alone_in_its_file_is_read(tmp_path: Path) -> None:
    [project] = contract_package({"summary": {"contractValue": usd(5)}})["projects"]
    assert package(tmp_path, project).frames["spending"]["amount_minor"].tolist() == [500]


@pytest.mark.parametrize("coordinates", [[None, None], ["0.5", "0.5"], [], "0.5 0.5"])
def test_a_place_without_numbers_is_left_out_and_the_package_is_read(
    coordinates: Any, tmp_path: Path
) -> None:
    places = [{"geometry": {"type": "Point", "coordinates": at}} for at in (coordinates, [2.5, 0.5])]
    content = contract_package({"summary": {"contractValue": usd(8)}}, locations=places)
    bundle = package(tmp_path, content)
    shapes = bundle.frames["locations"]["geometry"]
    assert [shape is None for shape in shapes] == [True, False] and bundle.problems == ()
    assert any("project 'p'" in remark and "not used" in remark for remark in bundle.remarks)
    assert package(tmp_path, content, on_error="refuse").problems


# --- several sources --------------------------------------------------------------------------


def test_the_first_source_that_has_a_project_counts_and_the_rest_is_listed(
    tmp_path: Path, districts: Path
) -> None:
    one, two = tmp_path / "one.xml", tmp_path / "two.xml"
    one.write_text(wrapped(PLACE + paid("1.00")), encoding="utf-8")
    two.write_text(wrapped(PLACE + paid("20.00"), PLACE + paid("300.00")), encoding="utf-8")
    for order, kept in (((one, two), 301), ((two, one), 320)):
        sources = [part for path in order for part in ("--source", f"iati:{path}")]
        done = run("summary", "--districts", districts, *sources, "--format", "json")
        answer = total(done.stdout)
        assert answer["input_total"] == 321 and answer["placed_total"] == kept
        assert answer["left_out"] == 321 - kept and answer["difference"] == 0
        assert f"the project is in {order[0].name} already" in done.stderr
    said = run("check", "--districts", districts, "--source", f"iati:{one}", "--source", f"iati:{two}").stdout
    assert (
        "two.xml: 1 projects are in one.xml already and were left out (1 in projects, 1 in locations, 1 in spending): 'P1'"
        in said
    )


def related(kind: int, *names: str) -> str:
    return "".join(f'<related-activity type="{kind}" ref="{name}"/>' for name in names)


def merged(folder: Path, *bodies: str, **options: str) -> Any:
    path = folder / "family.xml"
    path.write_text(wrapped(*bodies), encoding="utf-8")
    return merge_sources({}, [Origin("iati", path, options)], None)


def sums_by_project(found: Any) -> dict[str, int]:
    return {
        key: int(value)
        for key, value in found.frames["spending"].groupby("project")["amount_minor"].sum().items()
    }


def test_children_without_places_take_those_of_their_nearest_ancestor(tmp_path: Path) -> None:
    """P1 is the parent of P2, which is that of P3; P4 has a place of its own, and a circle gives nothing."""
    found = merged(
        tmp_path,
        PLACE + related(2, "P2"),
        related(2, "P3"),
        related(1, "P2") + paid("10.00"),
        PLACE.replace("0.5 0.5", "0.5 2.5") + related(1, "P1") + paid("1.00"),
        related(1, "P6") + paid("2.00"),
        related(1, "P5"),
    )
    places = found.frames["locations"]
    assert [(row.project, row.geometry.x) for row in places.itertuples()] == [
        ("P1", 0.5), ("P4", 2.5), ("P2", 0.5), ("P3", 0.5)
    ]  # fmt: skip
    assert found.remarks == (
        "2 activities ('P5', 'P6') in a circle of parents, which is not used; all of their money counts: EUR 2.00 of disbursement",
        "2 activities ('P2', 'P3') without places took those of their parent: EUR 10.00 of disbursement",
    )


@pytest.mark.parametrize(
    ("keep", "counted"),
    [
        ("children", {"P1": 15, "P2": 60, "P3": 30}),
        ("parents", {"P1": 105}),
        ("both", {"P1": 105, "P2": 60, "P3": 30}),
    ],
)
def test_the_same_kind_of_money_of_parent_and_child_counts_once(
    keep: str, counted: dict[str, int], tmp_path: Path
) -> None:
    """Of the parent's commitment of 100.00, 90.00 is doubled by its children; its disbursement of 5.00 is not."""
    found = merged(
        tmp_path,
        PLACE + paid("100.00", kind="2") + paid("5.00") + related(2, "P2", "P3"),
        paid("60.00", kind="2"),
        paid("30.00", kind="2"),
        hierarchy=keep,
    )
    assert sums_by_project(found) == {name: amount * 100 for name, amount in counted.items() if amount}
    expected = {"children": 90, "parents": 90, "both": 0}[keep]
    assert sum(found.left_out["amount"]) == expected
    assert any("the same kind of money" in remark for remark in found.remarks) == (keep != "both")


def budget(amount: str, year: int, currency: str = "EUR") -> str:
    period = f'<period-start iso-date="{year}-01-01"/><period-end iso-date="{year}-12-31"/>'
    return f'<budget>{period}<value currency="{currency}" value-date="{year}-01-01">{amount}</value></budget>'


@pytest.mark.parametrize(
    ("parent", "children", "stays", "said"),
    [
        # In each year the parent has as much or more.
        ([(50, 2014), (50, 2015)], [(50, 2014), (20, 2015)], {2015: 3000}, "'P1' (EUR 30.00 of budget)"),
        # The children have 10 more in 2014, so 10 less of the 40 more of 2015 stay.
        ([(50, 2014), (50, 2015)], [(60, 2014), (10, 2015)], {2015: 3000}, "'P1' (EUR 30.00 of budget)"),
        # Two rows of a year share what stays by their amounts, to the cent.
        ([(1, 2014), (2, 2014)], [("2.99", 2014)], {2014: 1}, "'P1' (EUR 0.01 of budget)"),
        ([(50, 2014)], [(70, 2014)], {}, "have less than their children, which count: 'P1' (EUR 20.00 of budget)"),
        ([(50, 2014)], [(50, 2014)], {}, ""),
        # What is rounded away of a row stays with the part of it that stays, or is left out with the whole row.
        ([("3.004", 2014), ("2.004", 2015)], [(1, 2014), (2, 2015)], {2014: 200}, "'P1' (EUR 2.00 of budget)"),
        ([(50, 2014)], [(9, 2014, "USD")], {}, "cannot be compared: the children count: 'P1' (budget in EUR, not USD)"),
    ],
)  # fmt: skip
def test_what_a_parent_has_more_than_its_children_stays_with_it(
    parent: list[Any], children: list[Any], stays: dict[int, int], said: str, tmp_path: Path
) -> None:
    found = merged(
        tmp_path,
        PLACE + "".join(budget(*row) for row in parent) + related(2, "P2"),
        "".join(budget(*row) for row in children),
    )
    spending = found.frames["spending"]
    kept = spending[spending["project"] == "P1"].groupby("year")["amount_minor"].sum()
    assert kept.to_dict() == stays
    given = {str(row[2]) if len(row) > 2 else "EUR" for row in [*parent, *children]}
    for currency in given:
        of_currency = spending[spending["currency"] == currency]
        counted = Decimal(int(of_currency["amount_minor"].sum())) / 100 + sum(of_currency["rounding"])
        gone = sum(found.left_out.loc[found.left_out["currency"] == currency, "amount"])
        rows = [row for row in [*parent, *children] if (row[2] if len(row) > 2 else "EUR") == currency]
        assert counted + gone == sum(Decimal(row[0]) for row in rows)
    assert said in "\n".join(found.remarks)
    assert any("activities that have" in remark for remark in found.remarks) == bool(said)


def test_a_rest_is_reckoned_level_by_level(tmp_path: Path) -> None:
    """P1 has 100, its child P2 60, and of that 50 are in P3, a child of P2: 40, 10 and 50 count."""
    found = merged(
        tmp_path,
        PLACE + budget("100", 2014) + related(2, "P2"),
        budget("60", 2014) + related(2, "P3"),
        budget("50", 2014),
    )
    assert sums_by_project(found) == {"P1": 4000, "P2": 1000, "P3": 5000}
    assert sum(found.left_out["amount"]) == 110


def test_sources_of_a_plan_come_after_its_own_tables(write_plan: WritePlan) -> None:
    from ..conftest import TOML

    toml = TOML + '[[sources]]\nkind = "iati"\nfile = ["more.xml"]\nlanguage = "fr"\n'
    folder = write_plan(toml=toml)
    text = wrapped(PLACE + paid("10.00"), PLACE + paid("20.00")).replace("P1", "P")
    (folder / "more.xml").write_text(text, encoding="utf-8")
    plan = read_plan(folder)
    _, paid_out = reconcile(build_ledger(plan))
    assert (paid_out.kind, paid_out.input_total, paid_out.left_out, paid_out.difference) == (
        "disbursement",
        Decimal("30.00"),
        Decimal("10.00"),
        0,
    )
    assert sorted(plan.projects["project"]) == ["P", "P2", "Q", "R"]
    assert plan.files["source 01"].name == "more.xml"
    listed = folder / "left.csv"
    run("check", folder, "--left-out", listed)
    row = pd.read_csv(listed).iloc[0]
    assert (row["source_file"], row["project"], row["amount"], row["currency"]) == (
        "more.xml",
        "P",
        10,
        "EUR",
    )


def test_a_plan_of_sources_alone_needs_no_other_tables(write_plan: WritePlan) -> None:
    folder = write_plan(
        toml='[districts]\nfile = "districts.csv"\n[[sources]]\nkind = "iati"\nfile = "a.xml"\n'
    )
    (folder / "a.xml").write_text(wrapped(PLACE + paid("10.00")), encoding="utf-8")
    assert reconcile(build_ledger(read_plan(folder)))[0].in_districts == 10


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("activities.xml", "KIND:PATH"),
        ("ocds:x.json", "kinds are aiddata, iati, oc4ids"),
        ("iati+langage=fr:x.xml", "no option 'langage'"),
        ("iati+language:x.xml", "name=value"),
        ("iati+percentages=ignore:x.xml", "must be refuse or rescale"),
        ("iati:nothing-here-*.xml", "no file matches"),
    ],
)
def test_a_source_that_is_no_source_is_a_usage_error(text: str, part: str) -> None:
    with pytest.raises(UsageError, match=part.replace("*", r"\*")):
        parse_origins(text)


def test_faults_of_the_sources_in_a_plan_are_listed_together(write_plan: WritePlan) -> None:
    toml = '[districts]\nfile = "districts.csv"\n[[sources]]\nkind = "iatl"\n[[sources]]\nkind = "iati"\nfile = "a.xml"\nlanguge = "fr"\n[[sources]]\nkind = "oc4ids"\n'
    said = run("check", write_plan(toml=toml), code=1).stderr
    for part in ("number 1 names no kind", "did you mean 'language'?", "number 3 has no file"):
        assert part in said
    assert (
        "write it as [[sources]]"
        in run("check", write_plan(toml='sources = "a.xml"\n' + toml[:35]), code=1).stderr
    )
    alone = run("summary", "--source", "iati:a.xml", code=2).stderr
    assert "--districts" in alone


@pytest.mark.parametrize(
    ("count", "listed"),
    [
        (2, "'P1', 'P2'"),
        (5, "'P1', 'P2', 'P3', 'P4', 'P5'"),
        (6, "'P1', 'P2', 'P3', 'P4', 'P5' and 1 more"),
    ],
)
def test_every_project_that_two_sources_have_is_left_out_and_listed(
    count: int, listed: str, tmp_path: Path, districts: Path
) -> None:
    one, two = tmp_path / "one.xml", tmp_path / "two.xml"
    one.write_text(wrapped(*[PLACE + paid("1.00")] * count), encoding="utf-8")
    more = [PLACE + paid("20.00")] * count + [PLACE + paid("300.00")]
    two.write_text(wrapped(*more), encoding="utf-8")
    sources = ["--source", f"iati:{one}", "--source", f"iati:{two}"]
    answer = total(run("summary", "--districts", districts, *sources, "--format", "json").stdout)
    assert (answer["placed_total"], answer["left_out"]) == (count + 300, 20 * count)
    said = run("check", "--districts", districts, *sources).stdout
    what = f"({count} in projects, {count} in locations, {count} in spending)"
    assert f"two.xml: {count} projects are in one.xml already and were left out {what}: {listed}\n" in said


def test_documents_of_a_package_become_links(tmp_path: Path) -> None:
    content = copy.deepcopy(PACKAGE)
    content["projects"][0]["documents"] = [
        {"id": "1", "url": "https://x.org/plan.pdf"},
        {"id": "2", "title": "on paper"},
        "no document",
        {"id": "3", "url": "https://x.org/map.pdf"},
    ]
    frame = package(tmp_path, content).frames["projects"]
    assert frame["documents"].tolist() == ["https://x.org/plan.pdf | https://x.org/map.pdf"]
    assert find_link_columns(frame) == ["documents"]


def test_sums_of_what_is_left_out_have_the_digits_of_their_currency() -> None:
    cells = [("EUR", "500", "x"), ("USD", "12.345", "y"), ("JPY", "5", "x")]
    rows = [("a.json", 1, "P", "budget", currency, Decimal(amount), why) for currency, amount, why in cells]
    left_out = pd.DataFrame(rows, columns=[*LEFT_OUT])
    sums = {currency: str(total) for (currency, _), total in left_out_totals(left_out).items()}
    assert sums == {"EUR": "500.00", "USD": "12.345", "JPY": "5"}
    assert left_out_lines(left_out) == [
        "left out: EUR 500.00 of budget in 1 amount: x",
        "left out: JPY 5 of budget in 1 amount: x",
        "left out: USD 12.345 of budget in 1 amount: y",
    ]
