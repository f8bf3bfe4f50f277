// Layers beside the plan itself on canvas: neighbours, rivers, towns, what an analyst adds.

/**
 * @import {
 *   Box,
 *   Canvas,
 *   DrawnParts,
 *   FeatureLabel,
 *   FoundFeatures,
 *   Frame,
 *   Layer,
 *   LayerLook,
 *   LayerStyle,
 *   Letters,
 *   Page,
 *   Pen,
 * } from "../types.js"
 */

import { fenced, short, translated } from "../text/messages.js";
import { INK, districtAlpha } from "./colours.js";
import { districtAt } from "./districts.js";
import { locationsAt } from "./locations.js";
import { boxOf, isInside, overlaps, strokeBorder } from "./paths.js";

// How layers look: below the districts ("under"), or over them; points by a shape in their colour.
/** @type {Record<LayerStyle, LayerLook>} */
const LAYER_LOOKS = {
  neighbour: { under: true, fill: "#e8e3d8", line: "#c4bcab", width: 1, point: ["#8a8271", "circle"] },
  context: { fill: "rgba(110,100,80,.12)", line: "#857c6b", width: 1.1, point: ["#55504a", "circle"] },
  water: { fill: "#b9d3e4", line: "#4f8fb8", width: 1.3, point: ["#4f8fb8", "circle"] },
  site: { fill: "rgba(122,31,92,.16)", line: "#7a1f5c", width: 2, point: ["#7a1f5c", "pin"] },
  catchment: { fill: "rgba(122,31,92,.1)", line: "#7a1f5c", width: 1.4, dash: [6, 4], point: ["#7a1f5c", "ring"] },
  unreached: { fill: "rgba(180,30,30,.12)", line: "#a3201d", width: 1.6, dash: [2, 3], point: ["#a3201d", "saltire"] },
  line: { fill: "rgba(60,60,60,.1)", line: "#3b3f46", width: 2.2, point: ["#3b3f46", "circle"] },
};

/**
 * Visit the layers that are shown, with what is drawn of them; lowest first.
 *
 * @param {Page} page
 * @param {(look: LayerLook, drawn: DrawnParts, layer: Layer, at: number) => void} visit
 */
export function eachLayer(page, visit) {
  page.data.layers.forEach((layer, at) => {
    if (page.view.layers[at]) visit(LAYER_LOOKS[layer.style], page.drawnLayers[at], layer, at);
  });
}

/**
 * Paint areas and lines of the layers under the districts, or of those over them.
 *
 * @param {Page} page
 * @param {Pen} pen
 * @param {number} scale
 * @param {boolean} under
 */
export function paintLayers(page, pen, scale, under) {
  eachLayer(page, (look, drawn) => {
    if (Boolean(look.under) !== under) return;
    pen.lineJoin = "round";
    // The tiles show the ground themselves.
    const filled = !under || districtAlpha(page) === 1;
    drawn.areas.drawn.forEach((path) => {
      pen.fillStyle = look.fill;
      if (filled) pen.fill(path, "evenodd");
      strokeLayer(pen, path, look, scale, false);
    });
    drawn.lines.drawn.forEach((path) => strokeLayer(pen, path, look, scale, !under));
  });
}

/**
 * Let what lies around the districts fade where it was cut off, so that a cut does not look like a border.
 *
 * @param {Page} page
 * @param {Canvas} pen
 * @param {number} scale
 */
export function fadeGround(page, pen, scale) {
  if (districtAlpha(page) < 1) return;
  const box = groundBox(page);
  if (!box) return;
  const [west, north, east, south] = box;
  const reach = Math.min(FADING / scale, 0.15 * Math.min(east - west, south - north));
  const [clear, ground] = page.onPaper ? ["rgba(255,255,255,0)", "#ffffff"] : ["rgba(243,241,236,0)", "#f3f1ec"];
  /** @type {(x0: number, y0: number, x1: number, y1: number, left: number, top: number, width: number, height: number) => void} */
  const side = (x0, y0, x1, y1, left, top, width, height) => {
    const fade = pen.createLinearGradient(x0, y0, x1, y1);
    fade.addColorStop(0, ground);
    fade.addColorStop(1, clear);
    pen.fillStyle = fade;
    pen.fillRect(left, top, width, height);
  };
  const line = 3 / scale; // the stroke of a cut edge lies half outside
  const [across, down] = [east - west + 2 * line, south - north + 2 * line];
  side(west, 0, west + reach, 0, west - line, north - line, reach + line, down);
  side(east, 0, east - reach, 0, east - reach, north - line, reach + line, down);
  side(0, north, 0, north + reach, west - line, north - line, across, reach + line);
  side(0, south, 0, south - reach, west - line, south - reach, across, reach + line);
}

