"""How a problem is shown: at most five rows and values, each value in one short line."""

from __future__ import annotations

from pathlib import Path

import pytest

from geoplan.model.errors import Problem, show_number, show_value


@pytest.mark.parametrize(
    ("count", "more", "different"),
    [
        (1, "", ""),
        (5, "", ""),
        (6, " and 1 more", ", … (6 different)"),
        (1205, " and 1,200 more", ", … (1,205 different)"),
    ],
)
def test_five_rows_and_five_values_are_listed(count: int, more: str, different: str) -> None:
    rows = tuple(range(2, 2 + count))
    text = str(Problem("a.csv", "not a year", "year", rows, tuple(f"v{row}" for row in rows)))
    listed = ", ".join(str(row) for row in rows[:5])
    assert text.startswith(
        f"a.csv, row{'s' if count > 1 else ''} {listed}{more}, column 'year': not a year: "
    )
    assert text.endswith(", ".join(f"'v{row}'" for row in rows[:5]) + different)


def test_a_row_with_several_amounts_is_listed_once() -> None:
    assert (
        str(Problem("a.csv", "no component", rows=(2, 2, 3, 3, 3, 4, 5, 6)))
        == "a.csv, rows 2, 3, 4, 5, 6: no component"
    )
    assert str(Problem("a.csv", "no component", rows=(2, 2))) == "a.csv, row 2: no component"


@pytest.mark.parametrize(("length", "shown"), [(60, "x" * 60), (61, "x" * 59 + "…")])
def test_a_value_of_more_than_60_characters_is_cut(length: int, shown: str) -> None:
    assert show_value("x" * length) == f"'{shown}'"


def test_a_long_path_is_shown_with_the_name_of_its_file() -> None:
    path = Path("/a") / ("folder " * 20) / "spending.csv"
    assert show_value(path) == f"'{path}'"
    assert show_value(Path("x" * 400) / "spending.csv").endswith("/spending.csv'")
    assert show_value(str(path)).endswith("…'")


@pytest.mark.parametrize(("length", "is_cut"), [(260, False), (261, True)])
def test_a_path_of_up_to_260_characters_is_whole(length: int, is_cut: bool) -> None:
    path = Path("a" * (length - 5) + "/b.csv"[1:])
    assert (show_value(path) == f"'{path}'", show_value(path).startswith("'…")) == (not is_cut, is_cut)


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (999_999.6, 6, "1000000"),
        (1_234_567.4, 6, "1234567"),
        (-12_345_678_901.25, 10, "-12345678901"),
        (0.000012344, 3, "0.0000123"),
        (-0.0, 6, "0"),
        (999_999_999_999_999.0, 6, "999999999999999"),
        (1e15, 6, "1e+15"),
    ],
)
def test_a_number_has_no_exponent_up_to_15_digits(value: float, digits: int, shown: str) -> None:
    assert show_number(value, digits) == shown


def test_a_problem_with_a_list_for_a_value_can_be_counted_once() -> None:
    # TOML and JSON have lists where a text is expected, such as bbox = [1, 2].
    problem = Problem("geoplan.toml", "not a box", "bbox", values=([1, 2],))
    assert list(dict.fromkeys([problem, Problem("geoplan.toml", "not a box", "bbox", values=([1, 2],))])) == [
        problem
    ]
