from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from lxml import etree

from geoplan.plan.project_links import find_link_columns
from geoplan.sources.origins import Bundle, Origin, Surroundings
from geoplan.sources.readers import read_origin
from geoplan.sources.standards.iati import read_activities
from geoplan.sources.standards.iati.percentages import divide

from ..cli.test_cli import run
from ..conftest import DISTRICTS, page_text
from .iati_files import PLAIN, as_version_1, paid, wrapped

RELEASES = ("1.04_Senegal", "2.03_Senegal", "2.03_Uganda")


def read(path: Path, **options: str) -> Bundle:
    return read_activities(Origin("iati", path, options), Surroundings(frozenset("ABC"), frozenset(["P1"])))


def read_text(folder: Path, text: str, **options: str) -> Bundle:
    path = folder / "activities.xml"
    path.write_text(text, encoding="utf-8")
    return read(path, **options)


def amounts(bundle: Bundle, *columns: str) -> dict[object, int]:
    assert bundle.problems == ()
    found = bundle.frames["spending"].groupby(list(columns), dropna=False)["amount_minor"].sum()
    return {key: int(value) for key, value in found.items()}


def summary(source: str, folder: Path) -> dict[str, Any]:
    """Return the summary of a source, its kinds of money added up."""
    districts = folder / "districts.csv"
    districts.write_text(DISTRICTS, encoding="utf-8")
    done = run("summary", "--districts", districts, "--source", source, "--format", "json")
    answers = json.loads(done.stdout, parse_float=Decimal)
    answers = answers if isinstance(answers, list) else [answers]
    added: dict[str, Any] = {
        name: sum(answer.get(name, 0) for answer in answers)
        for name in ("input_total", "placed_total", "left_out", "rounding", "difference")
    }
    buckets = {name: sum(answer["buckets"][name] for answer in answers) for name in answers[0]["buckets"]}
    rows = [row for answer in answers for row in answer["rows"]]
    return added | {"buckets": buckets, "rows": rows, "said": done.stderr}


# --- one activity, by hand --------------------------------------------------------------------


def test_an_activity_is_read_and_divided_by_sector_to_the_cent(tmp_path: Path) -> None:
    bundle = read_text(tmp_path, PLAIN)
    # 100.00 by 33.33, 33.33, 33.34 per cent, exactly
    assert amounts(bundle, "component") == {
        "11220 Basic education": 3334,
        "14030 Water supply and sanitation": 3333,
        "21020 Transport and storage": 3333,
    }
    row = bundle.frames["spending"].iloc[0]
    assert (row["kind"], row["year"], row["currency"], row["funder"]) == (
        "commitment",
        2010,
        "EUR",
        "Agency|Bank",
    )
    assert row["value_date"] == pd.Timestamp("2010-06-01")
    project = bundle.frames["projects"].iloc[0]
    assert (project["project"], project["title"], project["status"]) == ("XM-1-A", "Road", "Closed")
    assert project["start"] == pd.Timestamp("2010-01-01")
    place = bundle.frames["locations"].iloc[0]
    assert (place["name"], place["geometry"].x, place["geometry"].y, place["precision"]) == (
        "Ban One",
        1.5,
        0.5,
        1,
    )
    assert bundle.left_out[["kind", "amount"]].to_numpy().tolist() == [["incoming funds", Decimal("70.00")]]
    line = bundle.frames["spending"]["source_row"].iloc[0]
    assert PLAIN.splitlines()[line - 1].strip() == "<transaction>"


def test_titles_come_in_the_language_asked_for_and_others_are_counted(tmp_path: Path) -> None:
    french = read_text(tmp_path, PLAIN, language="fr")
    assert french.frames["projects"]["title"].tolist() == ["Route"]
    assert not any("titles" in remark for remark in french.remarks)
    lao = read_text(tmp_path, PLAIN, language="lo")
    assert lao.frames["projects"]["title"].tolist() == ["Road"]
    assert "1 titles are not available in 'lo'" in lao.remarks[0]


def test_only_the_part_for_the_country_counts_and_the_rest_is_listed(tmp_path: Path) -> None:
    bundle = read_text(tmp_path, PLAIN, country="LA")
    # 60.5 % of 100.00, then by sector: 60.50 × .3333, .3333, .3334 = 20.164…, 20.164…, 20.170…; the last takes the cent
    assert sum(amounts(bundle, "component").values()) == 6050
    others = bundle.left_out[bundle.left_out["kind"] == "commitment"]
    assert sum(others["amount"]) == Decimal("39.50")
    assert set(others["reason"]) == {"for VN, not LA"}


