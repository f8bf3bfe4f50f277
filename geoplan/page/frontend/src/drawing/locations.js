// Project locations on canvas: points, lines and areas, and finding what is under the pointer.

/**
 * @import {
 *   Canvas,
 *   DrawnParts,
 *   DrawnPoints,
 *   Frame,
 *   MarkStyle,
 *   Page,
 *   Parts,
 *   Path,
 *   Pen,
 *   Projection,
 *   Sizes,
 * } from "../types.js"
 */

import { STYLES, penOf, stampShape, traceShape } from "./colours.js";
import { boxOf, closedPath, isInside, openPaths, strokeBorder, unroll } from "./paths.js";

/**
 * @param {Page} page
 * @param {number[]} locations
 */
export function projectsAt(page, locations) {
  return [...new Set(locations.map((location) => page.data.locations.project[location]))];
}

/**
 * @param {Parts} locations
 * @param {Projection} projection
 */
export function buildLocations(locations, projection) {
  const { points, lines, areas } = locations;
  const xs = new Float64Array(points.x.length);
  const ys = new Float64Array(points.x.length);
  for (let at = 0; at < xs.length; at += 1) {
    xs[at] = projection.x(points.x[at]);
    ys[at] = projection.y(points.y[at]);
  }
  const paths = lines.path.map((steps) => unroll(steps, projection));
  const outlines = areas.rings.map((rings) => rings.map((steps) => unroll(steps, projection)));
  return {
    points: { location: points.location, xs, ys },
    lines: { location: lines.location, paths, drawn: paths.map((path) => openPaths([path])) },
    areas: { location: areas.location, outlines, drawn: outlines.map(closedPath) },
  };
}

/**
 * @param {Pen} pen
 * @param {DrawnParts} drawn
 * @param {Int8Array} styles
 * @param {number} scale
 */
export function paintAreas(pen, { areas }, styles, scale) {
  areas.drawn.forEach((path, at) => {
    const style = STYLES[styles[areas.location[at]]];
    if (!style) return;
    pen.fillStyle = style.colour;
    pen.globalAlpha = 0.3;
    pen.fill(path, "evenodd");
    pen.globalAlpha = 1;
    strokeCased(pen, path, style, scale);
  });
}

/**
 * @param {Pen} pen
 * @param {DrawnParts} drawn
 * @param {Int8Array} styles
 * @param {number} scale
 */
export function paintRoutes(pen, { lines }, styles, scale) {
  lines.drawn.forEach((path, at) => {
    const style = STYLES[styles[lines.location[at]]];
    if (style) strokeCased(pen, path, style, scale);
  });
}

/**
 * @param {Pen} pen
 * @param {unknown} path
 * @param {MarkStyle} style
 * @param {number} scale
 */
export function strokeCased(pen, path, style, scale) {
  pen.lineCap = "butt";
  strokeBorder(pen, path, "#26292e", 4.6 / scale);
  strokeBorder(pen, path, "#ffffff", 3.4 / scale);
  pen.setLineDash(style.dash.map((length) => length / scale));
  strokeBorder(pen, path, style.colour, 3.2 / scale);
  pen.setLineDash([]);
}

/**
 * Return the radius of points: many points are small ones.
 *
 * @param {number} count
 */
export function pointRadius(count) {
  return count > 3000 ? 2 : count > 600 ? 3.4 : count > 200 ? 4.2 : 5;
}

/**
 * Paint points, sized by amount when sizes are given.
 *
 * @param {Canvas} pen
 * @param {DrawnParts} drawn
 * @param {Int8Array} styles
 * @param {Frame} frame
 * @param {Sizes | null} sizes
 */
export function paintPoints(pen, { points }, styles, frame, sizes) {
  const stamps = shapeStamps(frame.radius, frame.ratio);
  if (!sizes && points.xs.length > POINTS_DRAWN) {
    copyStamps(pen, points, styles, frame, stamps);
    return;
  }
  const half = stamps[0].width / frame.ratio / 2;
  eachPointInView(points, styles, frame, (x, y, location) => {
    const reach = half * (sizes ? sizeFactor(sizes, location) : 1);
    pen.drawImage(stamps[styles[location]], x - reach, y - reach, 2 * reach, 2 * reach);
  });
}

// More points than this are not drawn one by one but copied into a picture, pixel by pixel: ten times as fast.
const POINTS_DRAWN = 600;

