"""Tables of text fit the width they are given, and lose nothing."""

from __future__ import annotations

from decimal import Decimal

import click
import pandas as pd
import pytest

from geoplan.cli.printing import emit, say
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


def test_joint_funders_break_between_their_names() -> None:
    frame = pd.DataFrame({"district": ["A", "B"], "funder": ["Norway|Kreditanstalt|Denmark", "Norway|Japan"]})
    lines = [line.split()[-1] for line in table_text(frame, width=30).splitlines()[3:] if line]
    assert lines == ["Norway|", "Kreditanstalt|", "Denmark", "Norway|Japan"]
    assert "Norway|Kreditanstalt|Denmark" in table_text(frame, width=60)


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


def test_blocks_number_the_rows_that_no_leading_column_names() -> None:
    # Two components of one district: without a number nothing tells which amount is whose.
    frame = pd.DataFrame(
        {"district": ["A", "A"], "component": ["x" * 30, "y" * 30], "amount": [1.5, 2.25], "projects": [3, 4]}
    )
    blocks = table_text(frame, width=40).split("\n\n\n\n")
    assert len(blocks) == 2
    assert [line.split()[0] for line in blocks[1].split("\n")[-4:-2]] == ["1", "2"]
    named = table_text(frame.assign(district=["A", "B"]), width=40).split("\n\n\n\n")[1]
    assert [line.split()[0] for line in named.split("\n")[-4:-2]] == ["A", "B"]


def test_decimals_of_a_column_are_below_each_other() -> None:
    frame = pd.DataFrame({"gini": [0.223, -0.1789, 1.0], "density": [0.25, 0.12345, 3.0]})
    rows = [line.split() for line in table_text(frame, width=80).splitlines()[3:6]]
    assert [row[0] for row in rows] == ["0.2230", "−0.1789", "1.0000"]
    # More than 4 decimals are not filled.
    assert [row[1] for row in rows] == ["0.25", "0.12345", "3"]


def test_a_text_column_keeps_14_letters_of_a_line() -> None:
    frame = pd.DataFrame({"name": ["a b c d e f g h i"], "why": ["one two three four five"]})
    # 14 and 14 letters, and 3 around each: one block at 34, two at 33.
    assert [table_text(frame, width=width).count("─\n") for width in (34, 33)] == [1, 2]


def test_at_most_three_columns_name_a_row() -> None:
    amounts = {f"amount{at}": [10**12, 10**12 + 1] for at in range(4)}
    frame = pd.DataFrame({"rank": [1, 2], "district": "A", "name": "x", "province": "p", **amounts})
    heads = [line.split() for line in table_text(frame, width=80).splitlines() if "rank" in line]
    assert [head[:3] for head in heads] == [["rank", "district", "name"]] * 2
    assert ["province" in head for head in heads] == [True, False]


@pytest.mark.parametrize(("last", "fits"), [(116, True), (117, False)])
def test_without_a_terminal_lines_have_up_to_240_letters(last: int, fits: bool) -> None:
    """Each column has a gap of 3 after it: 118 + 116 + 2 × 3 = 240."""
    text = table_text(pd.DataFrame({"name": ["x" * 118], "remark": ["y" * last]}))
    assert (f"{'x' * 118}   {'y' * last}" in text) == fits


@pytest.mark.parametrize(("after", "is_repeated"), [(0, False), (59, False), (60, True)])
def test_a_note_within_the_last_60_lines_of_a_result_is_not_said_again(
    after: int, is_repeated: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    with click.Context(click.Command("toy")):
        emit("the note\n" + "a row\n" * after)
        say("the note", once=True)
    assert ("the note" in capsys.readouterr().err) == is_repeated