def test_what_is_left_out_is_a_line_of_the_reconciliation(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(PLAIN, encoding="utf-8")
    answer = summary(f"iati+country=LA:{tmp_path / 'a.xml'}", tmp_path)
    assert answer["input_total"] == 170 and answer["left_out"] == Decimal("109.50")
    assert answer["placed_total"] == Decimal("60.50") and answer["difference"] == 0
    assert "60.50 in districts + 39.50 left out; difference 0.00, balanced" in answer["said"]
    assert (
        "left out: EUR 70.00 of incoming funds in 1 amount: incoming funds is not spending" in answer["said"]
    )


def test_sectors_and_places_of_a_transaction_come_before_the_activitys(tmp_path: Path) -> None:
    place = (
        '<location ref="{0}"><name><narrative>{0}</narrative></name><point><pos>{1}</pos></point></location>'
    )
    body = (
        place.format("east", "0.5 0.5")
        + place.format("west", "0.5 1.5")
        + '<sector vocabulary="1" code="21020"/>'
        + paid("10.00")
        + paid("5.00", more='<sector vocabulary="1" code="11220"/>' + place.format("quay", "0.5 2.5"))
    )
    bundle = read_text(tmp_path, wrapped(body))
    assert amounts(bundle, "component") == {"11220 Basic education": 500, "21020 Transport and storage": 1000}
    answer = summary(f"iati:{tmp_path / 'activities.xml'}", tmp_path)
    assert [row["amount"] for row in answer["rows"]] == [5, 5, 5]


def test_codes_of_districts_count_and_regions_without_a_level_go_by_name(tmp_path: Path) -> None:
    body = """
    <location ref="1"><administrative vocabulary="A2" level="2" code="B"/><point><pos>9 9</pos></point></location>
    <location ref="2"><name><narrative>Alpha</narrative></name><point><pos>0.5 2.5</pos></point>
      <exactness code="1"/><location-class code="1"/></location>
    <location ref="3"><name><narrative>Elsewhere</narrative></name><point><pos>0.5 2.5</pos></point>
      <exactness code="1"/><location-class code="1"/></location>
    <location ref="4"><name><narrative>North</narrative></name><point><pos>0.5 2.5</pos></point>
      <exactness code="2"/><location-class code="1"/><feature-designation code="ADM1"/></location>
    """ + paid("40.00")  # fmt: skip
    (tmp_path / "a.xml").write_text(wrapped(body), encoding="utf-8")
    answer = summary(f"iati:{tmp_path / 'a.xml'}", tmp_path)
    assert [row["amount"] for row in answer["rows"]] == [10, 10, 0]
    assert answer["buckets"]["country-wide"] == 10 and answer["buckets"]["province-wide"] == 10


@pytest.mark.parametrize(
    ("name", "more", "bucket"),
    [
        ("Laos", "", "country-wide"),
        ("Vietnam", "", "country-wide"),
        ("Lao People’s Democratic Republic", "", "country-wide"),
        ("République démocratique du Congo", "", "country-wide"),
        ("United Republic of Tanzania", "", "country-wide"),
        ("Republic of Senegal Road", "", ""),
        ("Lao", "", ""),
        ("South Province", "", "province-wide"),
        ("Laos", '<exactness code="1"/>', ""),
        ("Alpha", "", ""),
        ("Ban Laos", "", ""),
    ],
)
def test_a_point_with_the_name_of_a_country_or_province_is_not_exact(
    name: str, more: str, bucket: str, tmp_path: Path
) -> None:
    place = f"<location><name><narrative>{name}</narrative></name><point><pos>0.5 0.5</pos></point>{more}</location>"
    (tmp_path / "a.xml").write_text(wrapped(place + paid("4.00")), encoding="utf-8")
    answer = summary(f"iati:{tmp_path / 'a.xml'}", tmp_path)
    assert {key: amount for key, amount in answer["buckets"].items() if amount} == (
        {bucket: 4} if bucket else {}
    )


BUDGET = (
    '<{tag} type="{type}"><period-start iso-date="{start}"/><period-end iso-date="{end}"/>'
    '<value value-date="{start}">{amount}</value></{tag}>'
)


def planned(tag: str, start: str, end: str, amount: str, type_: str = "1") -> str:
    return BUDGET.format(tag=tag, type=type_, start=start, end=end, amount=amount)


def test_a_budget_goes_to_calendar_years_by_days_and_a_revised_one_replaces(tmp_path: Path) -> None:
    body = planned("budget", "2011-07-01", "2012-06-30", "366.00") + planned(
        "budget", "2013-01-01", "2013-12-31", "1.00"
    )
    body += planned("budget", "2013-01-01", "2013-12-31", "2.00", "2") + planned(
        "planned-disbursement", "2014-01-01", "2014-12-31", "9.00"
    )
    bundle = read_text(tmp_path, wrapped(body))
    assert amounts(bundle, "year", "kind") == {
        (2011, "budget"): 18400,
        (2012, "budget"): 18200,
        (2013, "budget"): 200,
    }
    assert dict(zip(bundle.left_out["amount"], bundle.left_out["reason"], strict=True)) == {
        Decimal("1.00"): "a revised budget replaces it",
        Decimal("9.00"): "planned-disbursement: the budgets count as budget",
    }
    other = read_text(tmp_path, wrapped(body), planned="planned-disbursement")
    assert amounts(other, "year") == {2014: 900}


def test_planned_disbursements_stand_in_where_there_is_no_budget(tmp_path: Path) -> None:
    bundle = read_text(tmp_path, wrapped(planned("planned-disbursement", "2014-01-01", "2014-12-31", "9.00")))
    assert amounts(bundle, "kind") == {"budget": 900} and bundle.left_out.empty


def test_an_identifier_that_occurs_twice_counts_once_and_is_listed(tmp_path: Path) -> None:
    twice = wrapped(paid("1.00"), paid("2.00")).replace("P2", "P1")
    bundle = read_text(tmp_path, twice)
    assert amounts(bundle, "project") == {"P1": 100}
    assert bundle.left_out["amount"].tolist() == [Decimal("2.00")]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ([("a", None)], ""),
        ([("a", "33.33"), ("b", "33.33"), ("c", "33.33")], ""),
        ([("a", "12.345"), ("b", "87.655")], ""),
        ([("a", "50"), ("b", "40")], "add up to 90, not 100"),
        ([("a", "50"), ("b", "60.5")], "add up to 110.5, not 100"),
        ([("a", "50"), ("b", None)], "is missing or not a number: none"),
        ([("a", "fifty"), ("b", "50")], "is missing or not a number: fifty"),
        ([("a", "NaN"), ("b", "50")], "is not between 0 and 100: NaN"),
        ([("a", "-5"), ("b", "105")], "is not between 0 and 100: -5"),
    ],
)
def test_percentages_add_up_to_100(given: list[tuple[str, str | None]], fault: str) -> None:
    found = divide(given, "sectors").fault
    assert found.endswith(fault) and bool(found) == bool(fault)


