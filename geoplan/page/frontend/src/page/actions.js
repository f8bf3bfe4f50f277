// What a reader can do. Each action is called on the page: page.change({...}).

/** @import { Actions, Page, Selected, View } from "../types.js" */

import { reckon } from "../comparing/reckoning.js";
import { openComparison, showSecondResults } from "../comparing/second_map.js";
import { firstComparison, secondSide } from "../comparing/second_side.js";
import { writeAddress } from "../data/address.js";
import { byId, find } from "../elements.js";
import { paintMaps } from "../map/canvas.js";
import { bringIntoView, moveBack } from "../map/moving.js";
import { showControls } from "../parts/controls.js";
import { showDetails } from "../parts/details.js";
import { showLegend } from "../parts/legend.js";
import { openTab, raiseSheet, showPanel } from "../parts/panel.js";
import { language } from "../text/language.js";
import { useLanguage } from "../text/messages.js";
import { markChosenRow, matchYearControls, ready, refresh, showChoice, showWords } from "./showing.js";

const YEAR_PAUSE = 1100;

/**
 * A component's part in the money needs a component: take the first, for as long as that measure is shown.
 *
 * @param {Page} page
 * @param {Partial<View>} changes
 */
function chooseComponentFor(page, changes) {
  const { view } = page;
  if ("component" in changes) page.isComponentLent = false;
  if (view.measure !== "component_share" && page.isComponentLent) {
    view.component = null;
    page.isComponentLent = false;
  }
  if (view.measure === "component_share" && view.component === null) {
    view.component = [0];
    page.isComponentLent = true;
  }
}

/** @type {{ [name in keyof Actions]: (page: Page, ...values: Parameters<Actions[name]>) => void }} */
export const ACTIONS = {
  change(page, changes) {
    const { other } = page.view.compare ?? {};
    Object.assign(page.view, changes);
    if (changes.measure || changes.classes) page.view.cell = -1;
    chooseComponentFor(page, changes);
    if (changes.compare && changes.compare.other !== other) {
      if (page.view.selected?.second) page.view.selected = null;
      openComparison(page);
    }
    matchYearControls(page);
    refresh(page);
  },

  /** Show the details of a district, project or place; null closes them. `move` goes there, with the focus. */
  select(page, target, move = false) {
    choose(page, target, move, []);
  },

  /** Show the details of something that other details name; the way back leads to these. */
  selectFurther(page, target) {
    choose(page, target, true, page.view.selected ? [...page.trail, page.view.selected] : []);
  },

  back(page) {
    const trail = [...page.trail];
    const target = trail.pop() ?? null;
    choose(page, target, target !== null, trail);
  },

  openTab(page, tab) {
    if (page.view.selected) page.select(null);
    openTab(page, tab);
  },

  speak(page, code) {
    useLanguage(page.data.messages, code);
    reckon(page);
    showWords(page);
    showChoice(page);
    paintMaps(page);
    ready(page);
    writeAddress(page);
    find(`#languages [lang="${language}"]`).focus();
  },

  reset(page) {
    page.stop();
    page.view = { ...page.home };
    Object.assign(page, {
      wholeTable: false,
      lastComparison: null,
      beforeChoice: null,
      opener: null,
      trail: [],
      isComponentLent: false,
      scrolled: {},
      projectTable: { by: "amount", falling: true },
    });
    raiseSheet(page, "low");
    for (const chip of /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll(".chip[open]")))
      chip.open = false;
    document.querySelector("#legend details")?.remove(); // made again, open or folded as at first
    showControls(page);
    showPanel(page);
    byId("panel-body").scrollTop = 0;
    openComparison(page);
    refresh(page);
    byId("choose-measure").focus();
  },

  /** Show year after year, from the one after the single year shown, else from the first. */
  play(page) {
    const { years } = page.data.ledger;
    page.before = { from: page.view.from, to: page.view.to };
    byId("legend").style.height = `${byId("legend").offsetHeight}px`; // the map keeps its frame
    const single = page.view.from === page.view.to && page.view.to < years[years.length - 1];
    const first = single ? page.view.to + 1 : years[0];
    page.playing = window.setInterval(() => playNext(page), YEAR_PAUSE);
    page.change({ from: first, to: first });
  },

  /** Turn comparing on or off, and fit both maps to their new frames. */
  turnComparison(page) {
    page.stop();
    page.lastComparison = page.view.compare ?? page.lastComparison;
    page.view.compare = page.view.compare ? null : (page.lastComparison ?? firstComparison(page));
    if (page.view.selected?.second) page.view.selected = null;
    openComparison(page);
    refresh(page);
  },

  /** Show what follows from the state of the basemap. */
  groundTurned(page) {
    showLegend(page);
    showSecondResults(page);
    paintMaps(page);
  },

  stop(page) {
    clearInterval(page.playing);
    page.playing = 0;
    page.before = null;
    byId("legend").style.height = "";
    matchYearControls(page);
  },
};

/**
 * Show what is chosen in place of the tabs; when nothing is chosen any more, the tab, the map and the focus are again what
 * they were.
 *
 * @param {Page} page
 * @param {Selected | null} target
 * @param {boolean} move
 * @param {Selected[]} trail
 */
function choose(page, target, move, trail) {
  const body = byId("panel-body");
  const before = page.view.selected;
  if (!before && target) {
    page.opener = move && document.activeElement instanceof HTMLElement ? document.activeElement : null;
    page.scrolled[page.view.tab] = body.scrollTop;
    page.sheetBefore = page.sheet;
  }
  page.view.selected = target;
  page.trail = trail;
  if (page.view.compare) secondSide(page);
  showDetails(page);
  markChosenRow(page);
  if (target && page.sheet === "low") raiseSheet(page, "half");
  body.scrollTop = target ? 0 : (page.scrolled[page.view.tab] ?? 0);
  paintMaps(page);
  writeAddress(page);
  if (target && move) {
    bringIntoView(page, target);
    byId("details").focus({ preventScroll: true });
  }
  if (target || !before) return;
  raiseSheet(page, page.sheetBefore);
  moveBack(page);
  const opener = page.opener?.closest("#results") ? byId("search") : page.opener; // results are hidden without focus
  if (opener?.isConnected) opener.focus({ preventScroll: true });
  page.opener = null;
}

/** @param {Page} page */
function playNext(page) {
  const { years } = page.data.ledger;
  if (page.view.to >= years[years.length - 1]) {
    const { before } = page;
    page.stop();
    page.change({ ...before });
    return;
  }
  page.change({ from: page.view.to + 1, to: page.view.to + 1 });
}
