"""Texts of Parquet files: read as codes and labels, however the file has them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from geoplan.model.schema import TABLES
from geoplan.sources.conform import conform
from geoplan.sources.parquet import frame_of_arrow, read_groups
from geoplan.sources.raw_table import FileSpec

TEXTS = ["b", "a", None, " a ", "", "c", "b", "ແຂວງ"]
READ = ["b", "a", None, "a", None, "c", "b", "ແຂວງ"]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
@pytest.mark.parametrize("with_dictionary", [True, False], ids=["dictionary", "plain"])
def test_a_batch_has_the_labels_of_its_own_rows_only(
    kind: pa.DataType, with_dictionary: bool, tmp_path: Path
) -> None:
    path = tmp_path / "list.parquet"
    table = pa.table({"project": pa.array(TEXTS, kind)})
    pq.write_table(table, path, row_group_size=5, use_dictionary=with_dictionary)
    found = [raw.table["project"] for raw in read_groups(path, FileSpec(path), rows=2)]
    cells = [cell if isinstance(cell, str) else None for part in found for cell in part.astype(object)]
    assert cells == READ
    for part in found:
        assert isinstance(part.dtype, pd.CategoricalDtype)
        assert {*part.cat.categories} == {*part.dropna()}


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["a", "a", "b"], ["a", "a", "b"]),
        (["a", None, "b"], ["a", None, "b"]),
        ([" a", "a", ""], ["a", "a", None]),
    ],
    ids=["twice", "missing", "spaces"],
)
def test_a_dictionary_of_a_table_in_memory_can_be_any(
    texts: list[str | None], expected: list[str | None]
) -> None:
    cells = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, None]), pa.array(texts))
    frame = frame_of_arrow(pa.table({"project": cells}), FileSpec(Path("table")))
    found = [cell if isinstance(cell, str) else None for cell in frame["project"]]
    assert found == [*expected, None]


def test_a_misread_name_among_codes_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "projects.parquet"
    pq.write_table(pa.table({"project": ["P1", "P2"], "title": ["Road", "KhÃ©ne"]}), path)
    spec = FileSpec(path)
    (raw,) = read_groups(path, spec)
    assert isinstance(raw.table["title"].dtype, pd.CategoricalDtype)
    told = conform(raw, TABLES["projects"], spec).detected
    assert any("column 'title' looks misread: 'KhÃ©ne' is 'Khéne'" in note for note in told)
