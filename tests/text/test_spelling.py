"""Spelling keys of names."""

from __future__ import annotations

import pytest

from geoplan.text.spelling import Name


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Tarano", "Talano", False),  # 6 letters: r and l tell them apart
        ("Tarano", "Tarano", True),
        ("Taranok", "Talanok", True),  # 7 letters: they do not
    ],
)
def test_r_and_l_tell_names_of_up_to_6_letters_apart(one: str, other: str, same: bool) -> None:
    assert (Name.read(one).strict == Name.read(other).strict) is same
    assert Name.read(one).spoken == Name.read(other).spoken
