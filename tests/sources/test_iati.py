"""IATI activity files: versions, languages, percentages, hostile and broken XML."""

from __future__ import annotations

import gzip
import re
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from geoplan.errors import InputError
from geoplan.sources.iati import Choice, read_activities

V2 = """<?xml version="1.0" encoding="UTF-8"?>
<iati-activities version="2.03">
<iati-activity default-currency="EUR" xml:lang="en">
<iati-identifier> XM-1 </iati-identifier>
<title><narrative>Water</narrative><narrative xml:lang="fr">Eau &amp; vie</narrative></title>
<participating-org role="1"><narrative>Luxembourg</narrative></participating-org>
<participating-org role="4"><narrative>Province</narrative></participating-org>
<participating-org role="1" ref="XM-DAC-1"/>
<activity-status code="3"/>
<activity-date type="1" iso-date="2009-10-01"/><activity-date type="2" iso-date="2010-01-15"/>
<activity-date type="3" iso-date="2016-06-30"/>
<recipient-country code="LA" percentage="75"/><recipient-country code="KH" percentage="25"/>
<location ref="a"><location-id vocabulary="G1" code="1655559"/><name><narrative>Paksan</narrative></name>
<administrative vocabulary="A1" level="1" code="18"/><administrative vocabulary="A1" level="2" code="1801"/>
<point srsName="http://www.opengis.net/def/crs/EPSG/0/4326"><pos>18.38 103.65</pos></point>
<exactness code="2"/><location-class code="1"/></location>
<location ref="a"><location-id vocabulary="G1" code="1655559"/></location>
<sector vocabulary="1" code="14030" percentage="66.6"/><sector vocabulary="1" code="11220" percentage="33.4"/>
<sector vocabulary="99" code="X" percentage="100"><narrative>Ours</narrative></sector>
<budget type="1" status="1"><period-start iso-date="2010-01-01"/><period-end iso-date="2010-12-31"/>
<value value-date="2010-01-01">100.00</value></budget>
<budget type="2" status="1"><period-start iso-date="2010-01-01"/><period-end iso-date="2010-12-31"/>
<value currency="USD" value-date="2010-01-01">10.01</value></budget>
<transaction><transaction-type code="3"/><transaction-date iso-date="2011-05-01"/>
<value value-date="2011-05-02"> 7.005 </value>
<provider-org><narrative>Bank</narrative></provider-org><sector vocabulary="1" code="31120"/></transaction>
<transaction><transaction-type code="11"/><transaction-date iso-date="2011-05-01"/><value>5</value></transaction>
<planned-disbursement><period-start iso-date="2010-01-01"/><value>3</value></planned-disbursement>
</iati-activity>
</iati-activities>
"""
V1 = """<iati-activities version="1.04">
<iati-activity default-currency="EUR">
<iati-identifier>XM-1</iati-identifier>
<title xml:lang="en">Water</title><title xml:lang="fr">Eau &amp; vie</title>
<participating-org role="Funding">Luxembourg</participating-org>
<activity-status code="2">Implementation</activity-status>
<activity-date type="start-actual" iso-date="2010-01-15"/>
<location><name>Paksan</name><coordinates latitude="18.38" longitude="103.65" precision="3"/>
<administrative country="LA" adm1="18" adm2="1801"/></location>
<sector vocabulary="DAC" code="14030" percentage="100"/>
<transaction><value value-date="2011-05-02">7.00</value><transaction-type code="D">Disbursement</transaction-type>
<transaction-date iso-date="2011-05-01"/></transaction>
</iati-activity></iati-activities>
"""


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str, name: str = "activities.xml") -> Path:
        path = tmp_path / name
        data = text.encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write


def records(raw):
    return raw.table.astype(object).where(raw.table.notna(), None).to_dict("records")