/**
 * Visit the points that the filters show and the frame holds, with their place in CSS pixels.
 *
 * @param {DrawnPoints} points
 * @param {Int8Array} styles
 * @param {Frame} frame
 * @param {(x: number, y: number, location: number) => void} visit
 */
export function eachPointInView(points, styles, frame, visit) {
  const { scale, left, top, width, height } = frame;
  for (let at = 0; at < points.xs.length; at += 1) {
    const location = points.location[at];
    if (styles[location] < 0) continue;
    const x = points.xs[at] * scale + left;
    const y = points.ys[at] * scale + top;
    if (x >= 0 && y >= 0 && x < width && y < height) visit(x, y, location);
  }
}

/**
 * Copy stamps into one picture; a point that would cover the same pixels in the same style as another is left out.
 *
 * @param {Canvas} pen
 * @param {DrawnPoints} points
 * @param {Int8Array} styles
 * @param {Frame} frame
 * @param {HTMLCanvasElement[]} stamps
 */
function copyStamps(pen, points, styles, frame, stamps) {
  const { ratio } = frame;
  const picture = new ImageData(Math.ceil(frame.width * ratio), Math.ceil(frame.height * ratio));
  const target = { pixels: new Uint32Array(picture.data.buffer), width: picture.width, height: picture.height };
  const sources = stamps.map(pixelsOf);
  const half = stamps[0].width / 2;
  const coarse = points.xs.length > 3000 ? 2 : 1;
  const across = Math.ceil(frame.width / coarse) + 1;
  const covered = new Uint16Array(across * (Math.ceil(frame.height / coarse) + 1));
  eachPointInView(points, styles, frame, (x, y, location) => {
    const style = styles[location];
    const cell = Math.trunc(y / coarse) * across + Math.trunc(x / coarse);
    if (covered[cell] & (1 << style)) return;
    covered[cell] |= 1 << style;
    copyStamp(sources[style], target, Math.round(x * ratio - half), Math.round(y * ratio - half));
  });
  const sheet = document.createElement("canvas");
  [sheet.width, sheet.height] = [picture.width, picture.height];
  penOf(sheet).putImageData(picture, 0, 0);
  pen.drawImage(sheet, 0, 0, picture.width / ratio, picture.height / ratio);
}

/** @param {HTMLCanvasElement} canvas */
function pixelsOf(canvas) {
  const { data } = penOf(canvas).getImageData(0, 0, canvas.width, canvas.height);
  return { pixels: new Uint32Array(data.buffer), size: canvas.width };
}

/**
 * @param {{ pixels: Uint32Array, size: number }} source
 * @param {{ pixels: Uint32Array, width: number, height: number }} target
 * @param {number} left
 * @param {number} top
 */
function copyStamp({ pixels, size }, target, left, top) {
  const [firstRow, lastRow] = [Math.max(0, -top), Math.min(size, target.height - top)];
  const [first, last] = [Math.max(0, -left), Math.min(size, target.width - left)];
  for (let row = firstRow; row < lastRow; row += 1) {
    const offset = (top + row) * target.width + left;
    for (let at = first; at < last; at += 1) {
      const colour = pixels[row * size + at];
      const alpha = colour >>> 24;
      if (alpha === 0) continue;
      const below = target.pixels[offset + at];
      target.pixels[offset + at] = alpha === 255 || below === 0 ? colour : blend(colour, below, alpha);
    }
  }
}

/**
 * Lay one colour over another, both as 32 bits: alpha, blue, green, red.
 *
 * @param {number} over
 * @param {number} under
 * @param {number} alpha
 */
