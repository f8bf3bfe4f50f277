"""Names of districts in a profile, and the list of a plan's districts."""

from __future__ import annotations

import csv
import re

import pytest

from geoplan.model.errors import InputError
from geoplan.plan.plan_tables import read_plan

from ..cli.test_cli import run
from ..conftest import DISTRICTS, PROFILE, TOML, WritePlan

NAMED = PROFILE.replace("A,2010", "Alpha,2010").replace("C,2010", "gamma district,2010")


def test_a_profile_may_name_districts(write_plan: WritePlan) -> None:
    assert read_plan(write_plan(profile=NAMED)).profile["district"].tolist() == ["A", "B", "C"]


def test_a_name_of_two_districts_is_refused(write_plan: WritePlan) -> None:
    twice = DISTRICTS.replace("Gamma", "Beta")
    with pytest.raises(InputError, match="'Beta'"):
        read_plan(write_plan(districts=twice, profile="district,year,population\nBeta,2010,5\n"))


def test_what_matched_approximately_is_said(write_plan: WritePlan) -> None:
    one_province = DISTRICTS.replace("P2,South", "P1,North").replace("Alpha", "Kitgum")
    profile = "district,year,population\nCity of Kitgum,2010,7\n"
    plan = read_plan(write_plan(districts=one_province, profile=profile))
    assert plan.profile["district"].tolist() == ["A"]
    assert "profile.csv: districts matched approximately: 'City of Kitgum' as A" in plan.detected


def test_two_rows_that_mean_one_district_are_refused(write_plan: WritePlan) -> None:
    with pytest.raises(InputError, match=re.escape("profile.csv, rows 2, 5, column 'district'")):
        read_plan(write_plan(profile=PROFILE + "Alfa,2010,3,,,\n"))


def test_districts_are_listed_before_other_tables_are_ready(write_plan: WritePlan) -> None:
    folder = write_plan(toml='[districts]\nfile = "districts.csv"\n', locations="", spending="")
    rows = list(csv.DictReader(run("districts", folder, "--format", "csv").stdout.splitlines()))
    assert rows == [
        {"district": code, "name": name, "aliases": also, "province": province, "province_name": of}
        for code, name, also, province, of in (
            ("A", "Alpha", "Alfa", "P1", "North"), ("B", "Beta", "", "P1", "North"), ("C", "Gamma", "", "P2", "South"),
        )
    ]  # fmt: skip
    assert "Gamma" in run("districts", folder / "districts.csv").stdout
    assert "[districts] is missing" in run("districts", write_plan(toml="[plan]\n"), code=1).stderr


# Two districts of one name, in two provinces.
REPEATED = DISTRICTS.replace("Gamma", "Beta")


def test_names_that_repeat_are_named_with_their_provinces_and_the_key_to_add(write_plan: WritePlan) -> None:
    profile = "district,year,population\nAlpha,2010,4\nBeta,2010,5\nBeta,2010,6\n"
    with pytest.raises(InputError) as caught:
        read_plan(write_plan(districts=REPEATED, profile=profile))
    (said,) = map(str, caught.value.problems)
    assert (
        "rows 3, 4, column 'district': names that fit several districts: 'Beta' (B in 'North', C in 'South')"
        in said
    )
    assert "add a column with the province" in said and "[profile.columns] province" in said
    with_province = (
        "district,province,year,population\nAlpha,North,2010,4\nBeta,North,2010,5\nBeta,South,2010,6\n"
    )
    plan = read_plan(write_plan(districts=REPEATED, profile=with_province))
    assert plan.profile["district"].tolist() == ["A", "B", "C"]


def test_rows_with_one_code_are_still_one_key(write_plan: WritePlan) -> None:
    profile = "district,year,population\nB,2010,5\nB,2010,6\nBeta,2010,7\n"
    with pytest.raises(InputError) as caught:
        read_plan(write_plan(districts=REPEATED, profile=profile))
    assert "district and year must be unique" in str(caught.value) and "'Beta' (B in" in str(caught.value)


