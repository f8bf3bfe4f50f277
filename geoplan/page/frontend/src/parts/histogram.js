// The histogram in the legend.

/** @import { ClassRow, Page, Pen } from "../types.js" */

import { districtAlpha } from "../drawing/colours.js";
import { drawnKey, svgElement } from "../drawing/keys.js";
import { element } from "../elements.js";
import { formatValue } from "../text/amounts.js";
import { unitOfScale } from "../text/measure_names.js";
import { say } from "../text/messages.js";

const HISTOGRAM = { width: 224, height: 36, bins: 28 };

/**
 * Draw how the values other than zero lie: a bar for each step of the scale, coloured by class, and a tick at each
 * class break. The list of classes says how many are zero.
 *
 * @param {Page} page
 */
export function histogram(page) {
  const { classes } = page;
  const known = classes.values
    .map((value, at) => ({ value, row: classes.of[at] }))
    .filter(({ value }) => value && !Number.isNaN(value));
  const distinct = [...new Set(known.map(({ value }) => value))].sort((a, b) => a - b);
  if (distinct.length < 3) return null;
  const { width, height } = HISTOGRAM;
  const bins = Math.min(HISTOGRAM.bins, Math.max(8, Math.round(4 * Math.sqrt(known.length))));
  const { place, isLog, ends } = histogramScale(distinct);
  const bars = Array.from({ length: bins }, () => new Map());
  for (const { value, row } of known) {
    const bar = bars[Math.min(bins - 1, Math.floor(place(value) * bins))];
    bar.set(row, (bar.get(row) ?? 0) + 1);
  }
  const tallest = Math.max(...bars.map((bar) => [...bar.values()].reduce((sum, count) => sum + count, 0)));
  const drawing = drawnKey(width, height + 5, (pen) => {
    pen.globalAlpha = districtAlpha(page);
    bars.forEach((bar, at) => drawBar(pen, bar, at * (width / bins), width / bins, tallest, classes.rows));
    pen.globalAlpha = 1;
    pen.fillStyle = "#5b616b";
    pen.fillRect(0, height, width, 1);
    for (const bound of classes.breaks) pen.fillRect(place(bound) * width - 0.5, height, 1, 5);
  });
  drawing.classList.add("histogram");
  drawing.setAttribute("preserveAspectRatio", "none");
  drawing.prepend(svgElement("title", {}, say("histogram")));
  const [from, to] = ends.map((value) => formatValue(value / unitOfScale(page)[0]));
  const middle = isLog ? element("span", {}, say("log_scale")) : null;
  return element(
    "div",
    { class: "spread" },
    drawing,
    element("div", { class: "ends" }, element("span", {}, from), middle, element("span", {}, to)),
  );
}

/**
 * Return where values lie on the scale, from 0 to 1: in proportion from zero; by their logarithm where most values
 * would else be in one bar.
 *
 * @param {number[]} distinct
 */
function histogramScale(distinct) {
  const [low, high] = [Math.min(0, distinct[0]), Math.max(0, distinct[distinct.length - 1])];
  const positive = distinct.filter((value) => value > 0);
  const isLog = low === 0 && positive.length > 7 && high / positive[positive.length >> 1] > 25;
  if (!isLog) return { place: (/** @type {number} */ value) => (value - low) / (high - low), isLog, ends: [low, high] };
  const span = Math.log(high / positive[0]);
  return {
    place: (/** @type {number} */ value) => Math.log(value / positive[0]) / span,
    isLog,
    ends: [positive[0], high],
  };
}

/**
 * @param {Pen} pen
 * @param {Map<number, number>} bar
 * @param {number} left
 * @param {number} step
 * @param {number} tallest
 * @param {ClassRow[]} rows
 */
function drawBar(pen, bar, left, step, tallest, rows) {
  const { height } = HISTOGRAM;
  let top = height;
  for (const [row, count] of [...bar].sort((a, b) => a[0] - b[0])) {
    const tall = (count / tallest) * (height - 2);
    pen.fillStyle = rows[row].colour;
    pen.fillRect(left + 0.5, top - tall, step - 1, tall);
    pen.strokeStyle = "#5b616b";
    pen.lineWidth = 0.6;
    pen.strokeRect(left + 0.5, top - tall, step - 1, tall);
    top -= tall;
  }
}
