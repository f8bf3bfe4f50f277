"""Activities: one IATI activity as rows of projects, locations and spending."""

from __future__ import annotations

from collections.abc import Set
from typing import TYPE_CHECKING, Any

from geoplan.sources.standards.iati.activity import Activity, FileReading
from geoplan.sources.standards.iati.parts import read_sectors
from geoplan.sources.standards.iati.places import NAMESPACE
from geoplan.sources.standards.iati.rows import Rows
from geoplan.sources.standards.iati.spending import read_money

if TYPE_CHECKING:
    from lxml import etree


class ActivityReader(FileReading):
    """Reads activities of one file into rows."""

    def read(self, element: etree._Element, rows: Rows, namespaces: Set[str]) -> None:
        """Add the rows of one activity of a file that declares these namespaces."""
        children: dict[Any, list[etree._Element]] = {}
        for child in element[:]:
            tag = child.tag
            if tag in children:
                children[tag].append(child)
            else:
                children[tag] = [child]
        activity = Activity(self, element, children, has_own=NAMESPACE in namespaces)
        activity.sectors = read_sectors(activity, activity.stated("sector"))
        if not activity.project:
            self.notes.blame("an activity has no identifier", "iati-identifier", element.sourceline, "")
            return
        activity.is_again = activity.project in self.seen
        self.seen.add(activity.project)
        if activity.is_again:
            self.notes.counts["activities whose identifier occurred before in the file; left out"] += 1
        else:
            rows.projects.append(activity.describe())
            activity.read_places()
        read_money(activity, rows)
        rows.locations += activity.shared_places()
