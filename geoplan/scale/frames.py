"""Frames in a workspace: the results of a shard, as Arrow files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoplan.scale.workspace import Workspace


def write_frame(workspace: Workspace, name: str, frame: pd.DataFrame) -> None:
    """Write a frame: whole numbers unchanged, all other columns as text."""
    import pyarrow as pa

    columns: dict[str, Any] = {}
    for column in frame.columns:
        if pd.api.types.is_integer_dtype(frame[column]):
            columns[column] = pa.array(frame[column].to_numpy(dtype=np.int64))
        else:
            labels = frame[column].astype("category")
            names = pa.array([str(label) for label in labels.cat.categories], type=pa.string())
            codes = pa.array(labels.cat.codes.to_numpy(), mask=(labels.cat.codes < 0).to_numpy())
            columns[column] = pa.DictionaryArray.from_arrays(codes.cast(pa.int32()), names)
    table = pa.table(columns)
    options = pa.ipc.IpcWriteOptions(compression="lz4")

    def write(path: Path) -> None:
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema, options=options) as file:
            file.write_table(table)

    workspace.write(name, write)


def read_frame(path: Path) -> pd.DataFrame:
    """Read a frame that `write_frame` wrote; text columns become categories."""
    import pyarrow as pa

    with pa.memory_map(str(path)) as source:
        table = pa.ipc.open_file(source).read_all()
        columns: dict[str, Any] = {}
        for name in table.column_names:
            cells = table.column(name).combine_chunks()
            if pa.types.is_dictionary(cells.type):
                labels = pd.Index(cells.dictionary.to_pylist(), dtype=object)
                codes = cells.indices.fill_null(-1).to_numpy(zero_copy_only=False)
                columns[name] = pd.Categorical.from_codes(codes, labels)
            else:
                columns[name] = cells.to_numpy(zero_copy_only=False).copy()
    return pd.DataFrame(columns)
