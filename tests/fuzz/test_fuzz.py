"""Two hundred inputs that are nearly right, of all families, end in a result or one error; more by ``python -m tests.fuzz``."""

from __future__ import annotations

from random import Random

import pytest

from .inputs import FAMILIES, mutated_bytes, mutated_tree, mutated_xml
from .outcomes import FAILURE, try_input

INPUTS = 200
_OF_EACH = INPUTS // len(FAMILIES) + 1


@pytest.mark.parametrize("family", FAMILIES)
def test_inputs_that_are_nearly_right_end_in_a_result_or_one_error(family: str) -> None:
    outcomes = {seed: try_input(family, seed) for seed in range(_OF_EACH)}
    failed = {seed: outcome.message for seed, outcome in outcomes.items() if outcome.kind == FAILURE}
    assert failed == {}


def test_the_same_seed_makes_the_same_input() -> None:
    assert mutated_bytes(b"abcdefgh" * 9, Random("x")) == mutated_bytes(b"abcdefgh" * 9, Random("x"))
    tree = {"a": [1, {"b": 2}]}
    assert mutated_tree(tree, Random("y")) == mutated_tree(tree, Random("y"))
    assert tree == {"a": [1, {"b": 2}]}
    assert mutated_xml("<a><b>c</b></a>", Random("z")) == mutated_xml("<a><b>c</b></a>", Random("z"))
