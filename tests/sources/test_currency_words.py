"""Currencies named beside amounts: by code, name or sign, and several where a sign has several."""

from __future__ import annotations

from pathlib import Path

import pytest

from geoplan.model.schema import SPENDING
from geoplan.sources import read
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.tables.currency_words import currencies_in, signs_of


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("Valor (R$)", "", ["BRL"]),
        ("R$ 1.500,00", "PT", ["BRL"]),
        ("NT$ 500", "", ["TWD"]),
        ("Cost (US$)", "CO", ["USD"]),
        ("Montant ($US)", "", ["USD"]),
        ("$ 1.200", "CO", ["COP"]),
        ("$ 1,200", "KH", ["USD"]),
        ("S$ 500", "LA", []),
        ("S/ 500", "", []),
    ],
)
def test_a_sign_with_letters_is_one_sign(text: str, country: str, expected: list[str]) -> None:
    assert currencies_in(text, country) == expected


def test_the_sign_of_the_dollar_alone_has_several_currencies() -> None:
    assert {"USD", "COP", "SGD"} <= {*currencies_in("in $ million")}


@pytest.mark.parametrize(
    ("currency", "cells", "minor"),
    [
        ("BRL", ["R$ 1.500,25", "R$ 300,00"], [150025, 30000]),
        ("IDR", ["Rp 1.500,25", "Rp300,00"], [150025, 30000]),
        ("PHP", ["₱1,500.25", "300.00 ₱"], [150025, 30000]),
    ],
)
def test_the_sign_of_its_currency_is_taken_off_an_amount(
    currency: str, cells: list[str], minor: list[int], tmp_path: Path
) -> None:
    rows = "".join(f'P{at};2012;"{cell}"\n' for at, cell in enumerate(cells))
    (tmp_path / "s.csv").write_text(f"project;year;amount\n{rows}", encoding="utf-8")
    spec = FileSpec(tmp_path / "s.csv", constant={"kind": "budget", "currency": currency})
    found = read(spec, SPENDING)
    assert found.problems == [] and found.frame["amount_minor"].tolist() == minor
    other = read(FileSpec(spec.path, constant={"kind": "budget", "currency": "EUR"}), SPENDING)
    assert len(other.problems) == 1


def test_signs_come_from_where_a_currency_is_paid() -> None:
    assert "R$" in signs_of("BRL") and "$" in signs_of("COP") and "$" not in signs_of("EUR")
