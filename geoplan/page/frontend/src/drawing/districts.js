// Districts on canvas. Paths are in Mercator units around the middle of the area; a zoom scales them, and brings corners
// that could not be seen before.

/** @import { Canvas, Districts, DrawnDistricts, Path, Projection } from "../types.js" */

import { INK, hatchTile } from "./colours.js";
import { addPath, boxOf, closedPath, isInShape, joinArcs, strokeBorder, unroll, withoutUnseen } from "./paths.js";

/**
 * Build what is drawn of the districts, for a map as large as the window; `fitDistricts` makes it fit others.
 *
 * @param {Districts} districts
 * @param {Projection} projection
 */
export function buildDistricts(districts, projection) {
  const arcs = districts.arcs.map((steps) => unroll(steps, projection));
  const uses = new Int32Array(arcs.length);
  for (const index of districts.rings.flat(2)) uses[index < 0 ? ~index : index] += 1;
  const labels = districts.label.map((cell) => cell && [projection.x(cell[0]), projection.y(cell[1])]);
  const undrawn = { shapes: [], inner: new Path2D(), outer: new Path2D() };
  /** @type {DrawnDistricts} */
  const drawn = { arcs, uses, rings: districts.rings, labels, levels: new Map(), ...undrawn };
  const [west, north, east, south] = boxOf(arcs);
  fitDistricts(drawn, Math.min(window.innerWidth / (east - west), window.innerHeight / (south - north)) || 1);
  return drawn;
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
 * @param {Pick<DrawnDistricts, "arcs" | "uses" | "rings">} drawn
 * @param {number} reach
 */
function drawDistricts({ arcs, uses, rings }, reach) {
  const seen = arcs.map((arc) => withoutUnseen(arc, reach));
  const shapes = rings.map((own) => {
    const outlines = own.map((ring) => joinArcs(ring, seen));
    return { outlines, path: closedPath(outlines), box: boxOf(outlines) };
  });
  return { shapes, inner: borderPath(seen, uses, 2), outer: borderPath(seen, uses, 1) };
}

/**
 * @param {Path[]} arcs
 * @param {Int32Array} uses
 * @param {number} count
 */
function borderPath(arcs, uses, count) {
  const path = new Path2D();
  arcs.forEach((arc, at) => {
    if (Math.min(uses[at], 2) === count) addPath(path, arc);
  });
  return path;
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
 * Paint districts; the pen is already set so that one local unit is `scale` pixels.
 *
 * @param {Canvas} pen
 * @param {DrawnDistricts} drawn
 * @param {{ fill: (district: number) => string, hatch: (district: number) => string, alpha: number, selected: number }} look
 * @param {number} scale
 */
export function paintDistricts(pen, drawn, look, scale) {
  const pattern = hatchPatterns(pen, scale);
  drawn.shapes.forEach((shape, district) => {
    pen.fillStyle = look.fill(district);
    pen.globalAlpha = look.alpha;
    pen.fill(shape.path, "evenodd");
    pen.globalAlpha = 1;
    const hatch = look.hatch(district);
    if (hatch === "none") return;
    pen.fillStyle = pattern(hatch);
    pen.fill(shape.path, "evenodd");
  });
  pen.lineJoin = "miter";
  pen.miterLimit = 2;
  strokeBorder(pen, drawn.inner, "#ffffff", 2.6 / scale);
  strokeBorder(pen, drawn.inner, "#6c727c", 0.9 / scale);
  strokeBorder(pen, drawn.outer, "#4a505a", 1.5 / scale);
  if (look.selected >= 0 && drawn.shapes[look.selected]) {
    strokeBorder(pen, drawn.shapes[look.selected].path, "#ffffff", 6 / scale);
    strokeBorder(pen, drawn.shapes[look.selected].path, INK, 3 / scale);
  }
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
