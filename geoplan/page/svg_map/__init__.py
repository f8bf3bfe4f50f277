"""The SVG map: a plan as one vector picture, made without a browser.

Text stays text, so the program that shows the picture shapes it. The picture carries the Lao letters as a font.
"""

from __future__ import annotations

import html
from functools import partial
from typing import TYPE_CHECKING

from geoplan.ledger.translated_headings import translate_headings
from geoplan.model.choices import LANGUAGES
from geoplan.model.errors import UsageError, show_value
from geoplan.page.catalogues import read_catalogues
from geoplan.page.svg_map.colouring import CROSSED, colour_districts
from geoplan.page.svg_map.look import (
    FONT,
    FOOT,
    HEIGHT,
    INK,
    LINE,
    MARGIN,
    SIDE,
    TOP,
    WIDTH,
    draw_hatch,
    plain,
)
from geoplan.page.svg_map.map_area import (
    draw_districts,
    draw_ground,
    draw_labels,
    draw_north_and_scale,
    draw_projects,
    find_poorest_class,
    fit_view,
    list_components,
    mark_projects,
)
from geoplan.page.svg_map.margin import name_marks, write_foot, write_head, write_legend
from geoplan.plan.translations import district_names
from geoplan.text.fonts import font_faces
from geoplan.text.languages import Catalogue

if TYPE_CHECKING:
    from geoplan.ledger.entries import Ledger
    from geoplan.plan.plan_tables import Plan


def draw_svg_map(plan: Plan, ledger: Ledger, *, language: str = "en", measure: str = "amount") -> str:
    """Draw the map of a plan as SVG: districts by a measure, projects by component, legend, scale and sources.

    Parameters
    ----------
    plan : Plan
    ledger : Ledger
        The plan's, of one kind of money.
    language : str
        ``en``, ``fr`` or ``lo``.
    measure : str
        ``amount``, ``money_and_poverty`` or ``money_per_person_and_poverty``.

    Returns
    -------
    str
        An SVG document, A4 landscape. The same plan gives the same text.

    Raises
    ------
    UsageError
        Several currencies or kinds of money, because one scale of colours does not fit them; or a language
        that is not supported; or a measure that a picture cannot show.
    """
    if language not in LANGUAGES:
        raise UsageError(
            f"language {show_value(language)} is not supported: choose from {', '.join(LANGUAGES)}"
        )
    if len(ledger.currencies) > 1:
        raise UsageError(
            f"a picture shows one currency, not {', '.join(ledger.currencies)}: convert the plan to one currency"
        )
    if len(ledger.kinds) > 1:
        raise UsageError(f"a picture shows one kind of money, not {', '.join(ledger.kinds)}: choose one kind")
    words = read_catalogues()[language]
    plan, ledger = translate_headings(plan, ledger, language)
    districts = plan.districts.sort_values("district", ignore_index=True)
    shapes = districts.geometry.to_numpy()
    view = fit_view(shapes)
    frame = (MARGIN, TOP, WIDTH - SIDE - 2 * MARGIN, HEIGHT - TOP - FOOT - MARGIN)
    corner = (WIDTH - MARGIN - SIDE + 24, TOP + 48)
    colouring = colour_districts(
        ledger, list(districts["district"]), measure, Catalogue(language, words), corner
    )
    is_crossed = measure in CROSSED
    hatched = [False] * len(districts) if is_crossed else find_poorest_class(ledger, districts)
    components = list_components(plan)
    marks = mark_projects(plan, components)
    say = partial(plan.say, language=language)
    body = [
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        *write_head(plan, ledger, words),
        f'<svg x="{frame[0]}" y="{frame[1]}" width="{frame[2]}" height="{frame[3]}" viewBox="{frame[0]} {frame[1]} {frame[2]} {frame[3]}">',
        f'<rect x="{frame[0]}" y="{frame[1]}" width="{frame[2]}" height="{frame[3]}" fill="#f2f1ec"/>',
        *draw_ground(plan, view),
        *draw_districts(shapes, colouring.colours, hatched, view),
        *draw_projects(plan, marks, view),
        *draw_labels(plan, districts, colouring.labels, view, district_names(plan, language)),
        *draw_north_and_scale(view, frame, words),
        "</svg>",
        f'<rect x="{frame[0]}" y="{frame[1]}" width="{frame[2]}" height="{frame[3]}" fill="none" stroke="{LINE}"/>',
        *write_legend(
            ledger,
            words,
            colouring,
            hatched,
            name_marks(marks, components, words, say),
            say,
            language,
        ),
        *write_foot(plan, ledger, words),
    ]
    title = html.escape(plain(plan.title or words["untitled"]))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'lang="{language}" role="img" aria-label="{title}">\n<title>{title}</title>\n'
        f"<style>{font_faces('Page Sans', 'Page Lao')} svg {{ font-family: {FONT}; fill: {INK}; }}</style>\n"
        f"<defs>{draw_hatch('hatch', INK, 0.55)}{draw_hatch('hatch-on-dark', '#ffffff', 0.65)}</defs>\n"
        + "\n".join(body)
        + "\n</svg>\n"
    )
