// Fingers and keys on a map.

/** @import { Page, PlanMap } from "../types.js" */

import { byId, replace } from "../elements.js";
import { say } from "../text/messages.js";
import { chooseAt } from "./choosing.js";

// How long the note on two fingers stands, in milliseconds.
const NOTED_FOR = 2500;

/**
 * Let one finger move the page and two the map, until a tap on the map says that one is meant to move it.
 *
 * @param {PlanMap} map
 */
export function waitForTap(map) {
  if (!matchMedia("(pointer: coarse)").matches) return;
  map.dragging.disable();
  const note = byId("touch-note");
  let shown = 0;
  const tell = (/** @type {TouchEvent} */ { touches }) => {
    if (touches.length > 1 || map.dragging.enabled()) return;
    replace("touch-note", say("two_fingers"));
    note.hidden = false;
    window.clearTimeout(shown);
    shown = window.setTimeout(() => (note.hidden = true), NOTED_FOR);
  };
  map.getContainer().addEventListener("touchmove", tell, { passive: true });
  map.once("click", () => {
    map.dragging.enable();
    note.hidden = true;
  });
}

/**
 * Let Enter open what is in the middle of a map; going back leads to the map again.
 *
 * @param {Page} page
 * @param {Page} side
 */
export function chooseByKey(page, side) {
  const container = side.map.getContainer();
  container.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target !== container) return;
    chooseAt(page, side, side.map.getCenter());
    if (!page.view.selected) return;
    page.opener = container;
    byId("details").focus({ preventScroll: true });
  });
}
