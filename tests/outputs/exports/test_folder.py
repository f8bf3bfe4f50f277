"""A plan folder reads back to the plan it was written from."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from geoplan.ledger.entries import build_ledger, list_entries
from geoplan.model.errors import UsageError
from geoplan.model.schema import SOURCE_FILE, SOURCE_ROW, TABLES
from geoplan.outputs.exports import export_plan
from geoplan.outputs.exports.plan_folder import write_plan_folder
from geoplan.outputs.exports.wkt import write_wkt
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import Plan, read_plan
from geoplan.plan.vintages import carry_plan

from ...conftest import DISTRICTS, PROFILE, PROJECTS, SPENDING, TOML, WritePlan, tries
from .plans import plan_of, plan_rows


def check_same(plan: Plan, again: Plan) -> None:
    """Compare all that a plan says, but which row of which file it came from."""
    for name in TABLES:
        one, other = (
            pd.DataFrame(getattr(each, name)).drop(columns=[SOURCE_FILE, SOURCE_ROW], errors="ignore")
            for each in (plan, again)
        )
        if len(one) or len(other):
            one, other = (each.astype(object).where(each.notna(), None) for each in (one, other))
            filled = [
                column
                for column in one
                if column in (*TABLES[name].read_names, "rounding") or one[column].any()
            ]
            pd.testing.assert_frame_equal(one[filled], other[filled])
            assert set(other.columns) == set(filled)
    for attribute in (
        "title",
        "subtitle",
        "illustrative",
        "vintage",
        "currency",
        "notes",
        "periods",
        "reviewed",
    ):
        assert getattr(plan, attribute) == getattr(again, attribute), attribute
    pd.testing.assert_frame_equal(list_entries(build_ledger(plan)), list_entries(build_ledger(again)))


@tries(4, suppress_health_check=[HealthCheck.too_slow])
@given(rows=plan_rows())
def test_any_plan_reads_back(rows: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        plan = plan_of(rows, Path(folder))
        write_plan_folder(plan, Path(folder) / "again")
        check_same(plan, read_plan(Path(folder) / "again"))


def test_amounts_that_add_up_read_back(write_plan: WritePlan, tmp_path: Path) -> None:
    """The last row is 10 + 20 + 30, as a total would be."""
    amounts = {"P": 10, "Q": 20, "R": 30, "S": 60}
    rows = "".join(f"{project},roads,X,2010,budget,EUR,{amount}.00\n" for project, amount in amounts.items())
    projects = PROJECTS + "S,Bridge,2010-01-01,2012-12-31\n"
    folder = write_plan(projects=projects, spending=SPENDING.splitlines(keepends=True)[0] + rows)
    toml = folder / "geoplan.toml"
    toml.write_text(toml.read_text().replace("[spending]\n", '[spending]\ntotals = "keep"\n'))
    plan = read_plan(folder)
    write_plan_folder(plan, tmp_path / "again")
    check_same(plan, read_plan(tmp_path / "again"))


def test_the_home_case_reads_back_with_its_vintages_and_surroundings(tmp_path: Path) -> None:
    plan = read_plan(find_bundled_plan())
    write_plan_folder(plan, tmp_path / "again")
    again = read_plan(tmp_path / "again")
    check_same(plan, again)
    check_same(carry_plan(plan, "2009"), carry_plan(again, "2009"))
    for one, other in zip(plan.surroundings, again.surroundings, strict=True):
        assert (one.name, one.style) == (other.name, other.style)
        pd.testing.assert_frame_equal(pd.DataFrame(one.features), pd.DataFrame(other.features))


def test_text_that_breaks_files_elsewhere_reads_back(write_plan: WritePlan, tmp_path: Path) -> None:
    plan = read_plan(write_plan())
    hostile = [
        '"]\n[spending]\nfile = "x"',
        "carriage\rreturn",
        "'=1+1",
        "ເມືອງ \u2028 \x7f \\u0041",
        "=cmd()",
        "a\tb",
    ]
    projects = plan.projects.iloc[[0] * len(hostile)].assign(
        project=["P", "Q", "R", "=S", "'T", "ປ"], title=hostile, component=hostile
    )
    # Decisions of a review must be of names that locations ask for.
    locations = plan.locations.assign(
        name=["=Paksan", hostile[1], "three", "North"],
        precision=[3.0, 3.0, 1.0, 4.0],
        province=[None, "P1", None, None],
    )
    spending = plan.spending.assign(component="c", **{"odd; head": "x", "=head": "y", "donor": "z"})
    made = replace(
        plan, locations=locations, projects=projects.reset_index(drop=True), spending=spending, title=hostile[0], subtitle=hostile[3],
        notes=(hostile[0], hostile[1]), reviewed={("=Paksan", ""): "A", (hostile[1], "P1"): "B"},
    )  # fmt: skip
    write_plan_folder(made, tmp_path / "again")
    check_same(made, read_plan(tmp_path / "again"))


def test_amounts_keep_what_rounding_took_and_corrections_their_sign(
    write_plan: WritePlan, tmp_path: Path
) -> None:
    toml = "[plan]\ntitle = 'x'\n[districts]\nfile='districts.csv'\n[projects]\nfile='projects.csv'\n"
    toml += "[locations]\nfile='locations.csv'\n[spending]\nfile='spending.csv'\nnegative='accept'\n"
    more = "P,roads,X,2010,budget,JPY,-7.5\nQ,roads,X,2010,budget,KWD,1.2345\nQ,,,2010,budget,EUR,0.005\n"
    plan = read_plan(write_plan(toml=toml, spending=SPENDING + more))
    write_plan_folder(plan, tmp_path / "again")
    again = read_plan(tmp_path / "again")
    check_same(plan, again)
    assert again.spending["amount_minor"].tolist()[3:] == [-8, 1234, 0]
    assert again.spending["rounding"].tolist()[3:] == [Decimal("0.5"), Decimal("0.0005"), Decimal("0.005")]


def test_a_plan_made_without_files_reads_back(write_plan: WritePlan, tmp_path: Path) -> None:
    plan = read_plan(write_plan())
    made = replace(
        plan,
        profile=plan.profile.iloc[:0],
        projects=plan.projects.assign(
            title=pd.Series(["half \ud800"] * 3, dtype=object), start=pd.Timestamp("2010-01-01 12:30")
        ),
    )
    write_plan_folder(made, tmp_path / "again")
    again = read_plan(tmp_path / "again")
    assert again.profile.empty
    assert set(again.projects["title"]) == {"half \ufffd"}
    assert set(again.projects["start"]) == {pd.Timestamp("2010-01-01 12:30")}


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=4, max_size=6))
def test_wkt_is_exact_to_the_last_bit(pairs: list[tuple[float, float]]) -> None:
    shapes = np.array([shapely.Point(pairs[0]), shapely.LineString(pairs), None, shapely.Polygon(pairs)])
    again = shapely.from_wkt(write_wkt(shapes))
    np.testing.assert_array_equal(shapely.get_coordinates(again), shapely.get_coordinates(shapes))
    assert again[2] is None


def test_the_same_plan_gives_the_same_bytes_and_its_own_folder_is_replaced(tmp_path: Path) -> None:
    plan = read_plan(find_bundled_plan())
    written = write_plan_folder(plan, tmp_path / "a")
    before = {path.relative_to(tmp_path / "a"): path.read_bytes() for path in written}
    write_plan_folder(plan.only("budget"), tmp_path / "a")
    after = {
        path.relative_to(tmp_path / "a"): path.read_bytes()
        for path in write_plan_folder(plan, tmp_path / "a")
    }
    assert before == after
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("change", ["changed", "foreign", "no record", "a file"])
def test_what_someone_else_wrote_or_changed_stays(change: str, tmp_path: Path) -> None:
    plan, folder = read_plan(find_bundled_plan()), tmp_path / "a"
    write_plan_folder(plan, folder)
    if change == "changed":
        (folder / "spending.csv").write_text("mine")
    elif change == "foreign":
        (folder / "deep").mkdir()
        (folder / "deep" / "mine.txt").write_text("mine")
    elif change == "no record":
        (folder / "written.json").write_text(json.dumps(["mine"]))
    else:
        folder = tmp_path / "file"
        folder.write_text("mine")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(UsageError, match="choose a new folder"):
        write_plan_folder(plan, folder)
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_nothing_half_written_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = read_plan(find_bundled_plan())
    broken = replace(
        plan,
        vintages={"x": {"districts": replace(plan.vintages["2009"]["districts"], path=tmp_path / "gone")}},
    )
    with pytest.raises(UsageError, match="cannot be written"):
        write_plan_folder(broken, tmp_path / "deep" / "a")
    assert list(tmp_path.iterdir()) == []


def test_a_carried_plan_or_an_empty_one_is_refused(write_plan: WritePlan, tmp_path: Path) -> None:
    home = read_plan(find_bundled_plan())
    with pytest.raises(UsageError, match="write it on its own vintage"):
        write_plan_folder(carry_plan(home, "2009"), tmp_path / "a")
    with pytest.raises(UsageError, match="no spending"):
        write_plan_folder(replace(home, spending=home.spending.iloc[:0]), tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_notes_of_a_plan_file_must_be_texts(write_plan: WritePlan) -> None:
    from geoplan.model.errors import InputError

    from ...conftest import TOML

    with pytest.raises(InputError, match="notes in \\[plan\\] must be a list of strings"):
        read_plan(write_plan(toml=TOML.replace("[districts]", "notes = 'one'\n[districts]", 1)))
    plan = read_plan(write_plan(toml=TOML.replace("[districts]", "notes = ['one']\n[districts]", 1)))
    assert build_ledger(plan).notes == ("one",)


def test_exports_of_both_are_the_same(tmp_path: Path) -> None:
    plan = read_plan(find_bundled_plan())
    write_plan_folder(plan, tmp_path / "again")
    for number, each in enumerate((plan, read_plan(tmp_path / "again"))):
        export_plan(each, tmp_path / f"{number}.csv", table="locations")
    assert (tmp_path / "0.csv").read_bytes() == (tmp_path / "1.csv").read_bytes()


def test_amounts_of_three_decimals_read_back(write_plan: WritePlan, tmp_path: Path) -> None:
    spending = "project,year,kind,currency,amount\nP,2010,budget,KWD,14.18\n"
    plan = read_plan(write_plan(spending=spending))
    write_plan_folder(plan, tmp_path / "written")
    assert read_plan(tmp_path / "written").spending["amount_minor"].tolist() == [14_180]


def test_files_of_one_name_are_all_in_the_folder(write_plan: WritePlan, tmp_path: Path) -> None:
    """Also where capitals do not count and where Windows has devices of their names."""
    folder = write_plan(
        toml=TOML
        + '[vintages.old.districts]\nfile = "a/Data.csv"\n[vintages.old.profile]\nfile = "b/data.csv"\n'
        + '[rates]\nfile = "aux.csv"\n'
    )
    for name, text in (("a/Data.csv", DISTRICTS), ("b/data.csv", PROFILE)):
        (folder / name).parent.mkdir()
        (folder / name).write_text(text)
    (folder / "aux.csv").write_text("currency,date,rate\nUSD,2010,0.8\n")
    plan = read_plan(folder)
    written = {
        path.relative_to(tmp_path / "out").as_posix() for path in write_plan_folder(plan, tmp_path / "out")
    }
    assert {"vintages/1/Data.csv", "vintages/1/data 2.csv", "rates/_aux.csv"} <= written
    again = read_plan(tmp_path / "out")
    carried = [build_ledger(carry_plan(each, "old")) for each in (plan, again)]
    assert list_entries(carried[0]).equals(list_entries(carried[1]))
