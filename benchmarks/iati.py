"""IATI activities → the tables, against ``lxml.iterparse`` that does nothing with them.

    python benchmarks/iati.py [--megabytes 20 200] [--repeat 3]

Each file is generated (seed below) and read by both, each in a process of its own, so that the peak of
its memory is its own. The sum of all amounts is compared with one taken straight from the XML.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from importlib import import_module
from pathlib import Path

SEED = 20095
WORDS = [
    "rural",
    "road",
    "school",
    "water",
    "clinic",
    "credit",
    "district",
    "planning",
    "market",
    "bridge",
    "training",
    "support",
    "phase",
]


def write_file(path: Path, megabytes: float) -> None:
    """Write activities until the file has the size asked for."""
    source = random.Random(SEED)
    with path.open("w", encoding="utf-8") as stream:
        stream.write('<?xml version="1.0" encoding="UTF-8"?>\n<iati-activities version="2.03">\n')
        number = 0
        while stream.tell() < megabytes * 1_000_000:
            number += 1
            stream.write(activity(number, source))
        stream.write("</iati-activities>\n")


def activity(number: int, source: random.Random) -> str:
    """Write one activity: text, three places, two sectors in a fifth of cases, budgets and transactions."""
    text = " ".join(source.choices(WORDS, k=60))
    places = "".join(
        f'<location ref="{at}"><location-id code="{source.randrange(10**7)}" vocabulary="G1"/>'
        f"<name><narrative>Ban {source.choice(WORDS)} {at}</narrative></name>"
        f'<point srsName="http://www.opengis.net/def/crs/EPSG/0/4326"><pos>{source.uniform(14, 22):.5f} '
        f'{source.uniform(100, 107):.5f}</pos></point><exactness code="1"/><location-class code="2"/></location>\n'
        for at in range(3)
    )
    sectors = '<sector code="31120" percentage="100" vocabulary="1"/>'
    if number % 5 == 0:
        sectors = '<sector code="31120" percentage="62.5" vocabulary="1"/><sector code="11220" percentage="37.5" vocabulary="1"/>'
    budgets = "".join(
        f'<budget type="1" status="1"><period-start iso-date="{year}-01-01"/><period-end iso-date="{year}-12-31"/>'
        f'<value currency="USD" value-date="{year}-01-01">{source.uniform(1e3, 1e6):.2f}</value></budget>\n'
        for year in (2010, 2011)
    )
    transactions = "".join(
        f'<transaction><transaction-type code="{source.choice("234")}"/><transaction-date iso-date="{2009 + at}-03-01"/>'
        f'<value currency="USD" value-date="{2009 + at}-03-01">{source.uniform(1e3, 1e6):.2f}</value>'
        f"<description><narrative>{' '.join(source.choices(WORDS, k=8))}</narrative></description>"
        f'<provider-org ref="XM-{at}"><narrative>Funder {at}</narrative></provider-org>'
        f"<receiver-org><narrative>Province</narrative></receiver-org></transaction>\n"
        for at in range(6)
    )
    return (
        f'<iati-activity default-currency="USD" xml:lang="en" last-updated-datetime="2020-01-01T00:00:00">\n'
        f"<iati-identifier>XM-TEST-{number}</iati-identifier><title><narrative>{text[:60]}</narrative></title>\n"
        f"<description><narrative>{text}</narrative></description>\n"
        f'<participating-org role="1"><narrative>Funder {number % 40}</narrative></participating-org>\n'
        f'<activity-status code="2"/><activity-date type="2" iso-date="2009-01-01"/>\n'
        f"{places}{sectors}\n{budgets}{transactions}</iati-activity>\n"
    )


def run_nothing(path: Path) -> dict[str, object]:
    """Parse the file and forget each activity."""
    from lxml import etree

    start = time.process_time()
    for _, element in etree.iterparse(str(path), tag="iati-activity"):
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    return {"seconds": time.process_time() - start}


def run_geoplan(path: Path) -> dict[str, object]:
    """Read the file as tables; what the libraries take to be imported is counted on neither side."""
    for name in ("iso4217", "lxml.etree", "pyarrow.compute", "shapely"):
        import_module(name)
    from geoplan.sources.origins import Origin, Surroundings
    from geoplan.sources.standards.iati import read_activities

    start = time.process_time()
    bundle = read_activities(Origin("iati", path), Surroundings())
    seconds = time.process_time() - start
    assert not bundle.problems, bundle.problems
    spending = bundle.frames["spending"]
    return {"seconds": seconds, "rows": len(spending), "minor": int(spending["amount_minor"].sum())}


def run_total(path: Path) -> dict[str, object]:
    """Sum the values straight from the XML."""
    from lxml import etree

    total, count = Decimal(0), 0
    for _, element in etree.iterparse(str(path), tag="value"):
        total, count = total + Decimal(element.text), count + 1
        element.clear()
    return {"minor": int(total * 100), "rows": count}


RUNS = {"nothing": run_nothing, "geoplan": run_geoplan, "total": run_total}


def measure(name: str, path: Path) -> dict[str, float]:
    """Run one of them in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--run", name, str(path)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, nargs="+", default=[20, 200])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        name, path = given.run
        answer = RUNS[name](Path(path))
        answer["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(answer))
        return
    for size in given.megabytes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "activities.xml"
            write_file(path, size)
            pairs = [(measure("nothing", path), measure("geoplan", path)) for _ in range(given.repeat)]
            total = measure("total", path)
            ours = pairs[0][1]
            assert ours["minor"] == total["minor"], (ours, total)
            nothing, geoplan = (min(pair[at]["seconds"] for pair in pairs) for at in (0, 1))
            print(
                f"{size:g} MB, {total['rows']:,} amounts, {ours['rows']:,} rows: iterparse {nothing:.2f} s, "
                f"{pairs[0][0]['peak_mib']:.0f} MiB; geoplan {geoplan:.2f} s ({geoplan / nothing:.1f}×), "
                f"{ours['peak_mib']:.0f} MiB"
            )


if __name__ == "__main__":
    main()