def test_wrong_percentages_leave_out_are_refused_or_rescaled_as_asked(tmp_path: Path) -> None:
    sectors = '<sector vocabulary="1" code="21020" percentage="50"/><sector vocabulary="1" code="11220" percentage="25"/>'
    text = wrapped(sectors + paid("9.00"))
    bundle = read_text(tmp_path, text)
    assert amounts(bundle, "project") == {}
    assert bundle.left_out[["amount", "reason"]].to_numpy().tolist() == [
        [Decimal("9.00"), "percentages of sectors of vocabulary 1 add up to 75, not 100"]
    ]
    (problem,) = read_text(tmp_path, text, percentages="refuse").problems
    assert (
        "sectors of vocabulary 1 add up to 75, not 100" in problem.message
        and 'percentages = "rescale"' in problem.way_out
    )
    rescaled = read_text(tmp_path, text, percentages="rescale")
    assert amounts(rescaled, "component") == {
        "11220 Basic education": 300,
        "21020 Transport and storage": 600,
    }
    assert "rescaled" in rescaled.remarks[0]


UNUSED = '<sector vocabulary="1" code="21020"/><sector vocabulary="99" code="x" percentage="50"/>'


@pytest.mark.parametrize("on_error", ["leave out", "refuse"])
def test_percentages_of_a_vocabulary_that_is_not_used_never_stop_a_file(
    on_error: str, tmp_path: Path
) -> None:
    found = read_text(tmp_path, wrapped(UNUSED + paid("9.00")), on_error=on_error)
    assert amounts(found, "component") == {"21020 Transport and storage": 900}
    assert found.remarks == (
        "activities.xml: 1 percentages of sectors of vocabulary 99 are wrong; they are not used",
    )


