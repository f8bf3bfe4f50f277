"""The data block: safe in a script element, and the same data again once it is unpacked."""

import base64
import json
import re
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.page.block import PLANES, STEPS, VARYING, encode_data

WHOLE = st.integers(min_value=-(2**52) + 1, max_value=2**52 - 1)
SMALL = st.integers(min_value=-300, max_value=300)
LEAF = st.one_of(
    st.none(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=4)
)
COLUMNS = st.one_of(
    st.lists(WHOLE, min_size=64, max_size=80),
    st.lists(SMALL, min_size=64, max_size=80),
    st.lists(st.one_of(st.none(), st.text(max_size=6)), min_size=64, max_size=80),
    st.lists(st.lists(SMALL, max_size=40), min_size=1, max_size=12),
    st.lists(LEAF, max_size=6),
)
DATA = st.dictionaries(st.sampled_from("abcdef"), COLUMNS, max_size=4)

EDGES = {
    "rising": list(range(5, 5005)),
    "far": [2**52 - 1, -(2**52) + 1, 0, -1, 1] * 20,
    "larger": [2**53 - 1, 0] * 40,
    "few bits": [0, 0, 0, 1] * 40,
    "mixed": [-70, 3, 12_345, 127, 128, -128, 16_384] * 20,
    "constant": [7] * 100,
    "codes": [f"P{number:05}" for number in range(200)],
    "texts": ["ບໍລິຄຳໄຊ", "ບໍລິຄັນ", None, "", "a\U0001f600b", "a\U0001f601b", "\u2028</script>", "a\nb"] * 20,
    "paths": [[1, 2, 3, -4], [], [5] * 80, [-(2**40)]],
    "nested": [[[1, 2], [3]], []],
    "short": [1, 2, None, 2.5, True, "x"],
    "flags": [True, False] * 50,
    "empty": {},
}


def unpacked(encoded: str) -> object:
    """Read a packed block as its description in geoplan.page.block says, apart from how it was written."""
    content = zlib.decompress(base64.b64decode(encoded))
    length = int.from_bytes(content[:4], "little")
    columns = content[4 + length :]

    def ints(layout: int, start: int, size: int, count: int, width: int, lowest: int) -> list[int]:
        laid = columns[start : start + size]
        if layout == VARYING:
            found, number, shift = [], 0, 0
            for byte in laid:
                number |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    found.append(-(number + 1) // 2 if number % 2 else number // 2)
                    number = shift = 0
            assert len(found) == count
            return found
        values = [
            lowest + sum(laid[plane * count + row] << 8 * plane for plane in range(width))
            for row in range(count)
        ]
        if layout == STEPS:
            for row in range(1, count):
                values[row] += values[row - 1]
        else:
            assert layout == PLANES
        return values

    def restore(value: object) -> object:
        if isinstance(value, list):
            return [restore(part) for part in value]
        if not isinstance(value, dict):
            return value
        if "ints~" in value:
            return ints(*value["ints~"])
        if "paths~" in value:
            lengths, numbers = map(restore, value["paths~"])
            ends = [sum(lengths[: at + 1]) for at in range(len(lengths))]
            return [numbers[end - size : end] for size, end in zip(lengths, ends, strict=True)]
        if "texts~" in value:
            shared, rest = map(restore, value["texts~"])
            found, before = [], ""
            for count, end in zip(shared, rest, strict=True):
                found.append(None if end is None else before[:count] + end)
                before = found[-1] or ""
            return found
        return {key: restore(part) for key, part in value.items()}

    return restore(json.loads(content[4 : 4 + length]))


@settings(deadline=None)
@given(DATA)
def test_a_packed_block_is_the_same_data(data):
    block = encode_data(data, compress=True)
    assert block.encoding == "deflate"
    assert re.fullmatch(r"[A-Za-z0-9+/=]+", block.text)
    assert unpacked(block.text) == data


def test_edges_come_back():
    assert unpacked(encode_data(EDGES, compress=True).text) == EDGES


def test_columns_are_taken_out_of_the_text():
    packed = zlib.decompress(base64.b64decode(encode_data(EDGES, compress=True).text))
    text = json.loads(packed[4 : 4 + int.from_bytes(packed[:4], "little")])
    assert text["rising"]["ints~"][0] == STEPS
    assert text["few bits"]["ints~"][0] == PLANES
    assert "texts~" in text["codes"]
    assert "paths~" in text["paths"]
    assert text["larger"] == EDGES["larger"]
    assert text["flags"] == EDGES["flags"]


@pytest.mark.parametrize("text", ["</script>", "<!--", "]]>", "&amp;", "\u2028", "\u2029"])
def test_plain_block_is_safe_inside_a_script(text):
    block = encode_data({"text": text}, compress=False)
    assert block.encoding == "plain"
    assert not set("<>&\u2028\u2029") & set(block.text)
    assert json.loads(block.text) == {"text": text}


def test_nan_is_refused():
    for compress in (True, False):
        with pytest.raises(ValueError, match="not JSON compliant"):
            encode_data({"value": float("nan")}, compress=compress)
