"""Amounts that name a location of their project in a column of their own."""

from __future__ import annotations

import pytest

from geoplan.ledger.entries import build_ledger
from geoplan.model.errors import PlanError
from geoplan.plan.plan_tables import Plan, read_plan

from ..conftest import TOML, WritePlan

PLACES = "project,name,district\nP,Village one,A\nP,Village two,B\nP,Village three,C\nQ,,A\n"
CONSTANT = '[spending.constant]\nkind = "budget"\ncurrency = "EUR"\nyear = 2010\n'


def placed(plan: Plan) -> dict[str, int]:
    entries = build_ledger(plan).entries
    sums = entries.groupby("district")["amount_minor"].sum()
    return {str(code): int(minor) for code, minor in sums.items()}


@pytest.mark.parametrize("header", ["district", "Ville", "site"])
@pytest.mark.parametrize(
    "cells",
    [("C", "A", "B"), ("Gamma", "Alfa", "beta district"), ("village three", "Village One", "Village two")],
)
def test_each_amount_goes_where_its_row_says(
    header: str, cells: tuple[str, ...], write_plan: WritePlan
) -> None:
    rows = [f"P,{amount},{cell}" for amount, cell in zip((900, 50, 40), cells, strict=True)]
    spending = "\n".join([f"project,amount,{header}", *rows, "Q,7,"])
    plan = read_plan(write_plan(toml=TOML + CONSTANT, locations=PLACES, spending=spending))
    assert placed(plan) == {"A": 5_700, "B": 4_000, "C": 90_000}
    assert any(f"that its row names in column '{header}'" in note for note in plan.remarks)
    (account,) = [account for account in plan.accounts if account.table == "spending"]
    assert account.columns[header] == "location, by its name"


def test_amounts_of_other_places_are_spread_and_named(write_plan: WritePlan) -> None:
    spending = "project,amount,place\nP,90,A\nP,60,B\nP,30,Q\nP,3,\n"
    plan = read_plan(write_plan(toml=TOML + CONSTANT, locations=PLACES, spending=spending))
    assert placed(plan) == {"A": 9_000 + 1_000 + 100, "B": 6_000 + 1_000 + 100, "C": 1_000 + 100}
    assert any("row 4: column 'place' names places that are not locations" in note for note in plan.remarks)


@pytest.mark.parametrize("cells", [("X", "Y", "Z"), ("A", "A", "A"), ("A", "Y", "Z")])
def test_a_column_of_other_words_says_nothing(cells: tuple[str, ...], write_plan: WritePlan) -> None:
    spending = "\n".join(["project,amount,contractor", *(f"P,30,{cell}" for cell in cells)])
    plan = read_plan(write_plan(toml=TOML + CONSTANT, locations=PLACES, spending=spending))
    assert placed(plan) == {"A": 3_000, "B": 3_000, "C": 3_000}


THIRD = """ADM3_PCODE,ADM3_EN,ADM2_PCODE,ADM2_EN,ADM1_EN,geometry
T101,Aire,T1,Tarn,North,"POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))"
T102,Bray,T1,Tarn,North,"POLYGON ((1 0, 2 0, 2 1, 1 1, 1 0))"
T201,Cher,T2,Tees,North,"POLYGON ((2 0, 3 0, 3 1, 2 1, 2 0))"
"""


@pytest.mark.parametrize(
    "headers",
    [
        "ADM1_EN,ADM2_EN,ADM3_EN",
        "admin1Name,admin2Name,admin3Name",
        "#adm1+name,#adm2+name,#adm3+name",
        "NAME_1,NAME_2,NAME_3",
    ],
)
def test_headers_with_a_level_mean_the_level_of_the_layer(headers: str, write_plan: WritePlan) -> None:
    rows = "North,Tarn,Bray,P,7\nNorth,Tees,Cher,P,5\n"
    toml = TOML[: TOML.index("[profile]")] + '[spending]\nfile = "spending.csv"\n' + CONSTANT
    plan = read_plan(write_plan(toml=toml, districts=THIRD, spending=f"{headers},project,amount\n{rows}"))
    assert placed(plan) == {"T102": 700, "T201": 500}


def test_a_layer_of_provinces_takes_the_headers_of_level_1(write_plan: WritePlan) -> None:
    layer = "ADM1_PCODE,ADM1_EN,geometry\n" + "\n".join(
        f'{code},{name},"POLYGON (({at} 0, {at + 1} 0, {at + 1} 1, {at} 1, {at} 0))"'
        for at, (code, name) in enumerate([("P1", "North"), ("P2", "South")])
    )
    toml = TOML[: TOML.index("[profile]")] + '[spending]\nfile = "spending.csv"\n' + CONSTANT
    rows = "project,ADM1_EN,ADM2_EN,amount\nP,North,Tarn,7\nP,South,Tees,5\n"
    assert placed(read_plan(write_plan(toml=toml, districts=layer, spending=rows))) == {"P1": 700, "P2": 500}


def test_an_unused_column_of_districts_is_suggested(write_plan: WritePlan) -> None:
    toml = TOML[: TOML.index("[profile]")] + '[spending]\nfile = "spending.csv"\n' + CONSTANT
    with pytest.raises(PlanError) as raised:
        read_plan(write_plan(toml=toml, spending="project,Wereda,amount\nP,Alfa,7\nP,Gamma,5\n"))
    assert 'write in geoplan.toml: [spending.columns] district = "Wereda"' in str(raised.value)
    rows = "project,District,Commune d'accueil,amount\nP,Tarn,Alfa,7\nP,Tees,Gamma,5\n"
    plan = read_plan(write_plan(toml=toml, spending=rows))
    assert any('[spending.columns] district = "Commune d\'accueil"' in remark for remark in plan.remarks)
    rows = "project,District,Other,amount\nP,A,Alfa,7\nP,B,Gamma,5\n"
    plan = read_plan(write_plan(toml=toml, spending=rows))
    assert not any("is not used, although" in remark for remark in plan.remarks)
