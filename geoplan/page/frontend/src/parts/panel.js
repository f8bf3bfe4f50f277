// The column beside the map: tabs, and in their place the details of what is chosen. On a phone it is a sheet that
// rises over the map in three heights.

/** @import { Page, SheetHeight, Tab } from "../types.js" */

import { writeAddress } from "../data/address.js";
import { TABS } from "../data/view.js";
import { byId, element, replace } from "../elements.js";
import { say } from "../text/messages.js";
import { showProjects } from "./projects.js";

/** @type {SheetHeight[]} */
const HEIGHTS = ["low", "half", "high"];

/** Tell whether the column is a sheet over the map. */
export function isSheet() {
  return getComputedStyle(byId("panel")).position === "fixed";
}

/**
 * Show the tabs and the part of the one that is open.
 *
 * @param {Page} page
 */
export function showPanel(page) {
  const { tab } = page.view;
  byId("panel").dataset.tab = tab;
  const buttons = TABS.map((name) =>
    element(
      "button",
      {
        type: "button",
        role: "tab",
        id: `open-${name}`,
        "aria-selected": String(name === tab),
        "aria-controls": `tab-${name}`,
        tabindex: name === tab ? 0 : -1,
        onclick: () => openTab(page, name),
        onkeydown: (event) => moveInTabs(page, name, event),
      },
      say(name === "about" ? "tab.about" : name),
    ),
  );
  replace("tabs", ...buttons);
}

/**
 * Open a tab; each stays scrolled as the reader left it.
 *
 * @param {Page} page
 * @param {Tab} tab
 */
export function openTab(page, tab) {
  const body = byId("panel-body");
  page.scrolled[page.view.tab] = body.scrollTop;
  page.view.tab = tab;
  showPanel(page);
  if (tab === "projects" && !byId("projects").hasChildNodes()) showProjects(page);
  body.scrollTop = page.scrolled[tab] ?? 0;
  if (page.sheet === "low") raiseSheet(page, "half");
  writeAddress(page);
  byId(`open-${tab}`).focus({ preventScroll: true });
}

/**
 * Go to the next tab with the arrow keys.
 *
 * @param {Page} page
 * @param {Tab} from
 * @param {KeyboardEvent} event
 */
function moveInTabs(page, from, event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  openTab(page, TABS[(TABS.indexOf(from) + step + TABS.length) % TABS.length]);
}

/**
 * Raise or lower the sheet.
 *
 * @param {Page} page
 * @param {SheetHeight} height
 */
export function raiseSheet(page, height) {
  page.sheet = height;
  byId("page").dataset.sheet = height;
}

/**
 * Let the reader drag the sheet by its handle and its tabs; a tap on the handle raises it by a step, and lowers it again
 * from the top.
 *
 * @param {Page} page
 */
export function letSheetMove(page) {
  const panel = byId("panel");
  const handle = byId("handle");
  let from = 0;
  let before = 0;
  let isMoving = false;
  const move = (/** @type {PointerEvent} */ event) => {
    if (Math.abs(event.clientY - from) < 6 && !isMoving) return;
    isMoving = true;
    panel.style.height = `${Math.max(60, before + from - event.clientY)}px`;
  };
  const end = () => {
    window.removeEventListener("pointermove", move);
    if (!isMoving) return;
    const part = panel.offsetHeight / window.innerHeight;
    panel.style.height = "";
    raiseSheet(page, part < 0.3 ? "low" : part < 0.7 ? "half" : "high");
  };
  const start = (/** @type {PointerEvent} */ event) => {
    if (!isSheet()) return;
    [from, before, isMoving] = [event.clientY, panel.offsetHeight, false];
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", end, { once: true });
    window.addEventListener("pointercancel", end, { once: true });
  };
  for (const part of [handle, byId("tabs")]) part.addEventListener("pointerdown", start);
  handle.addEventListener("click", () => {
    if (!isMoving) raiseSheet(page, HEIGHTS[(HEIGHTS.indexOf(page.sheet) + 1) % HEIGHTS.length]);
  });
}