const FADING = 70;

/**
 * Return the box around the quiet ground that is shown: where it ends, it was cut off.
 *
 * @param {Page} page
 */
function groundBox(page) {
  const boxes = (page.groundBoxes ??= page.drawnLayers.map(({ areas }) => boxOf(areas.outlines.flat())));
  const shown = boxes.filter((box, at) => {
    const isGround = LAYER_LOOKS[page.data.layers[at].style].under;
    return isGround && page.view.layers[at] && Number.isFinite(box[0]);
  });
  if (shown.length === 0) return null;
  return [0, 1, 2, 3].map((edge) => (edge < 2 ? Math.min : Math.max)(...shown.map((box) => box[edge])));
}

/**
 * @param {Pen} pen
 * @param {unknown} path
 * @param {LayerLook} look
 * @param {number} scale
 * @param {boolean} cased
 */
export function strokeLayer(pen, path, look, scale, cased) {
  if (cased) strokeBorder(pen, path, "rgba(255,255,255,.75)", (look.width + 1.6) / scale);
  pen.setLineDash((look.dash ?? []).map((length) => length / scale));
  strokeBorder(pen, path, look.line, look.width / scale);
  pen.setLineDash([]);
}

/**
 * @param {Page} page
 * @param {Pen} pen
 * @param {Frame} frame
 */
export function paintLayerPoints(page, pen, { scale, left, top, width, height }) {
  eachLayer(page, (look, { points }) => {
    const inView = [];
    for (let at = 0; at < points.xs.length; at += 1) {
      const [x, y] = [points.xs[at] * scale + left, points.ys[at] * scale + top];
      if (x >= 0 && y >= 0 && x < width && y < height) inView.push([x, y]);
    }
    // The closer together, the smaller, so that the colours below stay to be seen.
    const apart = Math.sqrt((width * height) / Math.max(1, inView.length));
    const size = Math.min(1, Math.max(0.5, apart / 42));
    for (const [x, y] of inView) stampLayerPoint(pen, x, y, look, size);
  });
}

/**
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {LayerLook} look
 * @param {number} size
 */
export function stampLayerPoint(pen, x, y, look, size) {
  const [colour, shape] = look.point;
  pen.save();
  pen.translate(x, y);
  pen.scale(size, size);
  pen.lineJoin = "round";
  traceLayerPoint(pen, shape);
  pen.strokeStyle = "#ffffff";
  pen.lineWidth = 4;
  pen.stroke();
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = shape === "circle" ? 1 : 2;
  if (shape === "circle" || shape === "pin") pen.fill();
  if (shape !== "pin") pen.stroke();
  pen.restore();
}

/**
 * @param {Pen} pen
 * @param {string} shape
 */
function traceLayerPoint(pen, shape) {
  pen.beginPath();
  if (shape === "saltire") {
    for (const slope of [-1, 1]) {
      pen.moveTo(-4, -4 * slope);
      pen.lineTo(4, 4 * slope);
    }
  } else if (shape === "pin") {
    pen.arc(0, -11, 6, 0.82 * Math.PI, 0.18 * Math.PI);
    pen.lineTo(0, 0);
    pen.closePath();
  } else {
    pen.arc(0, 0, shape === "ring" ? 5 : 2.4, 0, 2 * Math.PI);
  }
}

/**
 * Return the features of shown layers at a place: points and lines within reach, and areas around it.
 *
 * @param {Page} page
 * @param {number} x
 * @param {number} y
 * @param {number} scale
 * @param {number} reach
 */
export function featuresAt(page, x, y, scale, reach) {
  /** @type {FoundFeatures} */
  const found = { near: [], around: [] };
  eachLayer(page, (look, drawn, _layer, at) => {
    const near = locationsAt(drawn, ALL_SHOWN, { points: true, lines: true }, x, y, scale, reach);
    if (!look.under) for (const feature of near) found.near.push([at, feature]);
    drawn.areas.outlines.forEach((outlines, part) => {
      if (isInside(outlines, x, y)) found.around.push([at, drawn.areas.location[part]]);
    });
  });
  return found;
}

// Stands for the styles of locations where filters hide none.
/** @type {ArrayLike<number>} */
const ALL_SHOWN = new Proxy([], { get: () => 0 });

/**
 * Return names of features in view: beside points, inside areas.
 *
 * @param {Page} page
 * @param {Frame} frame
 */