UNSAID = '<sector vocabulary="1" code="21020"/><sector vocabulary="1" code="11220"/>'


def test_missing_percentages_can_be_ignored(tmp_path: Path) -> None:
    """The way out in the message helps: an amount that cannot be divided stays whole, and geoplan says so."""
    text = wrapped(UNSAID + paid("9.00"))
    (problem,) = read_text(tmp_path, text, on_error="refuse").problems
    assert 'percentages = "rescale"' in problem.way_out
    found = read_text(tmp_path, text, percentages="rescale")
    assert found.frames["spending"][["component", "amount_minor"]].to_numpy().tolist() == [[None, 900]]
    assert found.problems == () and "nothing is divided by them" in found.remarks[0]


RECIPIENTS = '<recipient-country code="LA" percentage="60"/>' + "".join(
    f'<recipient-region code="{at}" vocabulary="{at}" percentage="{part}"/>'
    for at, part in ((1, 40), (2, 10))
)


def test_recipients_are_checked_in_each_vocabulary_asked_for_or_not(tmp_path: Path) -> None:
    text = wrapped(RECIPIENTS + paid("10.00"))
    left = read_text(tmp_path, text, country="LA").left_out
    assert left[["amount", "reason"]].to_numpy().tolist() == [
        [Decimal("10.00"), "percentages of recipient countries and regions add up to 70, not 100"]
    ]
    asked = read_text(tmp_path, text, country="LA", on_error="refuse")
    assert ["add up to 70, not 100" in problem.message for problem in asked.problems] == [True]
    unasked = read_text(tmp_path, text)
    assert amounts(unasked, "project") == {"P1": 1000}
    assert "without the option country everything counts" in unasked.remarks[0]
    unsaid = wrapped('<recipient-country code="LA"/><recipient-country code="VN"/>' + paid("10.00"))
    (problem,) = read_text(tmp_path, unsaid, country="LA", percentages="rescale", on_error="refuse").problems
    assert "is missing" in problem.message and "rescale" not in problem.way_out


def test_places_say_where_they_are_in_degrees_or_are_refused(tmp_path: Path) -> None:
    empty = '<location><coordinates latitude="" longitude=""/></location>'
    system = '<location><point srsName="{}"><pos>0.5 1.5</pos></point></location>'
    degrees = [
        system.format(name) for name in ("", "EPSG:4326", "http://www.opengis.net/def/crs/EPSG/0/4326")
    ]
    found = read_text(tmp_path, wrapped(empty + "".join(degrees)))
    assert found.problems == ()
    assert [shape and shape.wkt for shape in found.frames["locations"]["geometry"]] == [None] + [
        "POINT (1.5 0.5)"
    ] * 3
    text = wrapped(system.format("http://www.opengis.net/def/crs/EPSG/0/32648"))
    metres = read_text(tmp_path, text, on_error="refuse")
    assert {value for problem in metres.problems for value in problem.values} == {
        "0.5 1.5 (http://www.opengis.net/def/crs/EPSG/0/32648)"
    }


def test_who_plans_to_pay_is_named_as_who_pays(tmp_path: Path) -> None:
    """A bar in a name makes it no joint funder, and a reference stands in where there is no name."""
    planned = (
        '<planned-disbursement><period-start iso-date="2012-01-01"/><value currency="EUR">{}</value>{}'
        "</planned-disbursement>"
    )
    named = planned.format(1, "<provider-org><narrative>A|B</narrative></provider-org>")
    bundle = read_text(tmp_path, wrapped(named + planned.format(2, '<provider-org ref="XM-1"/>')))
    assert amounts(bundle, "funder") == {"A/B": 100, "XM-1": 200}


