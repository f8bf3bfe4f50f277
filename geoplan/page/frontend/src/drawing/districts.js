// Districts on canvas. Paths are in Mercator units around the middle of the area; a zoom scales them, and brings corners
// that could not be seen before.

/** @import { BorderPiece, Box, Canvas, Districts, DrawnDistricts, Path, Projection } from "../types.js" */

import { INK, hatchTile } from "./colours.js";
import {
  boxOf,
  closedPath,
  isInShape,
  joinArcs,
  openPaths,
  overlaps,
  strokeBorder,
  unroll,
  withoutUnseen,
} from "./paths.js";

/**
 * Build what is drawn of the districts, for a map as large as the window; `fitDistricts` makes it fit others.
 *
 * @param {Districts} districts
 * @param {Projection} projection
 */
export function buildDistricts(districts, projection) {
  const arcs = districts.arcs.map((steps) => unroll(steps, projection));
  const borders = bordersOfArcs(districts);
  const labels = districts.label.map((cell) => cell && [projection.x(cell[0]), projection.y(cell[1])]);
  const undrawn = { shapes: [], inner: [], provinces: [], outer: [], usual: 0, area: 0 };
  /** @type {DrawnDistricts} */
  const drawn = { arcs, borders, rings: districts.rings, labels, levels: new Map(), ...undrawn };
  const [west, north, east, south] = boxOf(arcs);
  fitDistricts(drawn, Math.min(window.innerWidth / (east - west), window.innerHeight / (south - north)) || 1);
  return drawn;
}

const [OUTER, INNER, PROVINCES] = [1, 2, 3];

/**
 * Tell of each arc whether it bounds the area, two districts, or two provinces.
 *
 * @param {Pick<Districts, "arcs" | "rings" | "province_at">} districts
 */
function bordersOfArcs({ arcs, rings, province_at: provinces }) {
  const borders = new Uint8Array(arcs.length);
  const first = new Int32Array(arcs.length);
  rings.forEach((own, district) => {
    for (const index of own.flat()) {
      const arc = index < 0 ? ~index : index;
      if (!borders[arc]) [borders[arc], first[arc]] = [OUTER, provinces[district]];
      else borders[arc] = first[arc] === provinces[district] ? INNER : PROVINCES;
    }
  });
  return borders;
}

// How many pixels of the screen a corner may lie beside the line that is drawn without it.
const UNSEEN = 0.3;

/**
 * Make districts fit a scale: shapes (outlines, path and box of each), borders between them, and the outer border.
 *
 * @param {DrawnDistricts} drawn
 * @param {number} scale
 */
export function fitDistricts(drawn, scale) {
  const level = Math.ceil(Math.log2(scale));
  if (!drawn.levels.has(level)) drawn.levels.set(level, drawDistricts(drawn, UNSEEN / 2 ** level));
  Object.assign(drawn, drawn.levels.get(level));
}

/**
 * @param {Pick<DrawnDistricts, "arcs" | "borders" | "rings">} drawn
 * @param {number} reach
 */
function drawDistricts({ arcs, borders, rings }, reach) {
  const seen = arcs.map((arc) => withoutUnseen(arc, reach));
  const shapes = rings.map((own) => {
    const outlines = own.map((ring) => joinArcs(ring, seen));
    return { outlines, path: closedPath(outlines), box: boxOf(outlines) };
  });
  const areas = shapes.map(({ outlines }) => outlines.reduce((sum, outline) => sum + signedArea(outline), 0));
  const sizes = areas.map((area) => Math.sqrt(Math.abs(area))).sort((a, b) => a - b);
  const [inner, provinces, outer] = [INNER, PROVINCES, OUTER].map((kind) => borderPieces(seen, borders, kind));
  const area = areas.reduce((sum, one) => sum + Math.abs(one), 0);
  return { shapes, inner, provinces, outer, usual: sizes[Math.floor(sizes.length / 2)] ?? 0, area };
}

/**
 * Return the area of an outline; holes have the other sign.
 *
 * @param {Path} outline
 */
function signedArea(outline) {
  let twice = 0;
  for (let at = 0, last = outline.length - 2; at < outline.length; last = at, at += 2)
    twice += outline[last] * outline[at + 1] - outline[at] * outline[last + 1];
  return twice / 2;
}

// Districts that are smaller than this on the screen, in pixels: their hatches could not be read; the borders of their
// provinces help.
const HATCHED_FROM = 24;
const PROVINCES_BELOW = 60;
// Among districts as small as this, a thin line between provinces would be one of many.
const SMALL = 16;

/**
 * Tell whether the usual district is large enough on the screen for its hatch to be read.
 *
 * @param {Pick<DrawnDistricts, "usual">} drawn
 * @param {number} scale
 */
