// Names of districts on the map: where they go and how they are written.

/** @import { Box, Canvas, LabelPlace, Letters } from "../types.js" */

import { INK } from "./colours.js";
import { overlaps } from "./paths.js";

/**
 * Paint names (and values) of districts, wide districts first, clear of each other and of what is taken already; return
 * the boxes that are taken then. Names keep clear of marks as far as they can, values cover none. All names have their
 * value or none has: a value here and there would look chosen.
 *
 * @param {Canvas} pen
 * @param {LabelPlace[]} places
 * @param {Box[]} covered
 * @param {Box[]} marks
 * @param {Letters} letters
 */
export function paintLabels(pen, places, covered, marks, letters) {
  const names = places.map((place) => ({ ...place, lines: place.lines.slice(0, 1) }));
  const valued = places.filter(({ lines }) => lines.length > 1);
  const withValues = valued.length ? placeLabels(pen, places, covered, marks, letters) : [];
  const namesOnly = placeLabels(pen, names, covered, marks, letters);
  const placed = withValues.length >= MOST_NAMED * namesOnly.length ? withValues : namesOnly;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  for (const { x, y, lines } of placed) paintLines(pen, x, y, lines, letters);
  return [...covered, ...placed.map(({ box }) => box)];
}

// Values may push away no more names than leave this part of them.
const MOST_NAMED = 0.85;

/**
 * Return where labels stand, and with which lines: {x, y, lines, box}.
 *
 * @param {Canvas} pen
 * @param {LabelPlace[]} places
 * @param {Box[]} covered
 * @param {Box[]} marks
 * @param {Letters} letters
 */
function placeLabels(pen, places, covered, marks, letters) {
  const taken = [...covered];
  return places.flatMap((place) => {
    const size = labelSize(pen, place.lines, letters);
    const spot = labelSpot(place, size, taken, marks, place.lines.length > 1);
    if (spot === null) return [];
    const [x, y] = spot;
    const box = boxAround(x, y, size);
    taken.push(box);
    return [{ x, y, lines: place.lines, box }];
  });
}

// Where a label may move to, nearest first, and how far that is.
const LABEL_SHIFTS = [0, -16, 16, -32, 32, -48, 48]
  .flatMap((dy) => [0, -28, 28, -56, 56].map((dx) => [dx, dy, Math.hypot(dx, dy)]))
  .sort((a, b) => a[2] - b[2]);

/**
 * Return where a label goes: over its district, on no other label, and there where it covers fewest marks, hangs
 * over the border least and has moved least; null if there is no such place.
 *
 * @param {LabelPlace} place
 * @param {number[]} size
 * @param {Box[]} taken
 * @param {Box[]} marks
 * @param {boolean} onlyClear
 */
function labelSpot(place, size, taken, marks, onlyClear) {
  let best = null;
  let least = Infinity;
  // With no marks to keep clear of, a name stands in the middle or not at all.
  for (const [dx, dy, way] of marks.length || place.mayMove ? LABEL_SHIFTS : LABEL_SHIFTS.slice(0, 1)) {
    if (0.02 * way >= least) break;
    const [x, y] = [place.x + dx, place.y + dy];
    if (!place.isOver(x, y)) continue;
    const box = boxAround(x, y, size);
    if (taken.some((other) => overlaps(box, other))) continue;
    const covered = marks.reduce((count, mark) => count + Number(overlaps(box, mark)), 0);
    if (covered && onlyClear) continue;
    const cost = 1.4 * covered + 12 * overhang(place, x, y, size[0]) + 0.02 * way;
    if (cost < least) [best, least] = [[x, y], cost];
  }
  return best;
}

/**
 * Return which part of a label's width does not lie over its district, where it could be read as another's name.
 *
 * @param {LabelPlace} place
 * @param {number} x
 * @param {number} y
 * @param {number} width
 */
function overhang({ isOver }, x, y, width) {
  const spots = [-0.5, -0.3, -0.1, 0.1, 0.3, 0.5];
  return spots.filter((part) => !isOver(x + part * width, y)).length / spots.length;
}

/**
 * @param {Canvas} pen
 * @param {string[]} lines
 * @param {Letters} letters
 */
function labelSize(pen, lines, { font, size }) {
  pen.font = `600 ${size}px ${font}`;
  return [Math.max(...lines.map((line) => pen.measureText(line).width)), 1.3 * size * lines.length];
}

/**
 * @param {number} x
 * @param {number} y
 * @param {number[]} size
 */
function boxAround(x, y, [width, height]) {
  return [x - width / 2 - 4, y - height / 2 - 1, x + width / 2 + 4, y + height / 2 + 1];
}

/**
 * @param {Canvas} pen
 * @param {number} x
 * @param {number} y
 * @param {string[]} lines
 * @param {Letters} letters
 */
function paintLines(pen, x, y, lines, { font, size }) {
  lines.forEach((line, at) => {
    const middle = y + 1.3 * size * (at - (lines.length - 1) / 2);
    pen.font = at === 0 ? `600 ${size}px ${font}` : `400 ${size - 1}px ${font}`;
    pen.strokeStyle = "rgba(255,255,255,.92)";
    pen.lineWidth = 4;
    pen.strokeText(line, x, middle);
    pen.fillStyle = INK;
    pen.fillText(line, x, middle);
  });
}
