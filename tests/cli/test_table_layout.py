"""Tables of text fit the width they are given, and lose nothing."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest

from geoplan.cli.table_layout import table_text

FRAME = pd.DataFrame(
    {
        "district": ["A", "B"],
        "name": ["Alpha", "Beta with a name of several words"],
        "population": [1200, 350],
        "amount": [Decimal("8986553.25"), Decimal("0.10")],
        "per km2": [8986553.25, 0.00002],
        "remark": ["", "checked"],
    }
)


def test_a_wide_table_is_one_block() -> None:
    lines = table_text(FRAME, width=120).splitlines()
    assert lines[1].split() == ["district", "name", "population", "amount", "per", "km2", "remark"]
    assert "Beta with a name of several words" in lines[4]


@pytest.mark.parametrize("width", [30, 40, 60, 80])
def test_every_line_fits_and_no_cell_is_lost(width: int) -> None:
    text = table_text(FRAME, width=width)
    assert max(map(len, text.splitlines())) <= width
    for cell in ("1200", "350", "8\u202f986\u202f553.25", "0.10", "0.00002", "checked", "several"):
        assert cell in text
    assert "e+" not in text and "e-" not in text


def test_each_block_repeats_the_columns_that_name_a_row() -> None:
    heads = [line for line in table_text(FRAME, width=60).splitlines() if "district" in line]
    assert len(heads) == 2
    assert all("name" in head for head in heads)
    assert "population" in heads[0] and "remark" in heads[1]


def test_numbers_never_wrap() -> None:
    text = table_text(pd.DataFrame({"a": ["x" * 50], "b": [123456789012]}), width=34)
    assert "123456789012" in text


def test_a_leading_rank_names_a_row_too_and_empty_columns_are_left_out() -> None:
    ranked = FRAME.drop(columns="remark")
    ranked.insert(0, "rank", [1, 2])
    ranked["left out"] = ""
    text = table_text(ranked, width=50)
    heads = [line.split()[:2] for line in text.splitlines() if "rank" in line]
    assert heads == [["rank", "district"]] * len(heads) and len(heads) > 1
    assert "left out" not in text
    assert "left out" in table_text(ranked, width=200)


def test_no_number_is_cut_where_headers_wrap() -> None:
    heads = ("of a person", "of a poor person", "spending ratio", "poor ratio", "targeting ratio")
    frame = pd.DataFrame({"currency": ["EUR"], "reading": ["certain"], "district": ["N1"], "spending": [704616.05],
                          **{head: [2.0386] for head in heads}})  # fmt: skip
    for width in range(80, 131, 5):
        text = table_text(frame, width=width)
        assert max(map(len, text.splitlines())) <= width
        assert text.count("2.0386") == len(heads), width


def test_people_read_units_in_the_heads_percentages_and_names_of_buckets() -> None:
    frame = pd.DataFrame(
        {
            "district": ["A", ""],
            "name": ["Alpha", ""],
            "place": ["district", "province-wide"],
            "currency": ["EUR", "EUR"],
            "at_most": [Decimal("12.50"), Decimal("-3.00")],
            "per_person": [1.23456, None],
            "share": [0.125, None],
            "index": [-0.5, None],
        }
    )
    head, _, alpha, bucket = table_text(frame, width=100).strip("\n").splitlines()
    assert head.split() == [
        "district",
        "name",
        "at",
        "most",
        "(EUR)",
        "per",
        "person",
        "(EUR)",
        "share",
        "index",
    ]
    assert alpha.split() == ["A", "Alpha", "12.50", "1.23", "12.5", "%", "−0.5"]
    assert bucket.split() == ["province-wide", "−3.00"]
    zero = table_text(frame.assign(share=[-0.0, -0.0001], index=[-0.0, -1e-9]), width=100)
    assert [line.split()[-3:] for line in zero.strip("\n").splitlines()[2:]] == [["0.0", "%", "0"]] * 2
    two = table_text(frame.assign(currency=["EUR", "LAK"]), width=100)
    assert "at most " in two and "(EUR)" not in two and "LAK" in two
