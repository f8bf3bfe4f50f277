"""The Folium map: geoplan's page as a Folium map, to which an analyst can add layers.

No other module imports Folium.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink
from markupsafe import Markup

from geoplan.outputs.whole_files import write_text
from geoplan.page.block import DataBlock, deflate, encode_data
from geoplan.page.document import (
    content_policy,
    digest,
    fill,
    leaflet_image,
    leaflet_notice,
    leaflet_script,
    leaflet_style,
    page_fonts,
    page_script,
    page_style,
    start_script,
)
from geoplan.plan.basemap import tile_hosts

_NOTEBOOK_HEIGHT = "640px"

_LIBRARIES = {
    r"\$\(": ("jquery",),
    r"\bL\.AwesomeMarkers\b": (
        "bootstrap_css",
        "glyphicons_css",
        "awesome_markers_font_css",
        "awesome_markers",
        "awesome_markers_css",
        "awesome_rotate_css",
    ),
}
"""What folium links into every map, by the traces that layers needing it leave in the script."""


class Verbatim(Element):
    """Text that is rendered unchanged.

    branca reads the output of an element as a template again. Text from the data must never be read as a template.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **kwargs: Any) -> str:
        """Return the text."""
        return self.text


_BEFORE_STYLE = ".page { display: none }"
"""Nothing of the page is shown before its style is unpacked."""


class PageFigure(Figure):
    """The HTML document of a `PlanMap`, with its content security policy.

    Parameters
    ----------
    title : str
    """

    def __init__(self, title: str) -> None:
        super().__init__(height=_NOTEBOOK_HEIGHT, title=title)

    def render(self, **kwargs: Any) -> str:
        """Return the document as HTML."""
        for child in list(self._children.values()):
            child.render(**kwargs)
        script = self.script.render(**kwargs).strip()
        own = self.is_own
        if not own:
            self._link_libraries(script)
        header, body = self.header.render(**kwargs), self.html.render(**kwargs)
        html = f"{header}{body}<script>{script}</script>"
        maps = [child for child in self._children.values() if isinstance(child, PlanMap)]
        policy = content_policy(
            html,
            own=own,
            scripts=[script for one in maps for script in one.packed_scripts],
            images=[host for one in maps for host in one.tile_hosts],
        )
        text = fill(
            "document.html",
            title=_encodable(self.title or ""),
            policy=policy,
            **_markup(header=header, body=body, script=script),
        )
        return str(text).replace("\r\n", "\n")

    @property
    def is_own(self) -> bool:
        """Return whether the document contains only one `PlanMap` and nothing else."""
        children = list(self._children.values())
        return len(children) == 1 and isinstance(children[0], PlanMap) and not children[0].has_added_layers

    def _link_libraries(self, script: str) -> None:
        """Link only those of Folium's default libraries that added layers use."""
        wanted = {name for trace, names in _LIBRARIES.items() if re.search(trace, script) for name in names}
        for name, url in folium.Map.default_js:
            if name in wanted:
                self.header.add_child(JavascriptLink(url), name=name)
        for name, url in folium.Map.default_css:
            if name in wanted:
                self.header.add_child(CssLink(url), name=name)


