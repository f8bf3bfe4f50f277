// Paths in Mercator units: from grid cells to corners, boxes and outlines.

/** @import { Box, Grid, Path, Pen, Projection, Shape, Steps, Tracer } from "../types.js" */

export const WORLD = 256;

/**
 * Return functions from grid cells to Mercator units around the origin (pixels at zoom 0), and that origin.
 *
 * @param {Grid} grid
 * @param {number[]} middle
 */
export function makeProjection(grid, middle) {
  const eastOf = (/** @type {number} */ cellX) => WORLD * ((grid.west + grid.step * cellX) / 360 + 0.5);
  const southOf = (/** @type {number} */ cellY) => {
    const latitude = Math.max(-85.0511287798, Math.min(85.0511287798, grid.south + grid.step * cellY));
    return WORLD * (0.5 - Math.log(Math.tan(Math.PI / 4 + (latitude * Math.PI) / 360)) / (2 * Math.PI));
  };
  const origin = [eastOf(middle[0]), southOf(middle[1])];
  const x = (/** @type {number} */ cellX) => eastOf(cellX) - origin[0];
  const y = (/** @type {number} */ cellY) => southOf(cellY) - origin[1];
  return { x, y, origin };
}

/**
 * Unroll a path of steps into local coordinates: x, y, x, y, …
 *
 * @param {Steps} steps
 * @param {Projection} projection
 */
export function unroll(steps, projection) {
  const path = new Float64Array(steps.length);
  let [x, y] = [0, 0];
  for (let at = 0; at < steps.length; at += 2) {
    x += steps[at];
    y += steps[at + 1];
    path[at] = projection.x(x);
    path[at + 1] = projection.y(y);
  }
  return path;
}

/** @param {Steps[]} arcs */
export function extentOfSteps(arcs) {
  const extent = [Infinity, Infinity, -Infinity, -Infinity];
  for (const arc of arcs) {
    let [x, y] = [0, 0];
    for (let at = 0; at < arc.length; at += 2) {
      x += arc[at];
      y += arc[at + 1];
      extent[0] = Math.min(extent[0], x);
      extent[1] = Math.min(extent[1], y);
      extent[2] = Math.max(extent[2], x);
      extent[3] = Math.max(extent[3], y);
    }
  }
  return extent;
}

/**
 * Leave out the corners of a path that lie no further than `reach` from the line without them. From the corner kept
 * last, a line must pass all that follow within reach: they leave it a sector, and the first that lies outside, or
 * turns back, has the one before it kept.
 *
 * @param {Path} path
 * @param {number} reach
 */
export function withoutUnseen(path, reach) {
  const kept = [path[0], path[1]];
  const last = path.length - 2;
  let from = 0; // the corner kept last
  let [towardsX, towardsY, low, high, farthest] = [0, 0, 0, 0, 0];
  for (let at = 2; at <= last; at += 2) {
    let dx = path[at] - path[from];
    let dy = path[at + 1] - path[from + 1];
    let far = Math.sqrt(dx * dx + dy * dy);
    const turn = farthest > 0 ? Math.atan2(towardsX * dy - towardsY * dx, towardsX * dx + towardsY * dy) : 0;
    if (turn < low || turn > high || far < farthest - reach) {
      from = at - 2;
      kept.push(path[from], path[from + 1]);
      dx = path[at] - path[from];
      dy = path[at + 1] - path[from + 1];
      far = Math.sqrt(dx * dx + dy * dy);
      farthest = 0;
    }
    if (far <= reach) {
      if (farthest === 0) low = high = 0;
      continue;
    }
    const free = Math.asin(reach / far);
    if (farthest === 0) {
      towardsX = dx;
      towardsY = dy;
      low = -free;
      high = free;
    } else {
      low = Math.max(low, turn - free);
      high = Math.min(high, turn + free);
    }
    farthest = Math.max(farthest, far);
  }
  if (last > 0) kept.push(path[last], path[last + 1]);
  return new Float64Array(kept);
}

/**
 * Join arcs to a ring, each without its last corner, which is the next one's first.
 *
 * @param {number[]} ring
 * @param {Path[]} arcs
 */
export function joinArcs(ring, arcs) {
  const parts = ring.map((index) => arcs[index < 0 ? ~index : index]);
  const points = new Float64Array(parts.reduce((sum, { length }) => sum + length - 2, 0));
  let to = 0;
  parts.forEach((arc, at) => {
    const last = arc.length - 2;
    for (let from = 0; from < last; from += 2, to += 2) {
      const corner = ring[at] < 0 ? last - from : from;
      points[to] = arc[corner];
      points[to + 1] = arc[corner + 1];
    }
  });
  return points;
}

/**
 * @param {Tracer} path
 * @param {Path} points
 */
export function addPath(path, points) {
  path.moveTo(points[0], points[1]);
  for (let at = 2; at < points.length; at += 2) path.lineTo(points[at], points[at + 1]);
  if (path instanceof Path2D) linesOf(path).push(points);
}

/** Lines of paths, for a browser does not tell what is in one. @type {WeakMap<Path2D, Path[]>} */
const LINES = new WeakMap();

/**
 * Return the lines that a path was made of.
 *
 * @param {Path2D} path
 */
export function linesOf(path) {
  const lines = LINES.get(path) ?? [];
  LINES.set(path, lines);
  return lines;
}

/** @param {Path[]} outlines */
export function closedPath(outlines) {
  const path = new Path2D();
  for (const outline of outlines) {
    addPath(path, outline);
    path.closePath();
  }
  return path;
}

/** @param {Path[]} lines */
export function openPaths(lines) {
  const path = new Path2D();
  for (const line of lines) addPath(path, line);
  return path;
}

/** @param {Path[]} outlines */
export function boxOf(outlines) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const outline of outlines) {
    for (let at = 0; at < outline.length; at += 2) {
      box[0] = Math.min(box[0], outline[at]);
      box[1] = Math.min(box[1], outline[at + 1]);
      box[2] = Math.max(box[2], outline[at]);
      box[3] = Math.max(box[3], outline[at + 1]);
    }
  }
  return box;
}

/**
 * Tell whether a point is inside outlines, by the even-odd rule.
 *
 * @param {Path[]} outlines
 * @param {number} x
 * @param {number} y
 */
export function isInside(outlines, x, y) {
  let inside = false;
  for (const outline of outlines) {
    let before = outline.length - 2;
    for (let at = 0; at < outline.length; before = at, at += 2) {
      const y0 = outline[before + 1];
      const y1 = outline[at + 1];
      if (y0 > y === y1 > y) continue;
      const x0 = outline[before];
      if (x < ((outline[at] - x0) * (y - y0)) / (y1 - y0) + x0) inside = !inside;
    }
  }
  return inside;
}

/**
 * @param {Shape} shape
 * @param {number} x
 * @param {number} y
 */
export function isInShape({ box, outlines }, x, y) {
  return x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3] && isInside(outlines, x, y);
}

/**
 * @param {Pen} pen
 * @param {unknown} path
 * @param {string} colour
 * @param {number} width
 */
export function strokeBorder(pen, path, colour, width) {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.stroke(path);
}

/**
 * @param {Box} one
 * @param {Box} other
 */
export function overlaps(one, other) {
  return one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3];
}
