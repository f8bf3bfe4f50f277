// Colours, shapes and hatches. Colour never carries a meaning alone.

/** @import { MarkStyle, Page, Pen } from "../types.js" */

// Over tiles, districts let some of them through.
const OVER_TILES = 0.8;

/**
 * Return how opaque districts are: over tiles they let some of them through, on plain ground and paper none.
 *
 * @param {Page} page
 */
export function districtAlpha(page) {
  return page.ground === "shown" && !page.onPaper ? OVER_TILES : 1;
}

// ColorBrewer "Blues" (Brewer & Harrower, colorbrewer2.org), colour-blind safe; the palest step is left out,
// so that the lowest class stands apart from "no money".
/** @type {Record<number, string[]>} */
export const SEQUENTIAL = {
  1: ["#6baed6"],
  2: ["#9ecae1", "#2171b5"],
  3: ["#c6dbef", "#6baed6", "#2171b5"],
  4: ["#c6dbef", "#6baed6", "#2171b5", "#084594"],
  5: ["#c6dbef", "#9ecae1", "#6baed6", "#2171b5", "#084594"],
  6: ["#c6dbef", "#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#084594"],
  7: ["#deebf7", "#c6dbef", "#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#084594"],
};

// ColorBrewer "BrBG", colour-blind safe, for the targeting ratio: brown below its share, green above.
export const DIVERGING = ["#a6611a", "#dfc27d", "#f2f0e6", "#80cdc1", "#018571"];
export const DIVERGING_SIDES = [
  ["#d8b365", "#5ab4ac"],
  ["#a6611a", "#dfc27d", "#80cdc1", "#018571"],
  ["#8c510a", "#d8b365", "#f6e8c3", "#c7eae5", "#5ab4ac", "#01665e"],
];
export const RATIO_BREAKS = [0.5, 0.8, 1.25, 2];

// Paul Tol, "light" qualitative scheme (personal.sron.nl/~pault), made for labelled areas.
export const CATEGORICAL = ["#99ddff", "#ee8866", "#eedd88", "#ffaabb", "#44bb99", "#aaaa00", "#bbcc33", "#77aadd"];

// Money × poverty, rows by poverty, columns by money: blue is more money, orange more poverty, dark both. All pairs
// differ by at least 15 (CIE 1976), also as protanopia, deuteranopia and tritanopia are simulated (Machado et al. 2009).
export const BIVARIATE = [
  ...["#f1efe9", "#a9cbe6", "#4a8fc7"],
  ...["#f8d08b", "#b3ab97", "#4f6d8f"],
  ...["#ee9a1f", "#a86526", "#1f1d2b"],
];

export const NO_DATA_COLOUR = "#d9d6d0";
export const ZERO_COLOUR = "#ffffff";
export const NEGATIVE_COLOUR = "#e8c9de";
export const OTHER_MONEY_COLOUR = "#ddd3ee";
export const UNCHOSEN_COLOUR = "#f3f1ec";
export const INK = "#1f2328";

// Okabe & Ito (jfly.uni-koeln.de/color), the colours that stand out on blue first.
const COMPONENT_STYLES = [
  { colour: "#d55e00", shape: "circle", dash: [] },
  { colour: "#f0e442", shape: "square", dash: [9, 4] },
  { colour: "#009e73", shape: "triangle", dash: [2, 4] },
  { colour: "#cc79a7", shape: "diamond", dash: [10, 3, 2, 3] },
  { colour: "#111111", shape: "cross", dash: [5, 5] },
  { colour: "#e69f00", shape: "star", dash: [14, 4] },
];
const OTHER_STYLE = { colour: "#8a8f98", shape: "pentagon", dash: [3, 3] };
const NO_MONEY_STYLE = { colour: "#ffffff", shape: "ring", dash: [1, 3] };
const OTHER_MONEY_STYLE = { colour: OTHER_MONEY_COLOUR, shape: "ring", dash: [1, 3] };
export const STYLES = [...COMPONENT_STYLES, OTHER_STYLE, NO_MONEY_STYLE, OTHER_MONEY_STYLE];
export const OTHER = COMPONENT_STYLES.length;
export const NO_MONEY = OTHER + 1;
export const OTHER_MONEY = OTHER + 2;

const HATCHES = ["none", "rising", "dots", "cross", "level", "falling"];

/**
 * Return the hatches of so many classes; where the classes have no order, none of them is left blank. More classes than
 * there are hatches have none: two classes that look alike would be read as one.
 *
 * @param {number} classes
 * @param {boolean} ordered
 */
export function hatchesOf(classes, ordered) {
  const usable = ordered ? HATCHES : HATCHES.slice(1);
  return classes > usable.length ? [] : usable.slice(0, classes);
}

/**
 * Return the hatch of one of so many classes.
 *
 * @param {number} position
 * @param {number} classes
 * @param {boolean} ordered
 */
export function hatchOf(position, classes, ordered) {
  return hatchesOf(classes, ordered)[position] ?? "none";
}

const HATCH_STEP = 8;

/**
 * Return the pen of a canvas.
 *
 * @param {HTMLCanvasElement} canvas
 */
export function penOf(canvas) {
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("the browser gives no pen for a canvas");
  return pen;
}

