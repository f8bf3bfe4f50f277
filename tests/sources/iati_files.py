"""Small IATI files, and one version of the standard rewritten as the other."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

PLAIN = """<?xml version="1.0" encoding="UTF-8"?>
<iati-activities version="2.03">
<iati-activity default-currency="EUR" xml:lang="en">
  <iati-identifier> XM-1-A </iati-identifier>
  <title><narrative>Road</narrative><narrative xml:lang="fr">Route</narrative></title>
  <participating-org role="1"><narrative>Bank</narrative></participating-org>
  <participating-org role="1"><narrative>Agency</narrative></participating-org>
  <participating-org role="4"><narrative>Builder</narrative></participating-org>
  <activity-status code="4"/>
  <activity-date type="1" iso-date="2009-01-01"/>
  <activity-date type="2" iso-date="2010-01-01"/>
  <recipient-country code="LA" percentage="60.5"/>
  <recipient-country code="VN" percentage="39.5"/>
  <location ref="one">
    <name><narrative>Ban One</narrative></name>
    <point srsName="http://www.opengis.net/def/crs/EPSG/0/4326"><pos>0.5 1.5</pos></point>
    <exactness code="1"/><location-class code="2"/>
  </location>
  <sector code="21020" percentage="33.33" vocabulary="1"/>
  <sector code="14030" percentage="33.33" vocabulary="1"/>
  <sector code="11220" percentage="33.34" vocabulary="1"/>
  <sector code="X" percentage="100" vocabulary="99"/>
  <transaction>
    <transaction-type code="2"/><transaction-date iso-date="2010-05-01"/>
    <value value-date="2010-06-01">100.00</value>
  </transaction>
  <transaction>
    <transaction-type code="1"/><transaction-date iso-date="2010-05-01"/>
    <value value-date="2010-06-01">70.00</value>
  </transaction>
</iati-activity>
</iati-activities>
"""

ACTIVITY = """<iati-activity default-currency="EUR" xml:lang="en">
<iati-identifier>{code}</iati-identifier><title><narrative>{code}</narrative></title>{body}</iati-activity>"""


def wrapped(*bodies: str, version: str = "2.03") -> str:
    """Return a file with one activity for each body: P1, P2 and so on."""
    activities = "\n".join(ACTIVITY.format(code=f"P{at}", body=body) for at, body in enumerate(bodies, 1))
    return f'<iati-activities version="{version}">\n{activities}\n</iati-activities>\n'


def paid(
    amount: str, *, kind: str = "3", day: str = "2012-03-01", more: str = "", currency: str = "EUR"
) -> str:
    """Return one transaction."""
    return (
        f'<transaction><transaction-type code="{kind}"/><transaction-date iso-date="{day}"/>'
        f'<value currency="{currency}" value-date="{day}">{amount}</value>{more}</transaction>'
    )


def as_version_1(source: Path, target: Path) -> None:
    """Rewrite a version 2 file in the words of version 1.04, from the standard's list of what changed."""
    tree = etree.parse(str(source))
    root = tree.getroot()
    root.set("version", "1.04")
    for narrative in list(root.iter("narrative")):
        parent = narrative.getparent()
        if parent.tag == "title":
            parent.text = narrative.text
        else:
            parent.text = narrative.text
        parent.remove(narrative)
    words = {"2": "C", "3": "D", "4": "E"}
    for kind in root.iter("transaction-type"):
        kind.set("code", words[kind.get("code")])
    for organisation in root.iter("participating-org"):
        organisation.set("role", {"1": "Funding", "4": "Implementing"}[organisation.get("role")])
    names = {"1": "start-planned", "2": "start-actual", "3": "end-planned", "4": "end-actual"}
    for date in root.iter("activity-date"):
        date.set("type", names[date.get("type")])
    for sector in root.iter("sector"):
        sector.set("vocabulary", {"1": "DAC", "2": "DAC-3"}[sector.get("vocabulary")])
    for status in root.iter("activity-status"):
        status.text = {"1": "Pipeline/identification", "2": "Implementation", "4": "Post-completion"}[
            status.attrib.pop("code")
        ]
    for point in list(root.iter("point")):
        latitude, longitude = point.findtext("pos").split()
        point.tag = "coordinates"
        point.attrib.clear()
        point.remove(point[0])
        point.set("latitude", latitude)
        point.set("longitude", longitude)
    tree.write(str(target), encoding="utf-8", xml_declaration=True)
