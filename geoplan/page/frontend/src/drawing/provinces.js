// Names of provinces, where districts are too small on the screen for names of their own.

/** @import { FeatureLabel, Frame, Page } from "../types.js" */

import { translated } from "../text/messages.js";

// The usual district is narrower than its name would be, in pixels; a province is wide enough for its own.
const DISTRICTS_BELOW = 28;
const PROVINCE_FROM = 50;

/**
 * Return names of provinces, the widest first, each in the middle of its districts.
 *
 * @param {Pick<Page, "data" | "drawnDistricts" | "view">} page
 * @param {Frame} frame
 * @returns {FeatureLabel[]}
 */
export function provinceLabels({ data, drawnDistricts: drawn, view }, { scale, left, top, width, height }) {
  if (!view.labels || drawn.usual * scale >= DISTRICTS_BELOW) return [];
  /** @type {Map<number, number[]>} */
  const members = new Map();
  data.districts.province_at.forEach((province, district) => {
    if (!members.has(province)) members.set(province, []);
    if (drawn.labels[district]) members.get(province)?.push(district);
  });
  if (members.size < 2) return [];
  return [...members.values()]
    .map((own) => ({ own, across: acrossOf(own.map((at) => drawn.shapes[at].box)) * scale }))
    .filter(({ own, across }) => own.length && across >= PROVINCE_FROM && data.districts.province[own[0]])
    .sort((a, b) => b.across - a.across)
    .map(({ own }) => {
      const [x, y] = middleOf(own.map((at) => drawn.labels[at] ?? []));
      const text = translated(data.districts.province[own[0]]);
      const style = /** @type {FeatureLabel["style"]} */ ("province");
      return { text, x: x * scale + left, y: y * scale + top, beside: 0, style };
    })
    .filter(({ x, y }) => x > 0 && y > 0 && x < width && y < height);
}

/** @param {number[][]} boxes */
function acrossOf(boxes) {
  return Math.max(...boxes.map((box) => box[2])) - Math.min(...boxes.map((box) => box[0]));
}

/**
 * Return the place that is nearest to the mean of all, which may lie outside a bent province.
 *
 * @param {number[][]} places
 */
function middleOf(places) {
  const mean = [0, 1].map((axis) => places.reduce((sum, place) => sum + place[axis], 0) / places.length);
  const away = (/** @type {number[]} */ [x, y]) => Math.hypot(x - mean[0], y - mean[1]);
  return places.reduce((best, place) => (away(place) < away(best) ? place : best));
}
