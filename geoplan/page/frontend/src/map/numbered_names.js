// Names of the districts that have only a number on the map.

/** @import { Page } from "../types.js" */

import { districtName } from "../data/names.js";
import { byId, dataText, element, isOpen } from "../elements.js";
import { say } from "../text/messages.js";

/**
 * Return the list of numbers and names that unfolds on the map; it stays out of the legend, which must not jump whenever
 * the map moves.
 *
 * @param {Page} page
 */
export function numberedControl(page) {
  const control = new L.Control({ position: "bottomleft" });
  control.onAdd = () => {
    const list = element(
      "details",
      { id: "numbered", hidden: page.numbered.length === 0, open: isOpen("#numbered") },
      element("summary", {}, say("numbered")),
      namesOf(page),
    );
    L.DomEvent.disableClickPropagation(list);
    L.DomEvent.disableScrollPropagation(list);
    return list;
  };
  return control;
}

/** @param {Page} page */
function namesOf({ data, numbered }) {
  return element(
    "ol",
    { class: "numbered" },
    numbered.map((at) => element("li", {}, dataText(districtName(data, at)))),
  );
}

/**
 * Bring the lists of names, on the map and on paper, in line with the map.
 *
 * @param {Page} page
 */
export function showNumbered(page) {
  const isNone = page.numbered.length === 0;
  const list = byId("numbered");
  list.hidden = isNone;
  list.lastElementChild?.replaceWith(namesOf(page));
  const sheet = byId("numbered-sheet");
  sheet.hidden = isNone || !page.onPaper;
  sheet.replaceChildren(...(sheet.hidden ? [] : [element("h2", {}, say("numbered")), namesOf(page)]));
}
