// Names of districts on the map: where they go and how they are written.

/** @import { Box, Canvas, LabelPlace, Letters } from "../types.js" */

import { compareTexts } from "../text/language.js";
import { INK } from "./colours.js";
import { overlaps } from "./paths.js";

/**
 * Paint names (and values) of districts, wide districts first, clear of each other and of what is taken already; return
 * the boxes that are taken then, and which districts have their name. Names keep clear of marks as far as they can,
 * values cover none. All districts have their name and value, or none has a value: one here and there would look chosen.
 *
 * @param {Canvas} pen
 * @param {LabelPlace[]} places
 * @param {Box[]} covered
 * @param {Box[]} marks
 * @param {Letters} letters
 * @param {(x: number, y: number) => boolean} isLand
 */
export function paintLabels(pen, places, covered, marks, letters, isLand) {
  const names = places.map((place) => ({ ...place, lines: place.lines.slice(0, 1) }));
  const place = (/** @type {LabelPlace[]} */ labels) => {
    const inside = placeLabels(pen, labels, covered, marks, letters);
    const taken = [...covered, ...inside.map(({ box }) => box)];
    return { inside, outside: placeOutside(pen, labels, inside, taken, marks, letters, isLand) };
  };
  const namesOnly = place(names);
  const withValues = place(places.some(({ lines }) => lines.length > 1) ? places : []);
  const isWhole = withValues.inside.length + withValues.outside.length === places.length;
  const isNear = withValues.inside.length >= MOST_NAMED * namesOnly.inside.length;
  const { inside, outside } = isWhole && isNear ? withValues : namesOnly;
  for (const { from, box } of outside) paintLeader(pen, from, box);
  const placed = [...inside, ...outside];
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  for (const { x, y, lines } of placed) paintLines(pen, x, y, lines, letters);
  return { taken: [...covered, ...placed.map(({ box }) => box)], named: new Set(placed.map(({ at }) => at)) };
}

// Where a number may stand, nearest first: it is small, so it moves in small steps.
const NUMBER_SHIFTS = shiftsOf([0, -7, 7, -14, 14, -21, 21], [0, -7, 7, -14, 14, -21, 21]);

/**
 * Paint numbers over districts that have no room for their name, in the order of their names; return these districts.
 *
 * @param {Canvas} pen
 * @param {LabelPlace[]} places
 * @param {Box[]} covered
 * @param {Box[]} marks
 * @param {Letters} letters
 * @returns {number[]}
 */
export function paintNumbers(pen, places, covered, marks, letters) {
  const taken = [...covered];
  const small = { ...letters, size: letters.size - 1.5 };
  const found = places.flatMap((place) => {
    const size = labelSize(pen, ["88"], small).map((length) => length - 4);
    const spot = labelSpot({ ...place, mayMove: true }, size, taken, marks, false, NUMBER_SHIFTS);
    if (spot === null) return [];
    taken.push(boxAround(spot[0], spot[1], size));
    return [{ at: place.at, name: place.lines[0], spot }];
  });
  found.sort((a, b) => compareTexts(a.name, b.name));
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  found.forEach(({ spot }, at) => paintLines(pen, spot[0], spot[1], [String(at + 1)], small));
  return found.map(({ at }) => at);
}

// Values may push away no more names than leave this part of them over their districts.
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
    const onlyClear = place.lines.length > 1;
    const spot =
      labelSpot(place, size, taken, marks, onlyClear) ??
      (marks.length ? labelSpot(place, size, taken, marks, onlyClear, FAR_SHIFTS) : null);
    if (spot === null) return [];
    const [x, y] = spot;
    const box = boxAround(x, y, size);
    taken.push(box);
    return [{ at: place.at, x, y, lines: place.lines, box }];
  });
}

// Names outside the area are for maps of so many districts of which so many have no room.
const MOST_PLACES = 60;
const MOST_OUTSIDE = 8;
const AWAY = [30, 45, 60, 80, 105].flatMap((far) =>
  Array.from({ length: 16 }, (_, at) => [far * Math.cos((at * Math.PI) / 8), far * Math.sin((at * Math.PI) / 8)]),
);

/**
 * Return where the labels of districts without room stand beside the area, each with the place its line comes from.
 *
 * @param {Canvas} pen
 * @param {LabelPlace[]} places
 * @param {{ at: number }[]} inside
 * @param {Box[]} taken
 * @param {Box[]} marks
 * @param {Letters} letters
 * @param {(x: number, y: number) => boolean} isLand
 */
function placeOutside(pen, places, inside, taken, marks, letters, isLand) {
  const there = new Set(inside.map(({ at }) => at));
  const missing = places.filter(({ at }) => !there.has(at));
  if (places.length > MOST_PLACES || missing.length > MOST_OUTSIDE) return [];
  const full = [...taken, ...marks];
  return missing.flatMap((place) => {
    const size = labelSize(pen, place.lines, letters);
    const isFree = (/** @type {Box} */ box) =>
      !full.some((other) => overlaps(box, other)) && !cornersOf(box).some(([x, y]) => isLand(x, y));
    const spot = AWAY.map(([dx, dy]) => [place.x + dx + (Math.sign(dx) * size[0]) / 2, place.y + dy]).find(([x, y]) =>
      isFree(boxAround(x, y, size)),
    );
    if (!spot) return [];
    const [x, y] = spot;
    const box = boxAround(x, y, size);
    full.push(box);
    return [{ at: place.at, x, y, lines: place.lines, box, from: [place.x, place.y] }];
  });
}

/** @param {Box} box */
function cornersOf([west, north, east, south]) {
  const middle = (west + east) / 2;
  return [west, middle, east].flatMap((x) => [north, south].map((y) => [x, y]));
}

/**
 * Paint the line from a district to its label.
 *
 * @param {Canvas} pen
 * @param {number[]} from
 * @param {Box} box
 */
function paintLeader(pen, [x, y], [west, north, east, south]) {
  const to = [Math.min(Math.max(x, west), east), Math.min(Math.max(y, north), south)];
  for (const [colour, width] of /** @type {[string, number][]} */ ([
    ["rgba(255,255,255,.92)", 3],
    [INK, 1],
  ])) {
    pen.beginPath();
    pen.moveTo(x, y);
    pen.lineTo(to[0], to[1]);
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.stroke();
  }
}

// Where a label may move to, nearest first, and how far that is.
const LABEL_SHIFTS = shiftsOf([0, -28, 28, -56, 56], [0, -16, 16, -32, 32, -48, 48]);
// Where one goes that finds no place so near.
const FAR_SHIFTS = shiftsOf([0, -28, 28, -56, 56], [-64, 64, -80, 80]);

/**
 * @param {number[]} across
 * @param {number[]} down
 */
function shiftsOf(across, down) {
  return down.flatMap((dy) => across.map((dx) => [dx, dy, Math.hypot(dx, dy)])).sort((a, b) => a[2] - b[2]);
}

/**
 * Return where a label goes: over its district, on no other label, and there where it covers fewest marks, hangs
 * over the border least and has moved least; null if there is no such place.
 *
 * @param {LabelPlace} place
 * @param {number[]} size
 * @param {Box[]} taken
 * @param {Box[]} marks
 * @param {boolean} onlyClear
 * @param {number[][]} [shifts]
 */
function labelSpot(place, size, taken, marks, onlyClear, shifts = LABEL_SHIFTS) {
  let best = null;
  let least = Infinity;
  // With no marks to keep clear of, a name stands in the middle or not at all.
  for (const [dx, dy, way] of marks.length || place.mayMove ? shifts : shifts.slice(0, 1)) {
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
