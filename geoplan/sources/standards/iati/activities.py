"""Activities: one IATI activity as rows of projects, locations and spending."""

from __future__ import annotations

from collections.abc import Set
from typing import TYPE_CHECKING, Any

from geoplan.model.errors import show_value
from geoplan.sources.standards.iati.activity import Activity, FileReading
from geoplan.sources.standards.iati.codes import VERSIONS
from geoplan.sources.standards.iati.parts import read_sectors
from geoplan.sources.standards.iati.places import NAMESPACE
from geoplan.sources.standards.iati.rows import Rows
from geoplan.sources.standards.iati.spending import read_money

if TYPE_CHECKING:
    from lxml import etree


class ActivityReader(FileReading):
    """Reads activities of one file into rows."""

    def read(self, element: etree._Element, rows: Rows, namespaces: Set[str]) -> None:
        """Add the rows of one activity; ``namespaces`` are those that its file declares."""
        children: dict[Any, list[etree._Element]] = {}
        for child in element[:]:
            tag = child.tag
            if tag in children:
                children[tag].append(child)
            else:
                children[tag] = [child]
        activity = Activity(self, element, children, has_own=NAMESPACE in namespaces)
        activity.sectors = read_sectors(activity, activity.stated("sector"))
        self.count += 1
        if self.count == 1:
            self._check_version(element.getparent())
        if not activity.project:
            if self.refuses:
                self.notes.blame("an activity without identifier", "iati-identifier", element.sourceline, "")
                return
            self.notes.counts["activities without iati-identifier; left out"] += 1
            activity.not_counted = "the activity has no iati-identifier"
        elif activity.project in self.seen:
            self.notes.counts["activities whose identifier occurred before in the file; left out"] += 1
            activity.not_counted = "the identifier of the activity occurred before in the file"
        else:
            self.seen.add(activity.project)
            self.relate(activity)
            rows.projects.append(activity.describe())
            activity.read_places()
        read_money(activity, rows)
        rows.locations += activity.shared_places()

    def _check_version(self, root: etree._Element | None) -> None:
        """Note a version that is newer than geoplan knows."""
        version = (root.get("version") or "").strip() if root is not None else ""
        if version and version not in VERSIONS:
            self.notes.counts[
                f"unknown minor version {show_value(version)}; elements new in it are ignored"
            ] += 1
