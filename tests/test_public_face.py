"""The names of ``import geoplan as gp``: they exist, they are listed, and documents name no others."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from shapely import box

import geoplan as gp

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ast.parse((ROOT / "geoplan" / "__init__.py").read_text(encoding="utf-8"))


def documents() -> Iterator[Path]:
    for pattern in ("*.md", "docs/**/*.md", "data/**/*.md", "notebooks/*.ipynb", "geoplan/**/*.py"):
        yield from (path for path in ROOT.glob(pattern) if "node_modules" not in path.parts)


def exists(dotted: str) -> bool:
    """Return whether a name with dots is a module, or a member of one."""
    parts = dotted.split(".")
    for at in range(len(parts), 0, -1):
        try:
            found: Any = import_module(".".join(parts[:at]))
        except ImportError:
            continue
        for part in parts[at:]:
            if part in getattr(found, "__dataclass_fields__", {}):
                return True
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


def test_completion_shows_the_public_names_only() -> None:
    assert set(dir(gp)) == {*gp.__all__, "__version__"}
    assert all(callable(getattr(gp, name)) for name in gp.__all__)


def test_a_name_that_does_not_exist_is_an_error_with_a_suggestion() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'sumarize'. Did you mean 'summarize'\?"):
        gp.sumarize  # type: ignore[attr-defined]  # noqa: B018


def test_type_checkers_see_each_public_name_and_no_way_around() -> None:
    seen = {
        alias.name
        for node in SOURCE.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for line in node.body
        if isinstance(line, ast.ImportFrom)
        for alias in line.names
    }
    assert seen == set(gp.__all__)
    open_to_checkers = [node.name for node in SOURCE.body if isinstance(node, ast.FunctionDef)]
    assert open_to_checkers == ["__dir__"]


def test_documents_name_only_what_exists() -> None:
    missing = set()
    for path in documents():
        text = path.read_text(encoding="utf-8")
        named = {f"geoplan.{name}" for name in re.findall(r"\bgp\.([A-Za-z_]\w*)", text)}
        named |= set(re.findall(r"`(geoplan(?:\.\w+)+)", text)) - {"geoplan.toml"}
        missing |= {(path.name, name) for name in named if not exists(name)}
    assert missing == set()


def test_the_page_on_python_lists_every_public_name() -> None:
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    assert [name for name in gp.__all__ if f"gp.{name}" not in page] == []


SHOWN = {
    "Allocation",
    "Clusters",
    "CoverageReport",
    "Equity",
    "EquityDescription",
    "Ledger",
    "Phasing",
    "Plan",
    "PlanMap",
    "Reconciliation",
    "Siting",
}


def test_every_type_of_result_shows_itself_in_a_notebook_cell() -> None:
    types = {name for name in gp.__all__ if isinstance(getattr(gp, name), type)}
    errors = {name for name in types if issubclass(getattr(gp, name), Exception)}
    assert types - errors - SHOWN == {
        "DistrictMeasure",
        "ExtraLayer",
        "Origin",
        "Problem",
        "Publisher",
    }  # arguments
    assert all(hasattr(getattr(gp, name), "_repr_html_") for name in SHOWN)


def test_results_show_in_a_notebook_cell_with_texts_escaped() -> None:
    ledger = gp.build_ledger(gp.read_plan(gp.find_bundled_plan()))
    balance = gp.reconcile(ledger)[0]._repr_html_()
    assert "budget: balances" in balance and "<td>difference</td>" in balance
    split = gp.allocate(gp.describe_needs(ledger, currency="EUR"), 1000, rule="equal", currency="EUR")
    assert "EUR 1,000.00, the same for every district" in split._repr_html_()
    phasing = gp.phase(ledger, {2030: 10_000_000}, currency="EUR")._repr_html_()
    assert "<th>ceiling</th>" in phasing and "_minor" not in phasing
    squares = gpd.GeoDataFrame(
        {"district": ["<i>A", "B"]}, geometry=[box(0, 0, 2, 1), box(1, 0, 3, 1)], crs="EPSG:4326"
    )
    coverage = gp.check_coverage(squares)._repr_html_()
    assert "1 overlap" in coverage and "&lt;i&gt;A|B" in coverage
    points = gpd.GeoDataFrame(
        {"name": ["<i>A"]}, geometry=gpd.points_from_xy([103.5], [18.4]), crs="EPSG:4326"
    )
    siting = gp.choose_sites(points, points, count=1, within=5)._repr_html_()
    assert "demand served 1 of 1" in siting and "&lt;i&gt;A" in siting
