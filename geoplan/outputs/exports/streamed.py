"""Ledgers that do not fit in memory, written part by part to one CSV or Parquet file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.model.errors import UsageError, show_value
from geoplan.model.money import minor_digits
from geoplan.model.schema import GIVEN_COLUMNS, LEDGER_COLUMNS, minor_name
from geoplan.outputs.exports import about_lines
from geoplan.outputs.exports.written_tables import written_tables
from geoplan.outputs.text_tables import write_csv
from geoplan.outputs.whole_files import fill_text, replacing

if TYPE_CHECKING:
    import pyarrow as pa

    from geoplan.plan.plan_tables import Plan
    from geoplan.scale import Streamed

STREAMED_SUFFIXES = (".csv", ".parquet")
_GROUP = 1_000_000  # rows of a row group; independent of the shards, so that the bytes are too


def check_streamed_target(target: Path) -> None:
    """Raise `UsageError` if a ledger cannot be written part by part in the format of the target."""
    if target.suffix.lower() not in STREAMED_SUFFIXES:
        raise UsageError(
            f"the ledger of a dataset cannot be written as {show_value(target.name)}: "
            f"end it in {' or '.join(STREAMED_SUFFIXES)}"
        )


def write_streamed(plan: Plan, streamed: Streamed, target: Path) -> None:
    """Write a streamed ledger as ``.csv`` or ``.parquet``, with the same bytes as a ledger in memory.

    Raises
    ------
    UsageError
        The suffix is unknown, or the target cannot be written. An existing file stays unchanged then.
    """
    check_streamed_target(target)
    with replacing(target) as temporary:
        if target.suffix.lower() == ".parquet":
            _write_parquet(plan, streamed, temporary)
        else:
            fill_text(temporary, csv_parts(plan, streamed))


def csv_parts(plan: Plan, streamed: Streamed) -> Iterator[str]:
    """Yield a streamed ledger as CSV, part by part; the first part has the header."""
    for number, entries in enumerate(streamed.entries()):
        part = replace(streamed.ledger, entries=entries)
        text = write_csv(written_tables(plan, part, only=("ledger",))["ledger"])
        yield text if number == 0 else text.split("\n", 1)[1]


def _write_parquet(plan: Plan, streamed: Streamed, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    digits = _digits(streamed)
    schema = _schema(streamed, digits)
    described = schema.with_metadata({b"description": "\n".join(about_lines(plan, streamed.ledger)).encode()})
    with pq.ParquetWriter(path, described) as writer:
        held = schema.empty_table()
        for entries in streamed.entries():
            held = pa.concat_tables([held, _as_table(entries, schema, digits)])
            while held.num_rows >= _GROUP:
                writer.write_table(held.slice(0, _GROUP), row_group_size=_GROUP)
                held = held.slice(_GROUP)
        if held.num_rows:
            writer.write_table(held, row_group_size=_GROUP)


def _digits(streamed: Streamed) -> dict[str, dict[str, int]]:
    """Return the columns of amounts, each with its currencies and their minor digits."""
    digits = {"amount": {code: minor_digits(code) for code in streamed.ledger.currencies}}
    for entries in streamed.entries():
        if "given_amount_minor" not in entries:
            break
        found = digits.setdefault("given_amount", {})
        found |= {code: minor_digits(code) for code in entries["given_currency"].cat.categories}
    return digits


def _schema(streamed: Streamed, digits: dict[str, dict[str, int]]) -> pa.Schema:
    import pyarrow as pa

    kinds: dict[str, Any] = {"year": pa.int64()}
    for name, currencies in digits.items():
        kinds[name] = pa.decimal128(38, max(currencies.values(), default=2))
    given = GIVEN_COLUMNS if "given_amount" in digits else ()
    names = [*LEDGER_COLUMNS, *given, *(["illustrative"] if streamed.ledger.illustrative else [])]
    return pa.schema([(name, kinds.get(name, pa.large_string())) for name in names])


def _as_table(entries: pd.DataFrame, schema: pa.Schema, digits: dict[str, dict[str, int]]) -> pa.Table:
    """Convert entries column by column; a loop over cells is too slow for a whole country."""
    import pyarrow as pa

    columns = {}
    for field in schema:
        if field.name in digits:
            currency = "currency" if field.name == "amount" else "given_currency"
            columns[field.name] = _decimals(
                entries[minor_name(field.name)], entries[currency], field.type, digits[field.name]
            )
        elif field.name == "illustrative":
            columns["illustrative"] = pa.array(np.full(len(entries), "yes", dtype=object), type=field.type)
        elif field.name == "year":
            columns["year"] = pa.array(entries["year"].to_numpy(), type=field.type)
        else:
            cells = pa.array(entries[field.name].astype("category"), from_pandas=True)
            columns[field.name] = cells.dictionary_decode().cast(field.type).fill_null("")
    return pa.table(columns, schema=schema)


def _decimals(
    cells: pd.Series[Any], codes: pd.Series[Any], kind: pa.DataType, digits: dict[str, int]
) -> pa.Array:
    """Convert minor units to decimals without floats, by writing the 128-bit integers that Arrow stores."""
    import pyarrow as pa

    currencies = codes.astype("category")
    factors = np.array(
        [10 ** (kind.scale - digits[code]) for code in currencies.cat.categories], dtype=np.int64
    )
    # Up to 10^15 minor units times 10^4 exceeds 2^63: such values are split into a low and a high word in Python.
    amounts = cells.to_numpy(dtype=object) if factors.max(initial=1) > 1 else cells.to_numpy()
    if amounts.dtype == object:
        scaled = amounts * factors.astype(object)[currencies.cat.codes.to_numpy()]
        low = np.array([int(value) & ((1 << 64) - 1) for value in scaled], dtype=np.uint64)
        high = np.array([int(value) >> 64 for value in scaled], dtype=np.int64)
    else:
        low, high = amounts.view(np.uint64), amounts >> 63
    words = np.empty((len(cells), 2), dtype=np.uint64)
    words[:, 0], words[:, 1] = low, high.view(np.uint64)
    return pa.Array.from_buffers(kind, len(cells), [None, pa.py_buffer(words)])
