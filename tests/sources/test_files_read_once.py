"""A file that several tables name is opened once in a run; one that changes is read again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import openpyxl
import pytest

from geoplan.model.schema import TABLES
from geoplan.plan.plan_tables import Plan, read_plan
from geoplan.sources import read
from geoplan.sources.files_read_once import made_once, opened_once, read_once, several_times
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.tables import table_files, workbook_files
from geoplan.sources.tables.table_files import find_tables

from ..conftest import WritePlan

HEADER = ["project", "title", "location", "district", "year", "kind", "currency", "amount"]
ROWS = [
    ["P1", "Road", "1", "A", 2011, "budget", "EUR", 8.05],
    ["P2", "School", "1", "B", 2012, "budget", "EUR", 0.30],
]
TEXT = "".join(",".join(map(str, row)) + "\n" for row in [HEADER, *ROWS])
NAMED = ("projects", "locations", "spending")


def write_sheets(path: Path, *titles: str) -> None:
    """Write a workbook with the rows in each sheet; the amounts of the second sheet are higher by 1, and so on."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for at, title in enumerate(titles):
        sheet = book.create_sheet(title)
        for row in (HEADER, *([*cells, amount + at] for *cells, amount in ROWS)):
            sheet.append(row)
    book.save(path)


def read_named(write_plan: WritePlan, files: dict[str, str], *titles: str) -> Plan:
    """Read a plan whose tables name these files."""
    named = "".join(f'[{table}]\nfile = "{file}"\n' for table, file in files.items())
    plan = write_plan(toml=f'[plan]\n[districts]\nfile = "districts.csv"\n{named}')
    for file in {*files.values()}:
        if file.endswith(".xlsx"):
            write_sheets(plan / file, *titles)
        else:
            (plan / file).write_text(TEXT, encoding="utf-8")
    return read_plan(plan)


def count_calls(monkeypatch: pytest.MonkeyPatch, module: object, name: str) -> list[object]:
    """Note each call of a function that goes on as before."""
    calls: list[object] = []
    called = getattr(module, name)

    def noted(*arguments: object) -> object:
        calls.append(arguments)
        return called(*arguments)

    monkeypatch.setattr(module, name, noted)
    return calls


def tables_of(plan: Plan) -> list[str]:
    tables = (getattr(plan, name) for name in TABLES)
    return [table.drop(columns="source_file", errors="ignore").to_csv() for table in tables]


@pytest.mark.parametrize(
    ("file", "titles", "module", "reader"),
    [
        ("list.xlsx", ("list",), workbook_files, "_load"),
        ("list.xlsx", NAMED, workbook_files, "_load"),
        ("list.csv", (), table_files, "read_text"),
    ],
    ids=["one sheet", "a sheet for each table", "text"],
)
def test_a_file_of_three_tables_is_opened_once(
    file: str,
    titles: tuple[str, ...],
    module: object,
    reader: str,
    write_plan: WritePlan,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copies = {name: f"{name}-{file}" for name in NAMED}
    apart = read_named(write_plan, copies, *titles)
    calls = count_calls(monkeypatch, module, reader)
    together = read_named(write_plan, dict.fromkeys(NAMED, file), *titles)
    opened = [call for call in calls if file in str(call)] if titles == () else calls
    assert len(opened) == 1
    assert len(together.spending) == len(ROWS)
    assert tables_of(together) == tables_of(apart)


def test_the_sheets_of_a_workbook_are_searched_with_one_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sheets(tmp_path / "list.xlsx", "north", "south", "west")
    calls = count_calls(monkeypatch, workbook_files, "_load")
    found, unread = find_tables(tmp_path / "list.xlsx", TABLES["spending"])
    assert ([one.sheet for one in found], unread, len(calls)) == (["north", "south", "west"], [], 1)


def test_all_sheets_of_a_table_are_read_with_one_opening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sheets(tmp_path / "list.xlsx", "north", "south")
    calls = count_calls(monkeypatch, workbook_files, "_load")
    conformed = read(FileSpec(tmp_path / "list.xlsx", sheet="*"), TABLES["spending"])
    # One more to list the sheets.
    assert (len(conformed.frame), conformed.problems, len(calls)) == (2 * len(ROWS), [], 2)


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("first")
    with read_once([path]):
        assert made_once(path, "text", path.read_text) == "first"
        path.write_text("second one")
        assert made_once(path, "text", path.read_text) == "second one"


def test_what_is_read_depends_on_file_and_manner_and_ends_with_the_block(tmp_path: Path) -> None:
    path, copy = tmp_path / "a.csv", tmp_path / "b.csv"
    path.write_bytes("é".encode())
    shutil.copy2(path, copy)
    read: list[Path] = []

    def make(one: Path, encoding: str) -> str:
        read.append(one)
        return one.read_text(encoding=encoding)

    def content(one: Path, encoding: str = "utf-8") -> str:
        return made_once(one, encoding, lambda: make(one, encoding))

    with read_once([path]):
        assert [content(path), content(path), content(path, "cp1252"), content(copy), content(copy)] == [
            "é", "é", "Ã©", "é", "é",
        ]  # fmt: skip
        with read_once([path, copy]):
            assert [content(path), content(copy), content(copy)] == ["é"] * 3
    assert content(path) == "é"
    assert read == [path, path, copy, copy, copy, path]


def test_what_is_open_closes_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.touch()
    happened: list[str] = []

    @contextmanager
    def opened() -> Iterator[str]:
        happened.append("opened")
        yield "content"
        happened.append("closed")

    with opened_once(path, "rows", opened) as content:
        assert (content, happened) == ("content", ["opened"])
    assert happened == ["opened", "closed"]
    with read_once([path]):
        for _ in range(2):
            with opened_once(path, "rows", opened):
                pass
        assert happened == ["opened", "closed", "opened"]
    assert happened[-1] == "closed"


def test_paths_that_occur_once_are_not_kept(tmp_path: Path) -> None:
    assert several_times(Path(name) for name in ("a", "b", "a", "c", "b")) == [Path("a"), Path("b")]
