// Opening the page and listening to the reader.

/** @import { Data, Page, PlanMap } from "../types.js" */

import { reckon } from "../comparing/reckoning.js";
import { halveColumn, openComparison } from "../comparing/second_map.js";
import { firstComparison } from "../comparing/second_side.js";
import { rememberPlace, viewFromHash } from "../data/address.js";
import { firstView } from "../data/view.js";
import { buildDistricts } from "../drawing/districts.js";
import { buildLocations } from "../drawing/locations.js";
import { extentOfSteps, makeProjection } from "../drawing/paths.js";
import { byId } from "../elements.js";
import { matchBasemap, turnBasemap } from "../map/basemap.js";
import { PlanCanvas, paintMaps } from "../map/canvas.js";
import { chooseAt } from "../map/choosing.js";
import { chooseLegendPlace, fitFrame, fitHeight, goTo } from "../map/framing.js";
import { bringIntoView } from "../map/moving.js";
import { pointFromLegend, pointFromTable } from "../map/pointing.js";
import { leaveMap, showTip } from "../map/tips.js";
import { chooseByKey, waitForTap } from "../map/touching.js";
import { closeChip, closeChipsElsewhere, keepPopoversInside } from "../parts/chips.js";
import { letSheetMove, raiseSheet } from "../parts/panel.js";
import { FIRST_LANGUAGE, language } from "../text/language.js";
import { useLanguage, useTranslations } from "../text/messages.js";
import { ACTIONS } from "./actions.js";
import { AS_PICTURE, backToScreen, prepareForPaper } from "./paper.js";
import { ready, showChoice, showWords } from "./showing.js";

/**
 * Open the page on an existing map.
 *
 * @param {PlanMap} map
 * @param {Data} data
 */
export function openPage(map, data) {
  const page = newPage(map, data);
  page.home = firstView(data);
  if (data.other) page.home.compare = firstComparison({ data, view: page.home });
  const asked = viewFromHash(page, location.hash);
  page.view = asked.view;
  raiseSheet(page, page.view.selected || page.view.tab !== page.home.tab ? "half" : "low");
  useTranslations(data);
  useLanguage(data.messages, asked.language ?? FIRST_LANGUAGE);
  const extent = extentOfSteps(data.districts.arcs).map((cell) => (Number.isFinite(cell) ? cell : 0));
  fitHeight(extent);
  page.projection = makeProjection(data.grid, [(extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2]);
  page.drawnDistricts = buildDistricts(data.districts, page.projection);
  page.drawnLocations = buildLocations(data.locations, page.projection);
  page.drawnLayers = data.layers.map((layer) => buildLocations(layer, page.projection));
  page.canvas = new PlanCanvas(page);
  reckon(page);
  showWords(page);
  showChoice(page);
  chooseLegendPlace(page);
  page.canvas.addTo(map);
  if (page.view.compare) openComparison(page);
  if (asked.view.place) goTo(page, asked.view.place);
  listen(page);
  if (page.view.selected) bringIntoView(page, page.view.selected);
  matchBasemap(page);
  ready(page);
}

/**
 * Return a page with its actions, of which nothing is computed or drawn yet.
 *
 * @param {PlanMap} map
 * @param {Data} data
 */
function newPage(map, data) {
  const state = {
    playing: 0,
    before: null,
    wholeTable: false,
    fitting: false,
    onPaper: null,
    opener: null,
    trail: [],
    isComponentLent: false,
    numbered: [],
    projectTable: { by: "amount", falling: true },
    scrolled: {},
    sheet: "low",
    sheetBefore: "low",
    ground: "off",
  };
  const page = /** @type {Page} */ (/** @type {unknown} */ ({ map, data, ...state }));
  page.first = page;
  for (const [name, action] of Object.entries(ACTIONS))
    Object.assign(page, { [name]: (/** @type {[any]} */ ...values) => action(page, ...values) });
  return page;
}

/** @param {Page} page */
function listen(page) {
  const { map } = page;
  map.on("click", (event) => chooseAt(page, page, event.latlng));
  map.on("mousemove", (event) => showTip(page, event));
  map.on("mouseout", () => leaveMap(page));
  waitForTap(map);
  chooseByKey(page, page);
  pointFromTable(page);
  pointFromLegend("legend", () => page);
  pointFromLegend("second-legend", () => page.view.compare && page.second);
  map.on("moveend", () => rememberPlace(page));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !closeChip() && page.view.selected) page.back();
  });
  closeChipsElsewhere();
  keepPopoversInside();
  letSheetMove(page);
  byId("skip").addEventListener("click", () => byId(`open-${page.view.tab}`).focus());
  letMenuOpen();
  window.addEventListener("resize", halveColumn);
  new ResizeObserver(() => fitFrame(page)).observe(map.getContainer());
  window.addEventListener("hashchange", () => openAddress(page));
  window.addEventListener("online", () => {
    if (page.ground === "unreached") turnBasemap(page, "off");
    matchBasemap(page);
  });
  window.addEventListener("beforeprint", () => prepareForPaper(page));
  window.addEventListener("afterprint", () => backToScreen(page));
  if (AS_PICTURE) prepareForPaper(page);
}

/** On a phone, languages and what can be taken away are in a menu. */
function letMenuOpen() {
  const [menu, head] = [byId("menu"), byId("head")];
  const turn = (/** @type {boolean} */ isOpen) => {
    head.classList.toggle("menu-open", isOpen);
    menu.setAttribute("aria-expanded", String(isOpen));
  };
  menu.addEventListener("click", () => turn(!head.classList.contains("menu-open")));
  for (const event of ["pointerdown", "focusin"])
    document.addEventListener(event, ({ target }) => {
      if (target instanceof Node && !head.contains(target)) turn(false);
    });
}

/** @param {Page} page */
function openAddress(page) {
  if (location.hash.replace(/^#/, "") === page.writtenHash) return;
  const asked = viewFromHash(page, location.hash);
  page.stop();
  const compared = Boolean(page.view.compare);
  page.view = asked.view;
  page.isComponentLent = false;
  useLanguage(page.data.messages, asked.language ?? language);
  reckon(page);
  showWords(page);
  showChoice(page);
  if (compared !== Boolean(page.view.compare)) openComparison(page);
  if (asked.view.place) goTo(page, asked.view.place);
  paintMaps(page);
  matchBasemap(page);
}
