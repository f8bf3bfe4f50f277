"""Basemaps: tiles from a server on the network, drawn under the districts when the reader is online."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from geoplan.model.errors import UsageError, show_value

NO_BASEMAP = "none"
"""Stands for no basemap where one could be named."""

_ASKED_BY_THE_MAP = ("x", "y", "z", "s", "r")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_WEB_MERCATOR = ("EPSG:3857", "EPSG3857")


def name_basemap(wanted: str | Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return a provider, given by name or as a mapping; None for an empty name or ``none``."""
    if not isinstance(wanted, str):
        return wanted
    return find_basemap(wanted) if wanted and wanted.casefold() != NO_BASEMAP else None


def find_basemap(name: str) -> Mapping[str, Any]:
    """Find the provider of a basemap by its name.

    Parameters
    ----------
    name : str
        Name in xyzservices, such as ``OpenStreetMap.Mapnik``; case, dots and spaces do not matter.

    Returns
    -------
    xyzservices.TileProvider

    Raises
    ------
    UsageError
        The provider does not exist or cannot be used (see `describe_basemap`).
    """
    import xyzservices.providers
    from rapidfuzz import process

    try:
        provider: Mapping[str, Any] = xyzservices.providers.query_name(name)
    except ValueError:
        known = [each for each, found in xyzservices.providers.flatten().items() if not _faults(found)]
        close = [each for each, _, _ in process.extract(name, known, limit=3, score_cutoff=75)]
        advice = f"did you mean {', '.join(close)}?" if close else "use one such as OpenStreetMap.Mapnik"
        raise UsageError(
            f"unknown basemap {show_value(name)}: {advice} "
            "(the names are listed at https://xyzservices.readthedocs.io)"
        ) from None
    describe_basemap(provider)
    return provider


def describe_basemap(provider: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a basemap for the data of the page.

    Parameters
    ----------
    provider : xyzservices.TileProvider
        Or another mapping with ``name``, ``attribution`` and ``url``: a template with ``{z}``, ``{x}``, ``{y}`` and
        other placeholders that the provider fills in. Optional: ``subdomains``, ``min_zoom``, ``max_zoom``,
        ``bounds`` (south-west and north-east corner, degrees), ``tileSize`` and ``zoomOffset``.

    Returns
    -------
    dict
        ``name``, ``attribution`` as text, ``url`` with only the placeholders of the tile left,
        ``subdomains``, and ``options`` of Leaflet's tile layer.

    Raises
    ------
    UsageError
        The provider needs a key that is missing, is not in Web Mercator, is known to be broken, or its address is
        not a template with http or https.
    """
    faults = _faults(provider)
    name = str(provider.get("name", "") or "basemap")
    if faults:
        raise UsageError(f"the basemap {show_value(name)} {faults[0]}")
    numbers = {
        "minNativeZoom": provider.get("min_zoom"),
        "maxNativeZoom": provider.get("max_zoom", 18),
        "tileSize": provider.get("tileSize"),
        "zoomOffset": provider.get("zoomOffset"),
        "bounds": provider.get("bounds"),
        "tms": provider.get("tms"),
    }
    return {
        "name": name,
        "attribution": _as_text(str(provider.get("attribution", "") or "")),
        "url": _fill(provider),
        "subdomains": _subdomains(provider),
        "options": {key: value for key, value in numbers.items() if value is not None},
    }


def tile_hosts(basemap: Mapping[str, Any]) -> list[str]:
    """Return the hosts of the tiles of a described basemap, each as ``https://host``."""
    urls = map(urlsplit, _addresses(basemap["url"], basemap["subdomains"]))
    return sorted({f"{url.scheme}://{url.netloc}" for url in urls})


def _fill(provider: Mapping[str, Any]) -> str:
    """Return the address with the provider's own values filled in."""

    def value(found: re.Match[str]) -> str:
        return found[0] if found[1] in _ASKED_BY_THE_MAP else str(provider[found[1]])

    return _PLACEHOLDER.sub(value, str(provider["url"]))


def _faults(provider: Mapping[str, Any]) -> list[str]:
    """List the reasons why a provider cannot be shown; empty if it can."""
    url = str(provider.get("url", ""))
    open_ones = [key for key in dict.fromkeys(_PLACEHOLDER.findall(url)) if key not in _ASKED_BY_THE_MAP]
    unfilled = [key for key in open_ones if key not in provider or "<insert" in str(provider[key])]
    checks = {
        "has no address with {z}, {x} and {y}": not all(f"{{{axis}}}" in url for axis in "zxy"),
        "is known to be out of order": provider.get("status") == "broken",
        "is not in Web Mercator, which the map needs": str(provider.get("crs", _WEB_MERCATOR[0]))
        not in _WEB_MERCATOR,
        f"needs a key ({', '.join(unfilled)}): take one without, such as OpenStreetMap.Mapnik, or give "
        "build_map the provider with its key, provider(KEY=…), in Python": bool(unfilled),
    }
    faults = [fault for fault, holds in checks.items() if holds]
    if not faults and not all(map(_is_plain_address, _addresses(_fill(provider), _subdomains(provider)))):
        faults.append("has an address that is neither http nor https, or that names no single host")
    return faults


def _subdomains(provider: Mapping[str, Any]) -> list[str]:
    """Return the values for ``{s}`` in the address; empty if the address does not use it."""
    given = provider.get("subdomains", "abc")
    return [str(each) for each in given] if "{s}" in str(provider["url"]) else []


def _addresses(url: str, subdomains: Sequence[str]) -> list[str]:
    return [url.replace("{s}", each) for each in subdomains or [""]]


def _is_plain_address(url: str) -> bool:
    """Return whether a content security policy can name the host of an address."""
    parts = urlsplit(url)
    host = re.fullmatch(r"[\w.-]+(:\d+)?|\[[0-9a-fA-F:]+\](:\d+)?", parts.netloc)
    return parts.scheme in ("http", "https") and host is not None


def _as_text(attribution: str) -> str:
    """Return an attribution with typographic signs, such as © for (C)."""
    signs = {"(C)": "©", " -- ": " – "}
    for letters, sign in signs.items():
        attribution = attribution.replace(letters, sign)
    return " ".join(attribution.split())