def test_every_fault_of_a_file_is_listed_at_once_with_its_line(tmp_path: Path) -> None:
    body = (
        paid("1,000")
        + paid("", day="2012-01-01")
        + paid("5.00", kind="77")
        + paid("5.00", currency="XYZ")
        + paid("1.00", day="soon")
    )
    found = read_text(tmp_path, wrapped(body), on_error="refuse").problems
    messages = {problem.message for problem in found}
    for part in (
        "not readable as an amount",
        "no amount",
        "unknown type of transaction",
        "unknown currency",
        "not readable as a year",
    ):
        assert any(part in message for message in messages), (part, messages)
    assert not any("geoplan.toml" in problem.way_out for problem in found)
    assert "soon" in {value for problem in found for value in problem.values}


def test_a_faulty_row_is_left_out_with_its_money_and_the_others_count(tmp_path: Path) -> None:
    """Amounts that are divided are listed as they stand in the file: -90.10 over two years and two sectors is one row."""
    sectors = '<sector code="21020" percentage="70"/><sector code="11220" percentage="30"/>'
    body = paid("1,000") + paid("5.00", kind="77") + paid("6.00", currency="XYZ") + paid("7.00", day="soon")
    wrong = planned("budget", "2015-01-01", "2016-12-31", "-90.10") + planned(
        "budget", "2019-05-01", "2018-05-01", "8"
    )
    bundle = read_text(tmp_path, wrapped(paid("3.00"), body, sectors + wrong))
    assert amounts(bundle, "project") == {"P1": 300}
    listed = bundle.left_out.sort_values(["project", "amount"])
    assert listed[["project", "currency", "amount", "reason"]].to_numpy().tolist() == [
        ["P2", "EUR", Decimal(0), "value: not readable as an amount"],
        ["P2", "EUR", Decimal("5.00"), "transaction-type '77' is not a code of IATI"],
        ["P2", "", Decimal("6.00"), "currency: unknown currency"],
        ["P2", "EUR", Decimal("7.00"), "transaction-date or period-start: not readable as a year"],
        ["P3", "EUR", Decimal("-90.10"), "value: a negative amount"],
        ["P3", "EUR", Decimal("8"), "budget: a period that cannot be read or ends before it starts"],
    ]
    (negative,) = [remark for remark in bundle.remarks if "negative" in remark]
    assert "(activity 'P3'); left out: '-90.10'" in negative and 'negative = "accept"' in negative
    answer = summary(f"iati:{tmp_path / 'activities.xml'}", tmp_path)
    assert answer["difference"] == 0 and answer["placed_total"] == 3
    accepted = read_text(tmp_path, wrapped(sectors + wrong), negative="accept")
    assert amounts(accepted, "kind") == {"budget": -9010}


def test_a_period_of_a_budget_that_does_not_count_never_stops_a_file(tmp_path: Path) -> None:
    uncounted = planned("planned-disbursement", "2023-01-01", "2021-02-01", "4.00")
    body = planned("budget", "2020-01-01", "2020-12-31", "2.00") + uncounted
    bundle = read_text(tmp_path, wrapped(body), on_error="refuse")
    assert amounts(bundle, "kind") == {"budget": 200}
    assert bundle.left_out["amount"].tolist() == [Decimal("4.00")]


@pytest.mark.parametrize(
    ("position", "point"),
    [("0.5 1.5 320.5", (1.5, 0.5)), ("NaN NaN", None), ("0.5", None), ("0.5 1.5 x", None), ("1e5 2e5", None)],
)
def test_a_place_with_a_bad_position_is_not_used_and_an_altitude_is_ignored(
    position: str, point: tuple[float, float] | None, tmp_path: Path
) -> None:
    """The other place keeps its half: the money of the bad one is unlocated, not moved to the good one."""
    place = "<location><point><pos>{}</pos></point></location>"
    text = wrapped(place.format(position) + place.format("0.5 2.5") + paid("8.00"))
    bundle = read_text(tmp_path, text)
    shape = bundle.frames["locations"]["geometry"].iloc[0]
    assert (shape and (shape.x, shape.y)) == point and bundle.problems == ()
    said = [
        remark
        for remark in bundle.remarks
        if "activity 'P1'" in remark and "the position is not used" in remark
    ]
    assert bool(said) == (point is None)
    answer = summary(f"iati:{tmp_path / 'activities.xml'}", tmp_path)
    assert answer["buckets"]["unlocated"] == (0 if point else 4)
    refused = read_text(tmp_path, text, on_error="refuse").problems
    assert bool(refused) == (point is None)


