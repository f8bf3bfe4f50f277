"""Try any number of inputs: ``python -m tests.fuzz --inputs 5000 [--start 1000] [--family csv]``."""

from __future__ import annotations

import argparse
import collections
import faulthandler
import sys

from .inputs import FAMILIES, as_frame
from .outcomes import FAILURE, try_input


def main() -> int:
    """Try inputs, print each failure and the table of outcomes; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1000, help="how many, over all families")
    parser.add_argument("--start", type=int, default=1000, help="first seed; the suite uses those below 1000")
    parser.add_argument("--family", choices=FAMILIES, help="this family only")
    given = parser.parse_args()
    families = [given.family] if given.family else [*FAMILIES]
    faulthandler.enable()
    outcomes: collections.Counter[tuple[str, str]] = collections.Counter()
    failed = 0
    for number in range(given.inputs):
        family, seed = families[number % len(families)], given.start + number // len(families)
        print(
            f"\r{family} {seed}   ", end="", file=sys.stderr, flush=True
        )  # what a crash of Python leaves on the screen
        outcome = try_input(family, seed)
        outcomes[family, outcome.kind] += 1
        if outcome.kind == FAILURE:
            failed += 1
            print(f"\n--- {family} {seed}\n{outcome.message}", flush=True)
    print(f"\n{as_frame(dict(outcomes)).to_string()}")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