export function isHatchable({ usual }, scale) {
  return usual * scale >= HATCHED_FROM;
}

// Borders are kept in so many pieces across and down: what lies out of sight costs no time.
const PIECES = 16;

/**
 * @param {Path[]} arcs
 * @param {Uint8Array} borders
 * @param {number} kind
 */
function borderPieces(arcs, borders, kind) {
  const [west, north, east, south] = boxOf(arcs);
  const cell = (/** @type {number} */ part) => Math.floor(PIECES * part) || 0;
  /** @type {Map<string, Path[]>} */
  const cells = new Map();
  arcs.forEach((arc, at) => {
    if (borders[at] !== kind) return;
    const key = `${cell((arc[0] - west) / (east - west))} ${cell((arc[1] - north) / (south - north))}`;
    if (!cells.has(key)) cells.set(key, []);
    cells.get(key)?.push(arc);
  });
  return [...cells.values()].map((lines) => ({ path: openPaths(lines), box: boxOf(lines) }));
}

/**
 * @param {DrawnDistricts} drawn
 * @param {number} x
 * @param {number} y
 */
export function districtAt(drawn, x, y) {
  return drawn.shapes.findIndex((shape) => isInShape(shape, x, y));
}

/**
 * Paint the districts in view; the pen is already set so that one local unit is `scale` pixels.
 *
 * @param {Canvas} pen
 * @param {DrawnDistricts} drawn
 * @param {{ fill: (district: number) => string, hatch: (district: number) => string, alpha: number, selected: number }} look
 * @param {number} scale
 * @param {Box} view
 */
export function paintDistricts(pen, drawn, look, scale, view) {
  const pattern = hatchPatterns(pen, scale);
  let inView = 0;
  drawn.shapes.forEach((shape, district) => {
    if (!overlaps(shape.box, view)) return;
    inView += 1;
    pen.fillStyle = look.fill(district);
    pen.globalAlpha = look.alpha;
    pen.fill(shape.path, "evenodd");
    pen.globalAlpha = 1;
    const hatch = look.hatch(district);
    if (hatch === "none") return;
    pen.fillStyle = pattern(hatch);
    pen.fill(shape.path, "evenodd");
  });
  paintBorders(pen, drawn, scale, view, inView <= MOST_CASED);
  if (look.selected >= 0 && drawn.shapes[look.selected]) {
    strokeBorder(pen, drawn.shapes[look.selected].path, "#ffffff", 6 / scale);
    strokeBorder(pen, drawn.shapes[look.selected].path, INK, 3 / scale);
  }
}

// With more districts than this in view, borders have no casing: a browser draws lines wider than a pixel ten times as
// slowly as thin ones.
const MOST_CASED = 600;

/**
 * Paint borders; those of small districts are thin, because the colours are the message.
 *
 * @param {Canvas} pen
 * @param {DrawnDistricts} drawn
 * @param {number} scale
 * @param {Box} view
 * @param {boolean} cased
 */
function paintBorders(pen, drawn, scale, view, cased) {
  pen.lineJoin = "miter";
  pen.miterLimit = 2;
  const size = drawn.usual * scale;
  const stroke = (/** @type {BorderPiece[]} */ pieces, /** @type {string} */ colour, /** @type {number} */ width) => {
    for (const { path, box } of pieces) if (overlaps(box, view)) strokeBorder(pen, path, colour, width / scale);
  };
  const inner = [...drawn.inner, ...drawn.provinces];
  if (cased && size > 16) stroke(inner, "#ffffff", Math.min(2.6, 0.05 * size));
  stroke(inner, "#6c727c", Math.min(0.9, Math.max(0.15, 0.018 * size)));
  if (size < SMALL) stroke(drawn.provinces, "rgba(255,255,255,.85)", 2.8);
  if (size < PROVINCES_BELOW) stroke(drawn.provinces, "#1f2328", size < SMALL ? 1.3 : 1.2);
  stroke(drawn.outer, "#4a505a", Math.min(1.5, Math.max(0.7, 0.06 * size)));
}

/**
 * Return a function from hatch to pattern: the pen is scaled to the map, hatches keep their size on the screen.
 *
 * @param {Canvas} pen
 * @param {number} scale
 */
function hatchPatterns(pen, scale) {
  const patterns = new Map();
  return (/** @type {string} */ name) => {
    if (!patterns.has(name)) {
      const pattern = pen.createPattern(hatchTile(name, 2), "repeat");
      pattern?.setTransform(new DOMMatrix().scale(1 / (scale * 2), 1 / (scale * 2)));
      patterns.set(name, pattern);
    }
    return patterns.get(name);
  };
}
