// Pointing: a row of the table outlines its district on the maps, and a district on a map marks its row. A class in the
// legend outlines its districts.

/** @import { Page, Shape } from "../types.js" */

import { INK } from "../drawing/colours.js";
import { strokeBorder } from "../drawing/paths.js";
import { byId } from "../elements.js";
import { PlanCanvas } from "./canvas.js";

/** @type {any} */
const methods = {
  paint() {
    if (!this._container || !this._bounds) return;
    const pen = this._container.getContext("2d");
    const { ratio, scale, left, top } = this.frame();
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, this._container.width, this._container.height);
    const { shapes } = this._page.drawnDistricts;
    const { of } = this._page.classes;
    pen.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * left, ratio * top);
    pen.lineJoin = "round";
    const pointed = shapes.filter(
      (/** @type {Shape} */ _, /** @type {number} */ at) => at === this.district || of[at] === this.row,
    );
    const width = (this.row < 0 ? 2.5 : 1.6) / scale;
    for (const { path } of pointed) strokeBorder(pen, path, "#ffffff", 2.2 * width);
    for (const { path } of pointed) strokeBorder(pen, path, INK, width);
  },
};

/** A canvas over the map's own that holds what is pointed at, so that pointing does not repaint the map. */
const OutlineCanvas = PlanCanvas.extend(methods);

/**
 * Point at a district by its code, on every map and in the table; undefined points at none.
 *
 * @param {Page} page
 * @param {string | undefined} code
 */
export function pointAt(page, code) {
  if (page.pointed === code) return;
  page.pointed = code;
  for (const row of document.querySelectorAll("#districts tr.pointed")) row.classList.remove("pointed");
  const at = code === undefined ? -1 : page.data.districts.code.indexOf(code);
  document.querySelector(`#districts tr[data-district="${at}"]`)?.classList.add("pointed");
  outline(page, code);
  if (page.view.compare) outline(page.second, code);
}

/**
 * @param {Page} side
 * @param {string | undefined} code
 */
function outline(side, code) {
  showPointed(side, { district: code === undefined ? -1 : side.data.districts.code.indexOf(code) });
}

/**
 * Show on a map what is pointed at: a district, or a row of its legend (-1 for none).
 *
 * @param {Page} side
 * @param {{ district?: number, row?: number }} pointed
 */
function showPointed(side, pointed) {
  const canvas = (side.map.outline ??= Object.assign(new OutlineCanvas(side), { district: -1, row: -1 }));
  Object.assign(canvas, pointed);
  if (canvas.district < 0 && canvas.row < 0) canvas.remove();
  else if (side.map.hasLayer(canvas)) canvas.paint();
  else canvas.addTo(side.map);
}

/**
 * Return the element around the target of an event that a selector asks for, or nothing.
 *
 * @param {EventTarget | null} target
 * @param {string} selector
 */
function closest(target, selector) {
  const found = target instanceof Element ? target.closest(selector) : null;
  return found instanceof HTMLElement ? found : null;
}

/**
 * Point at a class while the pointer is over it in a legend.
 *
 * @param {string} id
 * @param {() => Page | null | false} side
 */
export function pointFromLegend(id, side) {
  const legend = byId(id);
  const point = (/** @type {Event} */ { target }) => {
    const [key, shown] = [closest(target, "li[data-row]"), side()];
    if (shown) showPointed(shown, { row: key ? Number(key.dataset.row) : -1 });
  };
  legend.addEventListener("mouseover", point);
  legend.addEventListener("mouseleave", point);
}

/**
 * Point at the row that the pointer is over or that has the focus.
 *
 * @param {Page} page
 */
export function pointFromTable(page) {
  const table = byId("districts");
  const codeAt = (/** @type {EventTarget | null} */ target) =>
    page.data.districts.code[Number(closest(target, "tr[data-district]")?.dataset.district)];
  const point = (/** @type {Event} */ { target }) => pointAt(page, codeAt(target));
  const rest = () => pointAt(page, table.contains(document.activeElement) ? codeAt(document.activeElement) : undefined);
  table.addEventListener("mouseover", point);
  table.addEventListener("focusin", point);
  table.addEventListener("mouseleave", rest);
  table.addEventListener("focusout", () => pointAt(page, undefined));
}
