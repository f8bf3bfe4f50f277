"""Published standards by their content: names a file for what it is, and says how a plan file reads it.

A file is looked at only after a reader could not use it, so that what is right is never slower.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import zlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from geoplan.model.errors import Problem

_LARGEST = 64_000_000  # bytes of JSON; a larger file is not named
_HEAD = 65_536


class OtherStandard(NamedTuple):
    """A published standard, and the lines of a plan file that read it.

    Parameters
    ----------
    name : str
    lines : str
        ``{file}`` stands for the name of the file.
    saved_as : str
        Table that it must be saved as first; empty if geoplan reads the file itself.
    kind : str
        Kind of source that reads it; empty if geoplan has none.
    """

    name: str
    lines: str
    saved_as: str = ""
    kind: str = ""

    def problem_of(self, path: Path) -> Problem:
        """Return the problem of a file of this standard that was given as something else."""
        is_table = path.suffix.lower() in _TABLES or not self.saved_as
        first = "read it with" if is_table else "save it as CSV, and read that with"
        lines = self.lines.replace("{file}", path.name if is_table else self.saved_as)
        return Problem(path.name, f"this is {self.name}", way_out=f"{first} {lines}")


_TABLES = (".csv", ".tsv", ".xlsx", ".xls", ".ods")
_SOURCE = '[[sources]] kind = "{kind}" file = "{{file}}"'
IATI = OtherStandard("an IATI activity file", _SOURCE.format(kind="iati"), kind="iati")
OC4IDS = OtherStandard("an OC4IDS project package", _SOURCE.format(kind="oc4ids"), kind="oc4ids")
AIDDATA = OtherStandard("a research release of AidData", _SOURCE.format(kind="aiddata"), kind="aiddata")
_ORGANISATIONS = OtherStandard(
    "an IATI organisation file, which has no projects",
    '[[sources]] kind = "iati" and the activity file of the same publisher',
)
_OCDS = OtherStandard(
    "Open Contracting (OCDS) releases or records",
    '[spending] file = "{file}" [spending.columns] project = "ocid", amount = "value/amount", '
    'currency = "value/currency", year = "dateSigned" [spending.constant] kind = "commitment"',
    "contracts.csv",
)
_GRANTS = OtherStandard(
    "360Giving grants",
    '[spending] file = "{file}" [spending.columns] project = "Identifier", amount = "Amount Awarded", '
    'currency = "Currency", year = "Award Date", funder = "Funding Org:Name" [spending.constant] '
    'kind = "commitment"; [locations] file = "{file}" [locations.columns] project = "Identifier", '
    'lat = "Beneficiary Location:0:Latitude", lon = "Beneficiary Location:0:Longitude"',
    "grants.csv",
)
_WORLD_BANK = OtherStandard(
    "World Bank projects",
    '[spending] file = "{file}" [spending.columns] project = "id", amount = "totalamt", '
    'year = "boardapprovaldate" [spending.constant] kind = "commitment", currency = "USD"',
    "projects.csv",
)
_KEYS = {
    _OCDS: {"ocid"},
    _GRANTS: {"grants", "fundingOrganization"},
    _WORLD_BANK: {"boardapprovaldate"},
}
"""Keys that only the documents or entries of a standard have."""

_HEADERS = {_OCDS: {"ocid"}, _GRANTS: {"identifier", "amount awarded"}, _WORLD_BANK: {"boardapprovaldate"}}
"""Headers, in lower case, that only a table of a standard has."""

_FIELDS = {
    "amount": re.compile("value|amount"),
    "year": re.compile("date:fiscal-year|date"),
    "project": re.compile("activity|project"),
}
"""Columns of spending, and the types or names of the fields of a Fiscal Data Package that have them."""


def recognise_standard(content: Any) -> OtherStandard | None:
    """Return the standard of a JSON document, or None if it is not a known one.

    >>> recognise_standard({"grants": []}).name
    '360Giving grants'
    """
    entry = content
    if isinstance(content, list):
        entry = next((one for one in content if isinstance(one, Mapping)), {})
    if not isinstance(entry, Mapping):
        return None
    for standard, keys in _KEYS.items():
        if not keys.isdisjoint(entry):
            return standard
    return _package_of(entry) if entry is content else None


def _package_of(content: Mapping[str, Any]) -> OtherStandard | None:
    """Return the standard of a package, known by what its lists are called."""
    if isinstance(content.get("releases", content.get("records")), list):
        return _OCDS
    projects = content.get("projects")
    if isinstance(projects, Mapping | list):
        return OC4IDS if isinstance(projects, list) else _WORLD_BANK
    if "resources" in content and ("model" in content or "fiscal" in str(content.get("profile", ""))):
        return _fiscal_package(content)
    return None


def _fiscal_package(content: Mapping[str, Any]) -> OtherStandard:
    """Say how the table of a Fiscal Data Package is read, with the headers that the package states."""
    listed = content["resources"] if isinstance(content["resources"], list) else []
    resources = [entry for entry in listed if isinstance(entry, Mapping)]
    path = next((entry["path"] for entry in resources if isinstance(entry.get("path"), str)), "budget.csv")
    schemas = [entry["schema"] for entry in resources if isinstance(entry.get("schema"), Mapping)]
    lists = [schema["fields"] for schema in schemas if isinstance(schema.get("fields"), list)]
    fields = [field for fields in lists for field in fields if isinstance(field, Mapping)]
    mapped = []
    for column, meant in _FIELDS.items():
        named = [
            str(field.get("name"))
            for kind in ("columnType", "name")
            for field in fields
            if meant.match(str(field.get(kind, "")).casefold())
        ]
        mapped.append(f'{column} = "{named[0] if named else "…"}"')
    return OtherStandard(
        "a Fiscal Data Package",
        f'[spending] file = "{path}" [spending.columns] {", ".join(mapped)} [spending.constant] kind = "budget"',
    )


def recognise_headers(headers: Collection[object]) -> OtherStandard | None:
    """Return the standard of a table, known by headers that no other table has."""
    folded = {str(header).strip().casefold() for header in headers}
    return next((standard for standard, own in _HEADERS.items() if own <= folded), None)


def recognise_file(path: Path) -> OtherStandard | None:
    """Return the standard of a file or folder, or None if it is not a known one, or cannot be read."""
    try:
        if path.is_dir():
            return AIDDATA if _is_release(path) else None
        # A pipe would wait for somebody who writes into it.
        if not path.is_file():
            return None
        with path.open("rb") as packed:
            start = packed.read(2)
            packed.seek(0)
            stream = gzip.GzipFile(fileobj=packed) if start == b"\x1f\x8b" else packed
            return _recognise_text(stream.read(_LARGEST))
    except (OSError, EOFError, ValueError, csv.Error, zlib.error, RecursionError):
        return None


def _is_release(folder: Path) -> bool:
    has_places = any((folder / name).is_file() for name in ("locations.csv", "level_1a.csv"))
    return has_places and (folder / "transactions.csv").is_file()


def _recognise_text(text: bytes) -> OtherStandard | None:
    if re.search(rb"<iati-activit(y|ies)\b", text[:_HEAD]):
        return IATI
    if b"<iati-organisations" in text[:_HEAD]:
        return _ORGANISATIONS
    if text[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
        first = text[:_HEAD].decode("utf-8-sig", errors="replace").partition("\n")[0]
        return recognise_headers(next(csv.reader([first]), []))
    # A document that was cut off is not valid JSON.
    return recognise_standard(_first_document(text.decode("utf-8-sig")))


def _first_document(text: str) -> Any:
    """Return the first JSON document of a text, which may have one on each line."""
    return json.JSONDecoder().raw_decode(text.lstrip())[0]