/**
 * Draw one tile of a hatch.
 *
 * @param {string} name
 * @param {number} scale
 */
export function hatchTile(name, scale) {
  const size = HATCH_STEP;
  const tile = document.createElement("canvas");
  tile.width = tile.height = size * scale;
  const pen = penOf(tile);
  pen.scale(scale, scale);
  drawHatch(pen, name, size, size);
  return tile;
}

/**
 * Hatch a sheet of a size; a pale line beside each dark one keeps the hatch visible on any fill.
 *
 * @param {Pen} pen
 * @param {string} name
 * @param {number} width
 * @param {number} height
 */
export function drawHatch(pen, name, width, height) {
  for (const { colour, shift } of [
    { colour: "rgba(255,255,255,.42)", shift: 1 },
    { colour: "rgba(20,25,35,.36)", shift: 0 },
  ]) {
    pen.strokeStyle = pen.fillStyle = colour;
    pen.lineWidth = 1;
    pen.beginPath();
    traceHatch(pen, name, width, height, shift);
    if (name === "dots") pen.fill();
    else pen.stroke();
  }
}

/**
 * @param {Pen} pen
 * @param {string} name
 * @param {number} width
 * @param {number} height
 * @param {number} shift
 */
function traceHatch(pen, name, width, height, shift) {
  /** @type {(x0: number, y0: number, x1: number, y1: number) => void} */
  const line = (x0, y0, x1, y1) => {
    pen.moveTo(x0 + shift, y0);
    pen.lineTo(x1 + shift, y1);
  };
  const down = HATCH_STEP * Math.ceil(height / HATCH_STEP);
  for (let x = -down; x <= width; x += HATCH_STEP) {
    if (name === "rising" || name === "cross") line(x - 1, down + 1, x + down + 1, -1);
    if (name === "falling" || name === "cross") line(x - 1, -1, x + down + 1, down + 1);
  }
  const middle = (HATCH_STEP + shift) / 2;
  for (let y = middle; y < height + 2; y += HATCH_STEP) {
    if (name === "level") line(-2, y + shift / 2, width + 2, y + shift / 2);
    for (let x = middle; name === "dots" && x < width + 2; x += HATCH_STEP) {
      pen.moveTo(x + 1.3, y);
      pen.arc(x, y, 1.3, 0, 2 * Math.PI);
    }
  }
}

/**
 * Trace the outline of a shape around the origin.
 *
 * @param {Pen} pen
 * @param {string} shape
 * @param {number} radius
 */
export function traceShape(pen, shape, radius) {
  /** @type {Record<string, [number, number, number]>} */
  const corners = { square: [4, 45, 1.15], diamond: [4, 0, 1.3], triangle: [3, 90, 1.35], pentagon: [5, 90, 1.1] };
  pen.beginPath();
  if (shape in corners) {
    tracePolygon(pen, ...corners[shape], radius);
  } else if (shape === "star") {
    traceStar(pen, radius * 1.4);
  } else if (shape === "cross") {
    traceCross(pen, radius * 1.15);
  } else {
    pen.arc(0, 0, radius, 0, 2 * Math.PI);
  }
  pen.closePath();
}

/**
 * @param {Pen} pen
 * @param {number} corners
 * @param {number} turn
 * @param {number} stretch
 * @param {number} radius
 */
function tracePolygon(pen, corners, turn, stretch, radius) {
  for (let at = 0; at < corners; at += 1) {
    const angle = (Math.PI / 180) * (turn + (360 * at) / corners);
    pen.lineTo(stretch * radius * Math.cos(angle), -stretch * radius * Math.sin(angle));
  }
}

/**
 * @param {Pen} pen
 * @param {number} radius
 */
function traceStar(pen, radius) {
  for (let at = 0; at < 10; at += 1) {
    const angle = Math.PI / 2 + (Math.PI * at) / 5;
    const reach = at % 2 ? radius * 0.45 : radius;
    pen.lineTo(reach * Math.cos(angle), -reach * Math.sin(angle));
  }
}

/**
 * @param {Pen} pen
 * @param {number} radius
 */
function traceCross(pen, radius) {
  const arm = radius * 0.38;
  const around = [
    [-arm, -radius],
    [arm, -radius],
    [arm, -arm],
    [radius, -arm],
    [radius, arm],
    [arm, arm],
  ];
  for (const [x, y] of around) pen.lineTo(x, y);
  for (const [x, y] of around) pen.lineTo(-x, -y);
}

/**
 * Draw a shape as it stands on the map: white halo, colour, dark outline.
 *
 * @param {Pen} pen
 * @param {MarkStyle} style
 * @param {number} radius
 */
export function stampShape(pen, style, radius) {
  traceShape(pen, style.shape, radius);
  pen.lineJoin = "round";
  pen.strokeStyle = "#ffffff";
  pen.lineWidth = 3.2;
  pen.stroke();
  pen.fillStyle = style.colour;
  pen.fill();
  pen.strokeStyle = "#26292e";
  pen.lineWidth = 1;
  pen.stroke();
}

export const FONT =
  '"Page Sans", "Page Lao", "Segoe UI", "Helvetica Neue", Roboto, "Noto Sans", "Noto Sans Lao", "Leelawadee UI", "Lao UI", Arial, sans-serif';