def test_attributes_may_go_by_name(write_plan: WritePlan) -> None:
    toml = TOML.replace(
        'file = "districts.csv"', 'file = "districts.csv"\nattributes = ["north.csv", "south.csv"]'
    )
    north = "name,province_name,name_lo\nalfa,North,ກ\nBETA,North,ຂ\n"
    folder = write_plan(
        districts=REPEATED, toml=toml, north=north, south="name,province_name,name_lo\nBeta,South,ຄ\n"
    )
    districts = read_plan(folder).districts
    assert districts["name_lo"].tolist() == ["ກ", "ຂ", "ຄ"]
    # The table has no codes of provinces, so those of the layer stay.
    assert districts["province"].tolist() == ["P1", "P1", "P2"]
    assert "north.csv" in run("check", folder).stdout
    (folder / "north.csv").write_text("name,name_lo\nAlpha,ກ\nBeta,ຂ\nGama,ງ\n")
    said = run("check", folder, code=1).stderr
    assert "'Beta' (B in 'North', C in 'South')" in said and "add a column with the province" in said
    assert "districts that the boundary layer does not have" in said and "'Gama'" in said


def test_attributes_by_code_name_the_rows_that_do_not_fit(write_plan: WritePlan) -> None:
    toml = TOML.replace('file = "districts.csv"', 'file = "districts.csv"\nattributes = "names.csv"')
    folder = write_plan(toml=toml, names="district,name\nA,One\nA,Two\nB,Three\nX,Four\n")
    said = run("check", folder, code=1).stderr
    assert (
        "names.csv, row 5, column 'district': has districts that the boundary layer does not have: 'X'"
        in said
    )
    assert "has no row for these districts: 'C'" in said
    assert "must be unique" in said


REVIEWED = TOML.replace('file = "locations.csv"', 'file = "locations.csv"\nreview = "review.csv"')


def test_decisions_of_the_review_serve_the_profile(write_plan: WritePlan) -> None:
    profile = "district,province,year,population\nAlpha,North,2010,4\nGamma,South,2010,7\nOld Town,North,2010,5\nAbroad,,2010,8\n"
    refused = write_plan(profile=profile)
    assert "to the file of review" in run("check", refused, code=1).stderr
    review = "name,province,district\nOld Town,North,Beta\nAbroad,,outside\n"
    folder = write_plan(profile=profile, review=review, toml=REVIEWED)
    plan = read_plan(folder)
    assert plan.profile[["district", "population"]].to_numpy().tolist() == [["A", 4], ["C", 7], ["B", 5]]
    assert (
        "profile.csv: rows left out, because the review places them in no district: 'Abroad'" in plan.detected
    )
    run("summary", folder)  # no decision is one about a name that nothing has
    run("check", folder, "--review", folder / "again.csv")
    again = (folder / "again.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    assert [row.split(",")[0] for row in again] == ["Abroad", "Old Town"]
    assert [row.split(",")[-1] for row in again] == ["outside", "B"]


def test_the_figures_of_a_row_are_not_split_by_the_review(write_plan: WritePlan) -> None:
    folder = write_plan(
        profile="district,year,population\nOld Town,2010,5\n",
        review="name,province,district\nOld Town,,A 60 | B 40\n",
        toml=REVIEWED,
    )
    with pytest.raises(InputError, match=re.escape("names that fit several districts: 'Old Town' (A, B)")):
        read_plan(folder)


def test_approximate_names_of_the_profile_are_listed_for_review(write_plan: WritePlan) -> None:
    one_province = DISTRICTS.replace("P2,South", "P1,North").replace("Alpha", "Kitgum")
    folder = write_plan(districts=one_province, profile="district,year,population\nCity of Kitgum,2010,7\n")
    run("check", folder, "--review", folder / "review.csv")
    assert "City of Kitgum,,0,similar district name,A Kitgum,A" in (folder / "review.csv").read_text(
        encoding="utf-8-sig"
    )


def test_decisions_of_the_review_serve_attributes(write_plan: WritePlan) -> None:
    toml = REVIEWED.replace('file = "districts.csv"', 'file = "districts.csv"\nattributes = "more.csv"')
    more = "name,name_lo\nAlpha,ກ\nOld Town,ຂ\nGamma,ຄ\nAbroad,ງ\n"
    review = "name,province,district\nOld Town,,B\nAbroad,,leave out\n"
    plan = read_plan(write_plan(toml=toml, more=more, review=review))
    assert plan.districts["name_lo"].tolist() == ["ກ", "ຂ", "ຄ"]
