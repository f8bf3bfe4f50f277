"""QGIS opens the GeoPackage as it is meant: styled, and with a symbol for every feature. Skipped where QGIS is not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from geoplan.outputs.exports import export_plan
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import read_plan

SCRIPT = """
import json, sys
from qgis.core import QgsApplication, QgsRenderContext, QgsVectorLayer
from qgis.PyQt.QtXml import QDomDocument
application = QgsApplication([], False)
application.initQgis()
path, found = sys.argv[1], {}
for name in sys.argv[2:]:
    layer = QgsVectorLayer(f"{path}|layername={name}", name, "ogr")
    count, numbers, *_ = layer.listStylesInDatabase()
    styles = [None, *(layer.getStyleFromDatabase(number)[0] for number in numbers[:count])]
    drawn = []
    for style in styles:  # None is what the layer comes up with by itself
        if style is not None:
            document = QDomDocument()
            assert document.setContent(style)[0] and layer.importNamedStyle(document)[0]
        renderer, context = layer.renderer().clone(), QgsRenderContext()
        renderer.startRender(context, layer.fields())
        bare = sum(renderer.originalSymbolForFeature(each, context) is None for each in layer.getFeatures())
        renderer.stopRender(context)
        drawn.append([renderer.type(), bare])
    found[name] = [layer.isValid(), layer.crs().authid(), layer.featureCount(), drawn]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def qgis_python() -> str:
    """Return a Python that knows QGIS: Debian's own, mostly."""
    for python in filter(None, (shutil.which(name) for name in ("/usr/bin/python3", "python3"))):
        done = subprocess.run(
            [python, "-c", "import qgis.core"], env=alone(), capture_output=True, check=False
        )
        if done.returncode == 0:
            return python
    pytest.skip("QGIS with its Python is not here")


def alone() -> dict[str, str]:
    """Return an environment without a screen and without our packages."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "QT_QPA_PLATFORM": "offscreen"}


def test_qgis_draws_every_feature_in_every_style(qgis_python: str, tmp_path: Path) -> None:
    export_plan(read_plan(find_bundled_plan()), tmp_path / "home.gpkg")
    layers = ["districts", "locations", "locations_points", "locations_lines", "locations_areas"]
    done = subprocess.run(
        [qgis_python, "-c", SCRIPT, str(tmp_path / "home.gpkg"), *layers],
        env=alone(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    graduated, categorized = ["graduatedSymbol", 0], ["categorizedSymbol", 0]
    assert found["districts"] == [
        True,
        "EPSG:4326",
        7,
        [graduated, graduated, graduated, graduated, categorized],
    ]
    for name in layers[1:]:
        assert found[name][0] is True
        assert found[name][2] > 0
        assert found[name][3] == [categorized, categorized]