export function featureLabels(page, frame) {
  /** @type {FeatureLabel[]} */
  const places = [];
  // The province itself, among its neighbours, has its districts' names.
  const isOwn = (/** @type {FeatureLabel} */ { x, y }) =>
    districtAt(page.drawnDistricts, (x - frame.left) / frame.scale, (y - frame.top) / frame.scale) >= 0;
  eachLayer(page, (look, drawn, layer) => {
    if (!layer.label || drawn.points.xs.length > LABELLED) return;
    const style = look.under ? "ground" : layer.style === "water" ? "water" : "feature";
    const found = [...pointLabels(drawn, layer, frame, style), ...areaLabels(drawn, layer, frame, style)];
    places.push(...(look.under ? found.filter((place) => !isOwn(place)) : found));
  });
  return places;
}

// A layer with more points than this is described by its tips only.
const LABELLED = 400;

/**
 * @param {DrawnParts} drawn
 * @param {Layer} layer
 * @param {Frame} frame
 * @param {FeatureLabel["style"]} style
 */
function pointLabels({ points }, layer, { scale, left, top, width, height }, style) {
  /** @type {FeatureLabel[]} */
  const labels = [];
  points.location.forEach((feature, at) => {
    const text = layer.label?.[feature];
    const [x, y] = [points.xs[at] * scale + left, points.ys[at] * scale + top];
    if (text && x >= 0 && y >= 0 && x < width && y < height) labels.push({ text, x, y, beside: 7, style });
  });
  return labels;
}

/**
 * @param {DrawnParts} drawn
 * @param {Layer} layer
 * @param {Frame} frame
 * @param {FeatureLabel["style"]} style
 */
function areaLabels({ areas }, layer, frame, style) {
  const { scale, left, top, width, height } = frame;
  return areas.outlines.flatMap((outlines, at) => {
    const text = layer.label?.[areas.location[at]];
    if (!text) return [];
    const box = boxOf(outlines);
    const [x0, x1] = [Math.max(0, box[0] * scale + left), Math.min(width, box[2] * scale + left)];
    const [y0, y1] = [Math.max(0, box[1] * scale + top), Math.min(height, box[3] * scale + top)];
    if (x1 - x0 < 60 || y1 - y0 < 24) return [];
    const [x, y] = [(x0 + x1) / 2, (y0 + y1) / 2];
    return isInside(outlines, (x - left) / scale, (y - top) / scale) ? [{ text, x, y, beside: 0, style }] : [];
  });
}

/** @type {Record<FeatureLabel["style"], { ink: string, slant: string, weight: number }>} */
const LABEL_LOOKS = {
  ground: { ink: "#6f6857", slant: "italic ", weight: 400 },
  water: { ink: "#2f6690", slant: "italic ", weight: 400 },
  feature: { ink: "#3a3d42", slant: "", weight: 400 },
  province: { ink: INK, slant: "", weight: 600 },
};

/**
 * Paint names of features where nothing else is written.
 *
 * @param {Canvas} pen
 * @param {FeatureLabel[]} labels
 * @param {Box[]} taken
 * @param {Letters} letters
 */
export function paintFeatureLabels(pen, labels, taken, { font, size }) {
  pen.textBaseline = "middle";
  const dots = labels
    .filter(({ beside }) => beside)
    .map((label) => ({ label, box: [label.x - 4, label.y - 4, label.x + 4, label.y + 4] }));
  for (const label of labels) {
    const { text, x, y, beside, style } = label;
    const { ink, slant, weight } = LABEL_LOOKS[style];
    pen.font = `${slant}${weight} ${size - 1.5}px ${font}`;
    const shown = fenced(short(translated(text), 32));
    const width = pen.measureText(shown).width;
    for (const side of beside ? [1, -1] : [0]) {
      const middle = x + side * (beside + width / 2);
      const box = [middle - width / 2 - 2, y - size * 0.65, middle + width / 2 + 2, y + size * 0.65];
      if (taken.some((other) => overlaps(box, other))) continue;
      if (dots.some((dot) => dot.label !== label && overlaps(box, dot.box))) continue;
      taken.push(box);
      pen.textAlign = "center";
      pen.strokeStyle = style === "ground" ? "rgba(243,241,236,.9)" : "rgba(255,255,255,.9)";
      pen.lineWidth = 3;
      pen.strokeText(shown, middle, y);
      pen.fillStyle = ink;
      pen.fillText(shown, middle, y);
      break;
    }
  }
}
