"""Names of districts in a profile, and the list of a plan's districts."""

from __future__ import annotations

import csv
import re

import pytest

from geoplan.model.errors import InputError
from geoplan.plan.plan_tables import read_plan

from ..cli.test_cli import run
from ..conftest import DISTRICTS, PROFILE, WritePlan

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