def test_an_activity_becomes_rows_of_three_tables(write):
    tables = read_activities(write(V2))
    (project,) = records(tables["projects"])
    assert project == {
        "project": "XM-1",
        "title": "Water",
        "sector": "14030 Water supply and sanitation",
        "status": "Finalisation",
        "start": "2010-01-15",
        "end": "2016-06-30",
        "component": None,
        "funder": "Luxembourg|XM-DAC-1",
    }
    one, two = records(tables["locations"])
    assert (one["location"], one["name"], one["district"], one["province"], one["admin_level"]) == (
        "1655559", "Paksan", "1801", "18", "2")  # fmt: skip
    assert (one["lat"], one["lon"], one["exactness"], one["location_class"]) == ("18.38", "103.65", "2", "1")
    assert (two["location"], two["lat"]) == ("1655559 (2)", None)
    assert [
        (row["component"], row["kind"], row["currency"], row["amount"], row["year"], row["funder"])
        for row in records(tables["spending"])
    ] == [
        # 7.005 is rounded when it is read as money, not here; 10.01 × 66.6 % is 6.667, the rest 3.343
        ("31120 Agriculture", "disbursement", "EUR", "7.005", "2011", "Bank"),
        ("14030 Water supply and sanitation", "budget", "USD", "6.67", "2010", "Luxembourg|XM-DAC-1"),
        ("11220 Basic education", "budget", "USD", "3.34", "2010", "Luxembourg|XM-DAC-1"),
    ]
    assert tables["spending"].remarks == (
        "activities.xml: 1 planned disbursements beside budgets, which count",
        "activities.xml: 1 transactions are incoming commitment and no spending",
    )
    assert tables["projects"].rows.tolist() == [3]


def test_titles_in_the_language_asked_for(write):
    for text in (V1, V2):
        (project,) = records(read_activities(write(text), Choice(language="fr"))["projects"])
        assert project["title"] == "Eau & vie"


def test_the_first_version_of_the_standard(write):
    tables = read_activities(write(V1, "old.xml.gz"))
    (location,) = records(tables["locations"])
    assert (location["precision"], location["admin_level"], location["district"]) == ("3", "2", "1801")
    (amount,) = records(tables["spending"])
    assert (amount["kind"], amount["amount"], amount["value_date"]) == ("disbursement", "7.00", "2011-05-02")
    assert records(tables["projects"])[0]["funder"] == "Luxembourg"


def test_only_the_part_for_a_country(write):
    spending = read_activities(write(V2), Choice(country="LA"))["spending"]
    # 75 % of 7.005 is 5.25375; of 10.01 it is 7.5075: 7.51, of which 66.6 % are 5.00
    assert [row["amount"] for row in records(spending)] == ["5.25", "5.00", "2.51"]
    assert "partly for other countries and left out" in spending.remarks[0]
    assert len(read_activities(write(V2), Choice(country="VN"))["spending"].table) == 0


def test_planned_disbursements_count_where_there_is_no_budget(write):
    text = re.sub(r"<budget.*?</budget>", "", V2, flags=re.DOTALL)
    planned = [row for row in records(read_activities(write(text))["spending"]) if row["kind"] == "budget"]
    assert [row["amount"] for row in planned] == ["2.00", "1.00"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('percentage="66.6"', 'percentage="60"', "sectors of vocabulary 1 do not add up to 100: '60 + 33.4'"),
        ('percentage="66.6"', "", "are missing"),
        ('percentage="66.6"', 'percentage="many"', "no numbers"),
        ('percentage="75"', 'percentage="70"', "recipient countries and regions do not add up"),
        ("<value value-date=\"2011-05-02\"> 7.005 </value>", "<value>1,000</value>", "not readable as an amount: '1,000'"),
        ("<transaction-date iso-date=\"2011-05-01\"/>\n<value value-date=\"2011-05-02\">", "<value>", "an amount without a date"),
        ('default-currency="EUR" ', "", "an amount without a currency"),
        ('<transaction-type code="3"/>', '<transaction-type code="77"/>', "no such transaction type: '77'"),
        ("<iati-identifier> XM-1 </iati-identifier>", "", "an activity without identifier"),
        ("<pos>18.38 103.65</pos>", "<pos>18.38</pos>", "not latitude and longitude"),
        ("</iati-activities>", "", "is not valid XML"),
        ("<iati-activity ", "<other ", "is not valid XML"),
    ],
)  # fmt: skip
def test_what_does_not_hold_is_named_with_its_line(write, old, new, said):
    assert old in V2
    with pytest.raises(InputError, match=re.escape(said)) as caught:
        read_activities(write(V2.replace(old, new, 1)))
    assert "activities.xml" in str(caught.value)