def test_an_activity_without_identifier_is_left_out_with_its_money(tmp_path: Path) -> None:
    bundle = read_text(
        tmp_path, wrapped(paid("1.00"), paid("2.00")).replace("P2</iati-identifier>", "</iati-identifier>")
    )
    assert amounts(bundle, "project") == {"P1": 100}
    assert bundle.left_out[["amount", "reason"]].to_numpy().tolist() == [
        [Decimal("2.00"), "the activity has no iati-identifier"]
    ]


@pytest.mark.parametrize("version", ["1.0", "1.00", "1.01", "2.03", "2.04", "2.11"])
def test_every_minor_version_is_read_and_an_unknown_one_is_said(version: str, tmp_path: Path) -> None:
    bundle = read_text(tmp_path, wrapped(paid("3.00"), version=version))
    assert amounts(bundle, "kind") == {"disbursement": 300}
    assert any("unknown minor version" in remark for remark in bundle.remarks) == (
        version in ("2.04", "2.11")
    )


def test_an_activity_alone_in_its_file_is_read(tmp_path: Path) -> None:
    lone = wrapped(paid("3.00")).partition("\n")[2].rpartition("</iati-activities>")[0]
    assert lone.startswith("<iati-activity ")
    assert amounts(read_text(tmp_path, lone), "project") == {"P1": 300}


@pytest.mark.parametrize(
    ("original", "revised", "counted", "replaced"),
    [
        # The same year but for its last day: replaced whole.
        (("2021-01-01", "2021-12-31"), [("2021-01-01", "2021-12-30", "50")], {2021: 5000}, "365"),
        # 31 days are left: replaced whole. 32 days are left: 32.00 of 365.00 count.
        (("2021-01-01", "2021-12-31"), [("2021-02-01", "2021-12-31", "50")], {2021: 5000}, "365"),
        (("2021-01-01", "2021-12-31"), [("2021-02-02", "2021-12-31", "50")], {2021: 8200}, "333.00"),
        # The first half of 2021 is left, 181 days; the revised budget has 184 and 181 days.
        (("2021-01-01", "2021-12-31"), [("2021-07-01", "2022-06-30", "365")], {2021: 36500, 2022: 18100}, "184.00"),
        # A later revised budget replaces an earlier one of the same year.
        (("2020-01-01", "2020-12-31"), [("2020-01-01", "2020-12-31", "7"), ("2020-01-01", "2020-12-31", "9")], {2020: 900}, "372"),
        (("2020-01-01", "2020-12-31"), [("2021-01-01", "2021-12-31", "7")], {2020: 36500, 2021: 700}, "0"),
    ],
)  # fmt: skip
def test_a_revised_budget_replaces_the_days_it_overlaps(
    original: tuple[str, str],
    revised: list[tuple[str, str, str]],
    counted: dict[int, int],
    replaced: str,
    tmp_path: Path,
) -> None:
    body = planned("budget", *original, "365") + "".join(planned("budget", *one, "2") for one in revised)
    bundle = read_text(tmp_path, wrapped(body))
    assert amounts(bundle, "year") == counted
    assert sum(bundle.left_out["amount"]) == Decimal(replaced)
    assert set(bundle.left_out["reason"]) <= {"a revised budget replaces it"} and not bundle.remarks


@pytest.mark.parametrize("value", ["-5", "NaN", ""])
def test_a_faulty_revised_budget_replaces_nothing(value: str, tmp_path: Path) -> None:
    days = ("2021-01-01", "2021-12-31")
    bundle = read_text(
        tmp_path, wrapped(planned("budget", *days, "365") + planned("budget", *days, value, "2"))
    )
    assert amounts(bundle, "year") == {2021: 36500}
    assert len(bundle.left_out) == 1


def test_a_negative_revised_budget_that_is_accepted_replaces(tmp_path: Path) -> None:
    days = ("2021-01-01", "2021-12-31")
    body = planned("budget", *days, "365") + planned("budget", *days, "-5", "2")
    bundle = read_text(tmp_path, wrapped(body), negative="accept")
    assert amounts(bundle, "year") == {2021: -500}


