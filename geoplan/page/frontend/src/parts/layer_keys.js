// Keys of layers for the legend.

/** @import { DrawnParts, LayerLook, Page } from "../types.js" */

import { Trace, drawnKey } from "../drawing/keys.js";
import { eachLayer, stampLayerPoint, strokeLayer } from "../drawing/layers.js";
import { dataText, element } from "../elements.js";
import { inLanguage } from "../text/measure_names.js";

/**
 * Return keys of the layers that are shown, for the legend.
 *
 * @param {Page} page
 */
export function layerKeys(page) {
  /** @type {HTMLElement[]} */
  const keys = [];
  eachLayer(page, (look, drawn, layer) => {
    keys.push(
      element(
        "li",
        {},
        layerKey(look, drawn),
        element("span", { class: "key-text" }, dataText(inLanguage(layer.name))),
      ),
    );
  });
  return keys;
}

/**
 * @param {LayerLook} look
 * @param {DrawnParts} drawn
 */
function layerKey(look, drawn) {
  return drawnKey(30, 18, (pen) => {
    const path = new Trace();
    if (drawn.areas.drawn.length) {
      path.rect(1, 2, 28, 14);
      pen.fillStyle = look.fill;
      pen.fill(path);
    } else if (drawn.lines.drawn.length) {
      path.moveTo(0, 9);
      path.lineTo(30, 9);
    }
    strokeLayer(pen, path, look, 1, false);
    if (drawn.points.xs.length) stampLayerPoint(pen, 15, look.point[1] === "pin" ? 16 : 9, look, 1);
  });
}
