"""Run geoplan as ``python -m geoplan``."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the Python that macOS ships is 3.9, and knows no later grammar
    found = ".".join(map(str, sys.version_info[:2]))
    raise SystemExit(
        f"geoplan needs Python 3.11 or newer, and this is {found}: install a newer one from python.org"
    )

from geoplan.cli import main

if __name__ == "__main__":
    main()
