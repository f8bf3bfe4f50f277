"""The document: safe, closed to the network, the same for the same input."""

import base64
import hashlib
import html as html_library
import json
import re
import zlib
from html.parser import HTMLParser
from pathlib import Path

import folium
import pytest

from geoplan.model.choices import LANGUAGES
from geoplan.page import build_map, document, render_page
from geoplan.page.catalogues import read_catalogues
from geoplan.page.document import content_policy, leaflet_style
from geoplan.page.folium_map import PlanMap

SOURCES = Path(__file__).resolve().parents[2] / "geoplan" / "page" / "frontend" / "src"


class Reader(HTMLParser):
    """Gathers elements, attributes and the contents of scripts and styles."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.contents, self.attributes = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.attributes += attrs
        self.contents.append([tag, dict(attrs), ""])

    def handle_data(self, data):
        if self.contents:
            self.contents[-1][2] += data


def read(page):
    reader = Reader()
    reader.feed(page)
    return reader


def policy_of(page):
    return html_library.unescape(
        re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1]
    )


@pytest.fixture(scope="module")
def page(toys):
    return render_page(build_map(toys.small_plan()))


def test_the_same_plan_gives_the_same_bytes(toys, page):
    assert render_page(build_map(toys.small_plan())) == page


def test_rendering_twice_gives_the_same(toys):
    plan_map = build_map(toys.small_plan())
    assert render_page(plan_map) == render_page(plan_map)


def test_nothing_is_linked(page):
    reader = read(page)
    for name, value in reader.attributes:
        assert not (name in {"src", "href"} and not value.startswith("data:")), (name, value)
    styles = "".join(content for tag, _, content in reader.contents if tag == "style") + document.page_style()
    assert set(re.findall(r"url\((?!data:|#)([^)]*)\)", styles)) == set()
    assert "@import" not in styles
    assert "sourceMappingURL" not in page


@pytest.mark.parametrize("compress", [True, False])
def test_policy_names_every_inline_block_and_nothing_else(toys, compress):
    page = render_page(PlanMap(build_map(toys.small_plan()).data, compress=compress))
    policy = policy_of(page)
    blocks = re.findall(r"<(script|style)([^>]*)>(.*?)</\1>", page, re.DOTALL)
    for tag, attributes, content in blocks:
        if "application/json" in attributes:
            continue
        runs = content
        if "text/plain" in attributes:
            runs = zlib.decompress(base64.b64decode(content)).decode()
        digest = base64.b64encode(hashlib.sha256(runs.encode()).digest()).decode()
        directive = next(rule for rule in policy.split("; ") if rule.startswith(f"{tag}-src"))
        assert f"'sha256-{digest}'" in directive
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_data_scripts_and_style_are_compressed(toys, page):
    whole = render_page(PlanMap(build_map(toys.small_plan()).data, compress=False))
    assert 'data-encoding="deflate"' in page and len(page) < 0.62 * len(whole)
    for readable in (document.page_style(), document.page_script(), document.leaflet_script()):
        assert readable in whole and readable not in page
    # Until its style is unpacked, nothing of the page is shown.
    assert ".page { display: none }" in page and ".page { display: none }" not in whole


def test_no_inline_handlers_or_styles(page):
    assert [name for name, _ in read(page).attributes if name.startswith("on") or name == "style"] == []


def test_our_script_builds_elements_and_never_parses_them():
    script = document.start_script() + document.page_script()
    for forbidden in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "fetch(",
        "XMLHttpRequest",
    ):
        assert forbidden not in script, forbidden


def test_hostile_texts_stay_in_the_data_block(toys):
    page = render_page(PlanMap(build_map(toys.hostile_plan()).data, compress=False))
    reader = read(page)
    assert "svg" not in {tag for tag, _ in reader.tags}
    assert "img" not in {tag for tag, _ in reader.tags}
    assert sum(tag == "script" for tag, _ in reader.tags) == 5
    block = next(
        content for tag, attributes, content in reader.contents if attributes.get("id") == "plan-data"
    )
    data = json.loads(block)
    assert data["projects"]["title"] == [
        text for _, text in sorted((f"{text}#{at}", text) for at, text in enumerate(toys.HOSTILE))
    ]
    title = next(content for tag, _, content in reader.contents if tag == "title")
    assert html_library.unescape(title).strip() == toys.HOSTILE[1] + toys.HOSTILE[0]
    assert "49" not in title


def test_text_that_utf8_can_not_hold(toys):
    plan = toys.small_plan(title="lone \ud800 surrogate")
    assert "lone" in render_page(build_map(plan)).encode("utf-8").decode("utf-8")


def test_catalogues_say_the_same_things():
    catalogues = read_catalogues()
    assert tuple(catalogues) == LANGUAGES
    base = {key for key in catalogues["en"] if not key.endswith(".one")}
    for language, catalogue in catalogues.items():
        assert {key for key in catalogue if not key.endswith(".one")} == base, language
        for key, text in catalogue.items():
            assert set(re.findall(r"\{(\w+)\}", text)) == set(
                re.findall(r"\{(\w+)\}", catalogues["en"][key])
            ), (language, key)


def test_every_message_the_script_asks_for_is_there():
    sources = [path.read_text(encoding="utf-8") for path in sorted(SOURCES.rglob("*.js"))]
    catalogue = read_catalogues()["en"]
    asked = set(re.findall(r'\bsay\(\s*"([\w.]+)"', "\n".join(sources)))
    assert len(asked) > 100
    missing = {key for key in asked if key not in catalogue and f"{key}.other" not in catalogue}
    assert missing == set()


def test_policy_of_a_page_with_added_layers_allows_their_hosts_and_no_free_script():
    policy = content_policy(
        '<script src="https://cdn.example.org/a.js"></script><script>1</script>', own=False
    )
    script = next(rule for rule in policy.split("; ") if rule.startswith("script-src"))
    assert "https://cdn.example.org" in script
    assert "unsafe" not in script
    assert "'sha256-" in script
    assert folium.__version__


def test_a_rule_of_leaflet_loses_only_the_selectors_that_no_page_uses():
    style = leaflet_style(images=False)
    assert "leaflet-zoom-box" not in style and "leaflet-popup-content" not in style
    panes = [rule for rule in style.split("}") if rule.startswith(".leaflet-pane,.leaflet-tile,")]
    assert [rule.split("{")[1] for rule in panes] == ["position:absolute;left:0;top:0"]
    assert "leaflet-zoom-box" in leaflet_style(images=True)
