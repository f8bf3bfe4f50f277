"""The document: assets inside the page, and its content security policy."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from geoplan.text.fonts import font_faces

_INLINE = re.compile(r"<(script|style)\b([^>]*)>(.*?)</\1\s*>", re.DOTALL | re.IGNORECASE)
_DATA_TYPE = re.compile(r"\btype=\"(?:application/json|text/plain)\"")
_LINKED = re.compile(
    r"<(?:script|link|img)\b[^>]*?\b(?:src|href)\s*=\s*[\"']?(https?://[^\"'\s>]+)", re.IGNORECASE
)


_RULE = re.compile(r"([^{}]+)(\{[^{}]*\})")
_UNUSED = re.compile(r"popup|tooltip|control-layers|attribution|div-icon|vml|zoom-box|default-icon")
"""In the selectors of Leaflet's style that only layers of an analyst need."""


def digest(text: str) -> str:
    """Return a short hash of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


# --- assets ---------------------------------------------------------------------------------


def _asset(*path: str) -> Any:
    return files("geoplan.page").joinpath("assets", *path)


def _text(*path: str) -> str:
    return str(_asset(*path).read_text(encoding="utf-8")).replace("\r\n", "\n")


def _data_uri(content: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


@cache
def leaflet_script() -> str:
    """Return Leaflet's script."""
    return _text("bundle", "leaflet.js").strip()


def leaflet_notice() -> str:
    """Return Leaflet's copyright notice, which every page contains as readable text."""
    notice = re.search(r"@preserve(.*?)\*/", leaflet_script(), re.DOTALL)
    if notice is None:
        raise ValueError("leaflet.js has lost its notice of copyright: build the bundle again")
    return " ".join(notice[1].replace("*", " ").split())


@cache
def leaflet_style(*, images: bool) -> str:
    """Return Leaflet's style, with or without the images of its markers and layer control."""

    def inline(found: re.Match[str]) -> str:
        return f"url({leaflet_image(found[1])})" if images else "none"

    def without_unused(rule: re.Match[str]) -> str:
        selectors = [selector for selector in rule[1].split(",") if not _UNUSED.search(selector)]
        return f"{','.join(selectors)}{rule[2]}" if selectors else ""

    style = _text("bundle", "leaflet.css")
    if not images:
        style = _RULE.sub(without_unused, style)
    return re.sub(r"url\(\"?images/([\w.-]+\.png)\"?\)", inline, style).strip()


def leaflet_image(name: str) -> str:
    """Return one of Leaflet's images as a data URI."""
    return _data_uri(_asset("bundle", "images", name).read_bytes(), "image/png")


@cache
def start_script() -> str:
    """Return the script that creates the Leaflet map at once and opens the page when the data is ready."""
    return _text("bundle", "start.js").strip()


@cache
def page_script() -> str:
    """Return the page's own script; its sources are in ``frontend``."""
    return _text("bundle", "page.js").strip()


@cache
def page_style() -> str:
    """Return the page's own style, without its fonts."""
    return _text("bundle", "page.css").strip()


@cache
def page_fonts() -> str:
    """Return the rules that hold the page's fonts."""
    return font_faces("Page Sans", "Page Serif", "Page Lao")


@cache
def templates() -> Environment:
    """Return the page's templates; values are escaped unless they are `Markup`."""
    loader = PackageLoader("geoplan.page", "assets/template")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)


def fill(template: str, **values: Any) -> Markup:
    """Fill one of the page's templates."""
    return Markup(templates().get_template(template).render(**values))


# --- policy ---------------------------------------------------------------------------------


def content_policy(
    html: str, *, own: bool = True, scripts: Iterable[str] = (), images: Iterable[str] = ()
) -> str:
    """Return the content security policy of a document, which allows only its own inline blocks.

    Parameters
    ----------
    html : str
        All parts of the document with scripts, styles or links.
    own : bool
        Whether the whole document is geoplan's. Layers that an analyst adds can style elements inline and load tiles
        and data. Then all styles are allowed, and images and data over https; scripts are still limited to the
        inline blocks of the document and the linked hosts.
    scripts : iterable of str
        Further scripts to allow: those that are compressed in the page.
    images : iterable of str
        Hosts to allow for images: those of a basemap.

    Returns
    -------
    str
    """
    found, styles = _inline_hashes(html)
    hashed = [*found, *(_hash(script) for script in scripts)]
    hosts = sorted({f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, _LINKED.findall(html))})
    if own:
        rules = [_rule("script-src", hashed), _rule("style-src", styles)]
        rules += [_rule("img-src", ["data:", *images]), "font-src data:"]
    else:
        rules = [
            _rule("script-src", [*hashed, *hosts]),
            _rule("style-src", ["'unsafe-inline'", *hosts]),
            _rule("img-src", ["https:", "data:", "blob:", *images]),
            "font-src https: data:",
            "connect-src https: data: blob:",
        ]
    return "; ".join(["default-src 'none'", *rules, "base-uri 'none'", "form-action 'none'"])


def _rule(name: str, sources: Iterable[str]) -> str:
    return " ".join([name, *(sources or ["'none'"])])


def _inline_hashes(html: str) -> tuple[list[str], list[str]]:
    """Return the hashes of inline scripts (without data blocks, which do not run) and of inline styles."""
    found: dict[str, list[str]] = {"script": [], "style": []}
    for element, attributes, content in _INLINE.findall(html):
        runs = not _DATA_TYPE.search(attributes) and not re.search(r"\bsrc\s*=", attributes)
        if runs:
            found[element.lower()].append(_hash(content))
    return found["script"], found["style"]


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode('ascii')}'"