function blend(over, under, alpha) {
  const rest = 255 - alpha;
  const blue = (((over >>> 16) & 255) * alpha + ((under >>> 16) & 255) * rest) >> 8;
  const green = (((over >>> 8) & 255) * alpha + ((under >>> 8) & 255) * rest) >> 8;
  const red = ((over & 255) * alpha + (under & 255) * rest) >> 8;
  return ((Math.max(alpha, under >>> 24) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/**
 * Return how many times as wide as usual a point is drawn, so that its area tells its amount.
 *
 * @param {Sizes} sizes
 * @param {number} location
 */
export function sizeFactor({ amount, largest }, location) {
  return Math.max(0.35, 2.9 * Math.sqrt(largest > 0 ? amount[location] / largest : 0));
}

const STAMPS = new Map();

/**
 * Return a picture of the mark of each style; each size is drawn once.
 *
 * @param {number} radius
 * @param {number} ratio
 */
export function shapeStamps(radius, ratio) {
  const size = `${radius} ${ratio}`;
  if (!STAMPS.has(size))
    STAMPS.set(
      size,
      STYLES.map((style) => shapeStamp(style, radius, ratio)),
    );
  return STAMPS.get(size);
}

/**
 * @param {MarkStyle} style
 * @param {number} radius
 * @param {number} ratio
 */
function shapeStamp(style, radius, ratio) {
  const stamp = document.createElement("canvas");
  stamp.width = stamp.height = Math.ceil((radius * 1.5 + 3) * 2 * ratio);
  const pen = penOf(stamp);
  pen.translate(stamp.width / 2, stamp.height / 2);
  pen.scale(ratio, ratio);
  drawMark(pen, style, radius);
  STAMPED.set(stamp, { style, radius });
  return stamp;
}

/** What is on each stamp, to draw it as lines. @type {WeakMap<CanvasImageSource, { style: MarkStyle, radius: number }>} */
export const STAMPED = new WeakMap();

/**
 * @param {Pen} pen
 * @param {MarkStyle} style
 * @param {number} radius
 */
export function drawMark(pen, style, radius) {
  if (radius >= 4) stampShape(pen, style, radius);
  else stampSmall(pen, style, radius);
}

/**
 * @param {Pen} pen
 * @param {MarkStyle} style
 * @param {number} radius
 */
function stampSmall(pen, style, radius) {
  traceShape(pen, style.shape, radius);
  pen.fillStyle = style.colour;
  pen.fill();
  pen.strokeStyle = "rgba(30,34,40,.75)";
  pen.lineWidth = 0.7;
  pen.stroke();
}

/**
 * Return the locations at a place on the screen, nearest first: points, then lines, then areas.
 *
 * @param {DrawnParts} drawn
 * @param {ArrayLike<number>} styles
 * @param {{ points?: boolean, lines?: boolean, areas?: boolean }} view
 * @param {number} x
 * @param {number} y
 * @param {number} scale
 * @param {number} reach
 */
export function locationsAt(drawn, styles, view, x, y, scale, reach) {
  const found = [];
  const near = reach / scale;
  if (view.points) {
    const { location, xs, ys } = drawn.points;
    for (let at = 0; at < xs.length; at += 1) {
      if (styles[location[at]] < 0) continue;
      const distance = Math.hypot(xs[at] - x, ys[at] - y);
      if (distance <= near) found.push({ location: location[at], distance });
    }
  }
  if (view.lines) {
    drawn.lines.paths.forEach((path, at) => {
      const distance = distanceToPath(path, x, y);
      if (styles[drawn.lines.location[at]] >= 0 && distance <= near)
        found.push({ location: drawn.lines.location[at], distance });
    });
  }
  if (view.areas && found.length === 0) {
    drawn.areas.outlines.forEach((outlines, at) => {
      if (styles[drawn.areas.location[at]] >= 0 && isInside(outlines, x, y))
        found.push({ location: drawn.areas.location[at], distance: near });
    });
  }
  return found.sort((a, b) => a.distance - b.distance).map(({ location }) => location);
}

/**
 * @param {Path} path
 * @param {number} x
 * @param {number} y
 */
function distanceToPath(path, x, y) {
  let nearest = Infinity;
  for (let at = 2; at < path.length; at += 2) {
    const [x0, y0] = [path[at - 2], path[at - 1]];
    const [dx, dy] = [path[at] - x0, path[at + 1] - y0];
    const along = Math.max(0, Math.min(1, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1)));
    nearest = Math.min(nearest, Math.hypot(x0 + along * dx - x, y0 + along * dy - y));
  }
  return nearest;
}

/**
 * Return where one of some locations is: a point, or the middle of a line or an area; null if none of them is drawn.
 *
 * @param {DrawnParts} drawn
 * @param {(location: number) => boolean} isOne
 */
export function placeAmong({ points, lines, areas }, isOne) {
  const point = points.location.findIndex(isOne);
  if (point >= 0) return [points.xs[point], points.ys[point]];
  const line = lines.location.findIndex(isOne);
  const outlines = line >= 0 ? [lines.paths[line]] : areas.outlines[areas.location.findIndex(isOne)];
  if (!outlines) return null;
  const box = boxOf(outlines);
  return [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
}