def test_all_problems_are_listed_at_once(write):
    text = V2.replace('percentage="66.6"', 'percentage="60"').replace(" 7.005 ", "much")
    with pytest.raises(InputError) as caught:
        read_activities(write(text))
    assert len(caught.value.problems) == 2


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "prefix",
    [BOMB, '<!DOCTYPE x SYSTEM "file:///etc/passwd">', " " * 3000 + BOMB],
    ids=["entities", "external", "after spaces"],
)
def test_a_document_type_is_refused(write, prefix):
    body = V2.split("\n", 1)[1]
    with pytest.raises(InputError, match="document type of its own"):
        read_activities(write(prefix + body))
    path = write("")
    path.write_bytes(('<?xml version="1.0" encoding="UTF-16"?>' + prefix.strip() + body).encode("utf-16"))
    with pytest.raises(InputError, match="document type of its own"):
        read_activities(path)


@pytest.mark.parametrize("data", [b"", b"not xml", b"\x1f\x8b broken", gzip.compress(V2.encode())[:200]])
def test_files_that_are_none(tmp_path, data):
    path = tmp_path / "broken.xml"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"broken\.xml"):
        read_activities(path)


def test_no_activities(write):
    with pytest.raises(InputError, match="holds no iati-activity"):
        read_activities(write('<iati-organisations version="2.03"/>'))


def test_memory_does_not_grow_with_what_is_not_kept(write):
    import tracemalloc

    filler = "<description><narrative>" + "x" * 20_000 + "</narrative></description>"
    activity = V2[V2.index("<iati-activity ") : V2.index("</iati-activities>")].replace(
        "<title>", filler + "<title>"
    )
    head = V2[: V2.index("<iati-activity ")]
    path = write(
        head + "".join(activity.replace("XM-1", f"XM-{n}") for n in range(1500)) + "</iati-activities>"
    )
    assert path.stat().st_size > 30_000_000
    tracemalloc.start()
    tables = read_activities(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(tables["projects"].table) == 1500
    assert peak < 12_000_000


# --- real files ---------------------------------------------------------------------------------------------

FILES = ("1.04_SenegalAIMS", "2.03_SenegalAIMS", "2.03_UgandaAIMS")


def plain_totals(path: Path) -> dict[str, Decimal]:
    """Add up the values by type of transaction without reading XML."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for block in re.findall(r"<transaction>(.*?)</transaction>", path.read_text(encoding="utf-8"), re.DOTALL):
        code = re.search(r'<transaction-type code="(\w+)"', block)[1]
        sums[{"C": "2", "D": "3", "E": "4"}.get(code, code)] += Decimal(
            re.search(r"<value[^>]*>([^<]*)<", block)[1].strip()
        )
    return dict(sums)


@pytest.mark.parametrize("name", FILES)
def test_the_money_of_real_releases_is_all_there(shared, name):
    path = shared / "iati" / f"iati_{name}_GeocodedResearchRelease.xml"
    spending = read_activities(path)["spending"].table
    sums = spending.assign(amount=spending["amount"].map(Decimal)).groupby("kind")["amount"].sum().to_dict()
    codes = {"commitment": "2", "disbursement": "3", "expenditure": "4"}
    assert {codes[kind]: amount for kind, amount in sums.items()} == plain_totals(path)


def as_second_version(text: str) -> str:
    """Write a release of version 1.04 as the standard says it is to be written in 2.03."""
    text = text.replace('version="1.04"', 'version="2.03"')
    for old, new in (("C", "2"), ("D", "3"), ("E", "4")):
        text = text.replace(f'<transaction-type code="{old}"', f'<transaction-type code="{new}"')
    text = text.replace('role="Funding"', 'role="1"').replace('vocabulary="DAC"', 'vocabulary="2"')
    text = re.sub(
        r'<coordinates latitude="([^"]*)" longitude="([^"]*)"\s*/>', r"<point><pos>\1 \2</pos></point>", text
    )
    for name in ("title", "participating-org", "reporting-org", "name", "activity-status"):
        text = re.sub(rf"(<{name}\b[^>]*(?<!/)>)([^<]*)(</{name}>)", r"\1<narrative>\2</narrative>\3", text)
    return text


def test_the_same_release_in_both_versions_gives_the_same_money(shared, write):
    path = shared / "iati" / "iati_1.04_SenegalAIMS_GeocodedResearchRelease.xml"
    old = read_activities(path)
    new = read_activities(write(as_second_version(path.read_text(encoding="utf-8"))))
    for table in ("spending", "locations"):
        assert records(old[table]) == records(new[table])
    assert [row["title"] for row in records(old["projects"])] == [
        row["title"] for row in records(new["projects"])
    ]
