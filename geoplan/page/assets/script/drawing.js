// Districts on canvas. Paths are in Mercator units around the middle of the area; a zoom scales them, and brings corners
// that could not be seen before.

const WORLD = 256;

/** Return functions from grid cells to Mercator units around the origin (pixels at zoom 0), and that origin. */
function makeProjection(grid, middle) {
  const eastOf = (cellX) => WORLD * ((grid.west + grid.step * cellX) / 360 + 0.5);
  const southOf = (cellY) => {
    const latitude = Math.max(-85.0511287798, Math.min(85.0511287798, grid.south + grid.step * cellY));
    return WORLD * (0.5 - Math.log(Math.tan(Math.PI / 4 + (latitude * Math.PI) / 360)) / (2 * Math.PI));
  };
  const origin = [eastOf(middle[0]), southOf(middle[1])];
  const x = (cellX) => eastOf(cellX) - origin[0];
  const y = (cellY) => southOf(cellY) - origin[1];
  return { x, y, origin };
}

/** Unroll a path of steps into local coordinates: x, y, x, y, … */
function unroll(steps, projection) {
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

function extentOfSteps(arcs) {
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

/** Build what is drawn of the districts, for a map as large as the window; `fitDistricts` makes it fit others. */
function buildDistricts(districts, projection) {
  const arcs = districts.arcs.map((steps) => unroll(steps, projection));
  const uses = new Int32Array(arcs.length);
  for (const index of districts.rings.flat(2)) uses[index < 0 ? ~index : index] += 1;
  const labels = districts.label.map((cell) => cell && [projection.x(cell[0]), projection.y(cell[1])]);
  const drawn = { arcs, uses, rings: districts.rings, labels, levels: new Map() };
  const [west, north, east, south] = boxOf(arcs);
  fitDistricts(drawn, Math.min(window.innerWidth / (east - west), window.innerHeight / (south - north)) || 1);
  return drawn;
}

// How many pixels of the screen a corner may lie beside the line that is drawn without it.
const UNSEEN = 0.3;

/** Make districts fit a scale: shapes (outlines, path and box of each), borders between them, and the outer border. */
function fitDistricts(drawn, scale) {
  const level = Math.ceil(Math.log2(scale));
  if (!drawn.levels.has(level)) drawn.levels.set(level, drawDistricts(drawn, UNSEEN / 2 ** level));
  Object.assign(drawn, drawn.levels.get(level));
}

function drawDistricts({ arcs, uses, rings }, reach) {
  const seen = arcs.map((arc) => withoutUnseen(arc, reach));
  const shapes = rings.map((own) => {
    const outlines = own.map((ring) => joinArcs(ring, seen));
    return { outlines, path: closedPath(outlines), box: boxOf(outlines) };
  });
  return { shapes, inner: borderPath(seen, uses, 2), outer: borderPath(seen, uses, 1) };
}

/**
 * Leave out the corners of a path that lie no further than `reach` from the line without them. From the corner kept
 * last, a line must pass all that follow within reach: they leave it a sector, and the first that lies outside, or
 * turns back, has the one before it kept.
 */
function withoutUnseen(path, reach) {
  const kept = [path[0], path[1]];
  const last = path.length - 2;
  let from = 0; // the corner kept last
  let [towardsX, towardsY, low, high, farthest] = [0, 0, 0, 0, 0];
  for (let at = 2; at <= last; at += 2) {
    let dx = path[at] - path[from];
    let dy = path[at + 1] - path[from + 1];
    let far = Math.sqrt(dx * dx + dy * dy);
    let turn = farthest > 0 ? Math.atan2(towardsX * dy - towardsY * dx, towardsX * dx + towardsY * dy) : 0;
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

/** Join arcs to a ring, each without its last corner, which is the next one's first. */
function joinArcs(ring, arcs) {
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

function addPath(path, points) {
  path.moveTo(points[0], points[1]);
  for (let at = 2; at < points.length; at += 2) path.lineTo(points[at], points[at + 1]);
}

function closedPath(outlines) {
  const path = new Path2D();
  for (const outline of outlines) {
    addPath(path, outline);
    path.closePath();
  }
  return path;
}

function openPath(points) {
  const path = new Path2D();
  addPath(path, points);
  return path;
}

function borderPath(arcs, uses, count) {
  const path = new Path2D();
  arcs.forEach((arc, at) => {
    if (Math.min(uses[at], 2) === count) addPath(path, arc);
  });
  return path;
}

function boxOf(outlines) {
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

/** Tell whether a point is inside outlines, by the even-odd rule. */
function isInside(outlines, x, y) {
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

function isInShape({ box, outlines }, x, y) {
  return x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3] && isInside(outlines, x, y);
}

function districtAt(drawn, x, y) {
  return drawn.shapes.findIndex((shape) => isInShape(shape, x, y));
}

/** Paint districts; the pen is already set so that one local unit is `scale` pixels. */
function paintDistricts(pen, drawn, look, scale) {
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

function strokeBorder(pen, path, colour, width) {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.stroke(path);
}

/** Return a function from hatch to pattern: the pen is scaled to the map, hatches keep their size on the screen. */
function hatchPatterns(pen, scale) {
  const patterns = new Map();
  return (name) => {
    if (!patterns.has(name)) {
      const pattern = pen.createPattern(hatchTile(name, 2), "repeat");
      pattern.setTransform(new DOMMatrix().scale(1 / (scale * 2), 1 / (scale * 2)));
      patterns.set(name, pattern);
    }
    return patterns.get(name);
  };
}

/**
 * Paint names (and values) of districts, wide districts first, clear of each other and of what is taken already; return
 * the boxes that are taken then. Names keep clear of marks as far as they can, values cover none; where no more than
 * half of the names have room for their value, none has it: a value here and there would look chosen.
 */
function paintLabels(pen, places, covered, marks, letters) {
  const namesOnly = () => placeLabels(pen, places.map((place) => ({ ...place, lines: place.lines.slice(0, 1) })), covered, marks, letters);
  const hasValue = ({ lines }) => lines.length > 1;
  const withValues = (found) => found.length > 0 && 2 * found.filter(hasValue).length > found.length;
  let placed = withValues(places) ? placeLabels(pen, places, covered, marks, letters) : namesOnly();
  if (placed.some(hasValue) && !withValues(placed)) placed = namesOnly();
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  for (const { x, y, lines } of placed) paintLines(pen, x, y, lines, letters);
  return [...covered, ...placed.map(({ box }) => box)];
}

/** Return where labels stand, and with which lines: {x, y, lines, box}. */
function placeLabels(pen, places, covered, marks, letters) {
  const taken = [...covered];
  return places.flatMap((place) => {
    for (let shown = place.lines.length; shown > 0; shown -= 1) {
      const lines = place.lines.slice(0, shown);
      const size = labelSize(pen, lines, letters);
      const spot = labelSpot(place, size, taken, marks, lines.length > 1);
      if (spot === null) continue;
      const [x, y] = spot;
      const box = boxAround(x, y, size);
      taken.push(box);
      return [{ x, y, lines, box }];
    }
    return [];
  });
}

// Where a label may move to, nearest first, and how far that is.
const LABEL_SHIFTS = [0, -16, 16, -32, 32, -48, 48]
  .flatMap((dy) => [0, -28, 28, -56, 56].map((dx) => [dx, dy, Math.hypot(dx, dy)]))
  .sort((a, b) => a[2] - b[2]);

/**
 * Return where a label goes: over its district, on no other label, and there where it covers fewest marks, hangs
 * over the border least and has moved least; null if there is no such place.
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
    const covered = marks.reduce((count, mark) => count + overlaps(box, mark), 0);
    if (covered && onlyClear) continue;
    const cost = 1.4 * covered + 12 * overhang(place, x, y, size[0]) + 0.02 * way;
    if (cost < least) [best, least] = [[x, y], cost];
  }
  return best;
}

/** Return which part of a label's width does not lie over its district, where it could be read as another's name. */
function overhang({ isOver }, x, y, width) {
  const spots = [-0.5, -0.3, -0.1, 0.1, 0.3, 0.5];
  return spots.filter((part) => !isOver(x + part * width, y)).length / spots.length;
}

function labelSize(pen, lines, { font, size }) {
  pen.font = `600 ${size}px ${font}`;
  return [Math.max(...lines.map((line) => pen.measureText(line).width)), 1.3 * size * lines.length];
}

function boxAround(x, y, [width, height]) {
  return [x - width / 2 - 4, y - height / 2 - 1, x + width / 2 + 4, y + height / 2 + 1];
}

function overlaps(one, other) {
  return one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3];
}

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
