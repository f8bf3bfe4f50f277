"""Large text tables are split by columns: the same cells, messages and tables as row by row."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pandas as pd
import pytest

from geoplan.model.errors import InputError
from geoplan.model.schema import TABLES
from geoplan.sources import read
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.tables import cell_values, text_files
from geoplan.sources.tables.grid import FilledGrid, grid_of
from geoplan.sources.tables.text_columns import split_columns
from geoplan.sources.tables.text_files import split_rows

from ..fuzz.inputs import FAMILIES

ODD = {
    "quoted separators": 'a,b,c\n1,"2,5",3\n"x ""y"" z",,"""q"""\n',
    "blank lines": "\n\na,b\n\n1,2\n   \n,,\n3,4\n\n\n",
    "spaces around": "a , b\n\u2003 1\x1c,\t2 \x0b\n \x85x, \u3000y\n",
    "lines in cells": 'a,b\n"one\ntwo",1\n"three\r\nfour ",2\nshort\n"five\n",6,7\n',
    "carriage returns": "a,b\r\n1,2\r\n\r\nx\r\n",
    "old line ends": "a,b\r1,2\r",
    "mixed line ends": "a,b\n1,2\r3,4\n",
    "mark inside": 'a,b\n1"2,3\n',
    "mark after": 'a,b\n"1"2,3\n',
    "mark not closed": 'a,b\n"1,2\n3,4\n',
    "mark after a space": 'a,b\n "1",2\n',
    "empty marks": 'a,b\n"",2\n"","""\n"""\n',
    "no last line end": 'a,b\n1,"2"',
    "more and fewer": "a,b,c\n1,2,3,4,5\n6\n7,8\n9,10,11\n,,,\n,,,12\n",
    "one column": "a\n1\n2\n",
    "only line ends": "\n\n\n",
    "nothing": "",
    "a NUL": "a,b\n1\0,2\n",
    "digits and words": "a,b\nNA,null\nnan,NULL\n,#N/A\n",
    "wide": "a,b\n1," + "x" * 20_000 + "\n",
    "marks of other separators": "a;b,c\n1;2,3\n",
    "a mark and nothing else": 'a,b\n"\n',
    "a byte order mark inside": "\ufeffa,b\n1,\ufeff2\n",
}


def as_rows(grid: FilledGrid) -> list[tuple[int, list[object]]]:
    return [(int(grid.numbers[at]), list(grid.cells(at))) for at in range(len(grid))]


def split_both_ways(text: str, delimiter: str) -> bool:
    """Compare the two ways, and return whether the text can be split by columns."""
    found = split_columns(text, delimiter, "t.csv", remarks=("as given",))
    try:
        expected = grid_of("t.csv", split_rows(text, delimiter, "t.csv"))
    except InputError:
        assert found is None
        return False
    if found is None:
        return False
    assert as_rows(found) == as_rows(expected)
    assert found.widths.tolist() == expected.widths.tolist()
    assert [column.filled.tolist() for column in found.columns][: len(expected.columns)] == [
        column.filled.tolist() for column in expected.columns
    ]
    assert found.remarks == ("as given",)
    return True


@pytest.mark.parametrize("name", ODD)
def test_odd_texts_have_the_same_cells(name: str) -> None:
    for delimiter in ",;\t|":
        split_both_ways(ODD[name], delimiter)


@pytest.mark.parametrize(
    "name",
    ["quoted separators", "blank lines", "spaces around", "lines in cells", "more and fewer", "empty marks"],
)
def test_what_looks_odd_is_still_split_by_columns(name: str) -> None:
    assert split_both_ways(ODD[name], ",")


def test_texts_of_any_characters_have_the_same_cells() -> None:
    random = Random(11)
    parts = [*'a1,,,,"', '""', "\n", "\n", "\r\n", *" \x1f\u2007ປé;\t'=", "12", "ab"]
    rare = [*parts * 9, "\r", "\0"]
    by_columns = 0
    for _ in range(2_000):
        text = "".join(random.choices(rare, k=random.randrange(30)))
        by_columns += split_both_ways(text, ",")
    assert by_columns > 400


def read_as(path: Path, table: str) -> tuple[pd.DataFrame, list[str], object, object]:
    found = read(FileSpec(path), TABLES[table])
    return found.frame, [str(problem) for problem in found.problems], found.remarks, found.accounts


def test_mutated_tables_are_read_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same frames, problems, remarks and accounts, both ways, for tables that are nearly right."""
    for seed in range(150):
        files, _ = FAMILIES["csv"](Random(f"columns {seed}"))
        for name, data in files.items():
            path = tmp_path / name
            path.write_bytes(data.encode() if isinstance(data, str) else data)
            table = path.stem if path.stem in TABLES else "spending"
            by_row = read_as(path, table)
            with monkeypatch.context() as patched:
                patched.setattr(text_files, "_LARGE", -1)
                patched.setattr(cell_values, "_MANY", -1)
                by_column = read_as(path, table)
            pd.testing.assert_frame_equal(by_column[0], by_row[0], check_exact=True)
            assert by_column[1:] == by_row[1:], (seed, name)