@pytest.mark.parametrize(
    ("periods", "part"),
    [
        (
            [("2020-01-01", "2020-12-31", "7"), ("2020-01-01", "2020-12-31", "7")],
            "with the same budget twice",
        ),
        (
            [
                ("2020-01-01", "2021-12-31", "7"),
                ("2020-01-01", "2020-12-31", "3"),
                ("2021-01-01", "2021-12-31", "4"),
            ],
            "with a budget that is the sum of others",
        ),
        (
            [("2020-01-01", "2020-12-31", "7"), ("2020-07-01", "2021-06-30", "5")],
            "with budgets whose periods overlap",
        ),
        ([("2020-01-01", "2020-12-31", "7"), ("2021-01-01", "2021-12-31", "7")], ""),
    ],
)
def test_budgets_that_look_counted_twice_are_doubts_with_their_money(
    periods: list[tuple[str, str, str]], part: str, tmp_path: Path
) -> None:
    bundle = read_text(tmp_path, wrapped("".join(planned("budget", *one) for one in periods)))
    total = sum(int(amount) for _, _, amount in periods)
    assert amounts(bundle, "kind") == {"budget": total * 100} and bundle.left_out.empty
    assert [part in remark and f"EUR {total}.00 of budget" in remark for remark in bundle.remarks] == [
        True
    ] * bool(part)


# --- files that are none ----------------------------------------------------------------------

BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>\n' + PLAIN.partition(
    "\n"
)[2].replace("Road", "&b;")
BAD = {
    "entity bomb": (BOMB, "DOCTYPE"),
    "external entity": (PLAIN.partition("\n")[2].replace("Road", "&x;").join(['<!DOCTYPE i [<!ENTITY x SYSTEM "file:///etc/hostname">]>', ""]), "DOCTYPE"),
    "external subset": ('<!DOCTYPE i SYSTEM "http://127.0.0.1:9/i.dtd">' + PLAIN.partition("\n")[2], "DOCTYPE"),
    "undeclared entity": (PLAIN.replace("Road", "&nosuch;"), "entity"),
    "cut short": (PLAIN[: len(PLAIN) // 2], "not well-formed XML"),
    "empty": ("", "not well-formed XML"),
    "no activity": ('<iati-activities version="2.03"/>', "no activity"),
    "web page": ("<html><body>404</body></html>", "contains <html>"),
    "organisations": ('<iati-organisations version="2.03"/>', "organisation file"),
    "newer": (PLAIN.replace("2.03", "9.99", 1), "version of IATI"),
    "no identifier": (PLAIN.replace(" XM-1-A ", " "), "without identifier"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_no_iati_file_is_one_clear_error(name: str, tmp_path: Path) -> None:
    text, part = BAD[name]
    path = tmp_path / "bad.xml"
    path.write_text(text, encoding="utf-8")
    (problem,) = read_origin(Origin("iati", path, {"on_error": "refuse"}), Surroundings()).problems
    assert part in problem.message and problem.source == "bad.xml"
    assert not re.search(r"hostname\w|haha", str(problem))


def test_gzip_is_read_and_a_damaged_one_is_one_clear_error(tmp_path: Path) -> None:
    packed = gzip.compress(PLAIN.encode(), mtime=0)
    whole, part = tmp_path / "a.xml.gz", tmp_path / "b.xml.gz"
    whole.write_bytes(packed)
    part.write_bytes(packed[: len(packed) // 2])
    assert amounts(read(whole), "kind") == {"commitment": 10000}
    (problem,) = read_origin(Origin("iati", part), Surroundings()).problems
    assert "gzip archive is cut short" in problem.message


def test_an_activity_without_an_end_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "endless.xml.gz"
    with gzip.open(path, "wb", compresslevel=1) as stream:
        stream.write(b'<iati-activities version="2.03"><iati-activity>')
        for _ in range(70):
            stream.write(b"<transaction/>" * 75_000)
    (problem,) = read_origin(Origin("iati", path), Surroundings()).problems
    assert "no activity ends within 64 MB" in problem.message


MEASURE = """
import resource, sys
from pathlib import Path
from geoplan.sources.standards.iati import read_activities
from geoplan.sources.origins import Origin, Surroundings
small, large = (Origin("iati", Path(name)) for name in sys.argv[1:])
read_activities(small, Surroundings())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
bundle = read_activities(large, Surroundings())
print(len(bundle.frames["spending"]), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no getrusage")
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """A file of 48 MB, nearly all of it text that is not kept, costs a fraction of its size."""
    small, large = tmp_path / "small.xml", tmp_path / "large.xml"
    text = "<description><narrative>" + "word " * 1600 + "</narrative></description>"
    activities = [
        f"<iati-activity><iati-identifier>P{at}</iati-identifier>{text}{paid('1.00')}</iati-activity>"
        for at in range(2)
    ]
    small.write_text(f"<iati-activities>{''.join(activities)}</iati-activities>", encoding="utf-8")
    with large.open("w", encoding="utf-8") as stream:
        stream.write("<iati-activities>")
        for at in range(6000):
            stream.write(activities[0].replace("P0", f"P{at}", 1))
        stream.write("</iati-activities>")
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(small), str(large)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    rows, grown_kib = map(int, done.stdout.split())
    assert rows == 6000
    assert grown_kib * 1024 < large.stat().st_size / 3


# --- real releases ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", RELEASES)
def test_a_real_release_reconciles_to_the_last_digit(name: str, shared: Path, tmp_path: Path) -> None:
    path = shared / "iati" / f"iati_{name}AIMS_GeocodedResearchRelease.xml"
    given = sum(Decimal(value.text.strip()) for value in etree.parse(str(path)).iter("value"))
    answer = summary(f"iati:{path}", tmp_path)
    assert answer["input_total"] == given and answer["difference"] == 0
    assert answer["placed_total"] + answer["rounding"] == given
    assert answer["buckets"]["outside area"] > 0 and answer["buckets"]["country-wide"] > 0
    assert (
        sum(row["amount"] for row in answer["rows"]) + sum(answer["buckets"].values())
        == answer["placed_total"]
    )


def test_a_release_in_1_04_and_in_2_03_gives_the_same_money(shared: Path, tmp_path: Path) -> None:
    """The two files of Senegal hold different activities; here one is rewritten in the older version's words."""
    newer = shared / "iati" / "iati_2.03_SenegalAIMS_GeocodedResearchRelease.xml"
    older = tmp_path / "older.xml"
    as_version_1(newer, older)
    one, two = read(newer), read(older)
    for name, frame in one.frames.items():
        plain = [frame.drop(columns=["source_file", "source_row"]) for frame in (frame, two.frames[name])]
        pd.testing.assert_frame_equal(*plain)


def test_both_files_of_senegal_are_one_source(shared: Path, tmp_path: Path) -> None:
    answer = summary(f"iati:{shared / 'iati'}/iati_*_Senegal*.xml", tmp_path)
    assert answer["input_total"] == Decimal("11151752653.576848489") + Decimal("15225673885.55561581")
    assert answer["difference"] == 0 and answer["left_out"] == 0


def test_what_geoplan_wrote_is_read_wherever_its_namespace_is_declared(tmp_path: Path) -> None:
    """A program that rewrites a file may declare a namespace first where it is used."""
    own = '<transaction xmlns:g="urn:geoplan:iati:1" g:component="roads" g:funder="Bank">'
    bundle = read_text(tmp_path, wrapped(paid("5").replace("<transaction>", own)))
    assert amounts(bundle, "component", "funder") == {("roads", "Bank"): 500}


def test_documents_and_websites_of_an_activity_become_links(tmp_path: Path) -> None:
    links = (
        '<document-link url="https://x.org/a.pdf" format="application/pdf"/>'
        '<document-link url=" https://x.org/b.pdf "/><document-link url="https://x.org/a.pdf"/><document-link/>'
        "<activity-website>http://x.org</activity-website>"
    )
    frame = read_text(tmp_path, wrapped(links + paid("5.00"), paid("7.00"))).frames["projects"]
    assert find_link_columns(frame) == ["documents"]
    found = frame.set_index("project")["documents"]
    assert found["P1"] == "https://x.org/a.pdf | https://x.org/b.pdf | http://x.org"
    assert pd.isna(found["P2"])


def test_the_page_has_the_documents_of_an_activity(tmp_path: Path) -> None:
    (tmp_path / "districts.csv").write_text(DISTRICTS, encoding="utf-8")
    link = '<document-link url="https://x.org/a.pdf"/>'
    (tmp_path / "a.xml").write_text(wrapped(link + paid("5.00")), encoding="utf-8")
    source = f"iati:{tmp_path / 'a.xml'}"
    page = tmp_path / "page.html"
    done = run("map", "--districts", tmp_path / "districts.csv", "--source", source, "-o", page)
    assert done.exit_code == 0 and "documents" not in done.stderr
    assert '"documents":["https://x.org/a.pdf"]' in page_text(page)