class PlanMap(folium.Map):
    """The map of a plan.

    Leaflet and the page's own script and style are inside the page, so nothing is linked. Each map has its own lists
    of links: Folium keeps them on the class, where two maps in a notebook would share them.

    Parameters
    ----------
    data : dict
        From `geoplan.page.page_data.page_data`.
    compress : bool
        Whether to compress the data and scripts in the page.
    """

    def __init__(self, data: dict[str, Any], *, compress: bool = True) -> None:
        self.data = data
        self.block: DataBlock = encode_data(data, compress=compress)
        self._packs_scripts = compress
        self._page_name = f"plan_map_{digest(self.block.text)}"
        super().__init__(location=(0.0, 0.0), zoom_start=2, tiles=None)
        self.default_js = []
        self.default_css = []
        PageFigure(data["title"]).add_child(self)

    def get_name(self) -> str:
        """Return the name of the map in the page; it depends only on the data."""
        return self._page_name

    @property
    def has_added_layers(self) -> bool:
        """Whether the map has added layers that are not geoplan's."""
        return bool(self._children or self.default_js or self.default_css)

    @property
    def tile_hosts(self) -> list[str]:
        """Hosts of the basemap; the page contacts no other hosts."""
        basemap = self.data["basemap"]
        return [] if basemap is None else tile_hosts(basemap)

    def to_html(self) -> str:
        """Return the page as the text of one HTML file; the same plan gives the same bytes."""
        text: str = self.get_root().render()
        return text

    def save(self, path: str | Path) -> Path:  # type: ignore[override]
        """Write the page; the file appears whole or not at all.

        Parameters
        ----------
        path : str or Path
            File to write, such as ``map.html``.

        Raises
        ------
        UsageError
            The file cannot be written.
        """
        target = Path(path)
        write_text(target, self.to_html())
        return target

    def get_bounds(self) -> list[list[float | None]]:
        """Return the south-west and north-east corners of the districts and added layers, in degrees."""
        bounds = super().get_bounds()
        grid, arcs = self.data["grid"], self.data["districts"]["arcs"]
        if not arcs:
            return bounds
        cells = [_extent(arc) for arc in arcs]
        west, south = min(c[0] for c in cells), min(c[1] for c in cells)
        east, north = max(c[2] for c in cells), max(c[3] for c in cells)
        own = [
            (grid["south"] + grid["step"] * y, grid["west"] + grid["step"] * x)
            for x, y in ((west, south), (east, north))
        ]
        low: list[float | None] = [_known(min, a, b) for a, b in zip(own[0], bounds[0], strict=True)]
        high: list[float | None] = [_known(max, a, b) for a, b in zip(own[1], bounds[1], strict=True)]
        return [low, high]

    def render(self, **kwargs: Any) -> str:
        """Add the parts of the page to the document, then the parts of added layers."""
        figure = self.get_root()
        if not isinstance(figure, Figure):
            raise TypeError("a map can be rendered only inside a branca Figure")
        packed, alone = self.packed_scripts, self._is_alone()
        own_style = _BEFORE_STYLE if packed and alone else page_style()
        head = fill(
            "head.html",
            **_markup(
                style="\n".join([leaflet_style(images=not alone), page_fonts(), own_style]),
                leaflet="" if packed and alone else leaflet_script(),
                notice=leaflet_notice(),
                start=start_script(),
            ),
        )
        body = fill(
            "body.html",
            map_id=self.get_name(),
            encoding=self.block.encoding,
            packed=bool(packed),
            no_script=self._in_all_languages("no_script"),
            failed=self._in_all_languages("failed"),
            **_markup(block=self.block.text, script=deflate(packed[0].encode()) if packed else page_script()),
        )
        figure.header.add_child(Verbatim(str(head)), name="plan_map_head")
        figure.html.add_child(Verbatim(str(body)), name=self.get_name())
        figure.script.add_child(Verbatim(self._script()), name=self.get_name())
        for name, url in self.default_js:
            figure.header.add_child(JavascriptLink(url), name=name)
        for name, url in self.default_css:
            figure.header.add_child(CssLink(url), name=name)
        for child in list(self._children.values()):
            child.render(**kwargs)
        return ""  # the output of a map is in its figure

    @property
    def packed_scripts(self) -> list[str]:
        """Scripts that are compressed: the page's own, with Leaflet and the style unless added layers need these."""
        if not self._packs_scripts:
            return []
        own = page_script()
        if not self._is_alone():
            return [own]
        return [
            f"{leaflet_script()}\n{own}\ngeoplan.useStyle({json.dumps(page_style(), ensure_ascii=False)})"
        ]

    def _is_alone(self) -> bool:
        figure = self.get_root()
        return isinstance(figure, PageFigure) and figure.is_own

    def _in_all_languages(self, key: str) -> dict[str, str]:
        """Return a message in all languages, for readers whose browser runs no scripts."""
        return {language: catalogue[key] for language, catalogue in self.data["messages"].items()}

    def _script(self) -> str:
        """Return the statement that creates the Leaflet map under the name that added layers use."""
        images = {
            "iconUrl": leaflet_image("marker-icon.png"),
            "iconRetinaUrl": leaflet_image("marker-icon-2x.png"),
            "shadowUrl": leaflet_image("marker-shadow.png"),
        }
        icons = f"geoplan.useMarkerImages({json.dumps(images)});\n" if self.has_added_layers else ""
        return f"{icons}var {self.get_name()} = geoplan.startPage({json.dumps(self.get_name())});\n"


def _markup(**texts: str) -> dict[str, Markup]:
    """Mark texts as safe HTML: geoplan's assets, escaped data, and the output of branca."""
    return {name: Markup(_encodable(text)) for name, text in texts.items()}


def _encodable(text: str) -> str:
    """Replace characters that UTF-8 cannot encode (lone surrogates)."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _extent(arc: list[int]) -> tuple[int, int, int, int]:
    """Return west, south, east and north of an arc, in grid cells."""
    x, y = arc[0], arc[1]
    west, south, east, north = x, y, x, y
    for dx, dy in zip(arc[2::2], arc[3::2], strict=True):
        x, y = x + dx, y + dy
        west, south, east, north = min(west, x), min(south, y), max(east, x), max(north, y)
    return west, south, east, north


def _known(choose: Any, own: float, other: float | None) -> float:
    return own if other is None else float(choose(own, other))
