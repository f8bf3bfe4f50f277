// A scatterplot of money × poverty: each district in the colour of its cell, with the cuts between the cells.

/** @import { Page } from "../types.js" */

import { povertyOf } from "../data/bivariate.js";
import { districtName } from "../data/names.js";
import { INK } from "../drawing/colours.js";
import { svgElement } from "../drawing/keys.js";
import { formatValue } from "../text/amounts.js";
import { say } from "../text/messages.js";

const [WIDTH, HEIGHT] = [222, 132];
const [LEFT, TOP, RIGHT, BOTTOM] = [6, 4, 6, 14];
// A largest value of so many times the highest cut would leave no room for the others on a plain scale.
const SKEWED = 6;

/**
 * Return the scatterplot: money to the right, poverty upwards; nothing where no district has both.
 *
 * @param {Page} page
 */
export function scatterplot(page) {
  const { classes, data } = page;
  const { money = [] } = classes.crossed ?? {};
  const { heights, heightOfCut } = heightsOf(page);
  const dots = money
    .map((value, at) => ({ at, value, poor: heights[at], row: classes.rows[classes.of[at]] }))
    .filter(({ value, poor, row }) => value >= 0 && poor >= 0 && row.type !== "missing");
  if (dots.length === 0) return null;
  const most = Math.max(...dots.map(({ value }) => value)) || 1;
  const poorest = Math.max(...dots.map(({ poor }) => poor)) || 1;
  const cuts = classes.cuts ?? { money: [], poverty: [] };
  const isSkewed = most > SKEWED * (cuts.money.at(-1) ?? Infinity);
  const part = (/** @type {number} */ value) => (isSkewed ? Math.sqrt(value / most) : value / most);
  const x = (/** @type {number} */ value) => LEFT + part(value) * (WIDTH - LEFT - RIGHT);
  const y = (/** @type {number} */ poor) => HEIGHT - BOTTOM - (poor / poorest) * (HEIGHT - TOP - BOTTOM);
  const label = say("scatterplot", { count: dots.length });
  const drawing = svgElement("svg", { width: WIDTH, height: HEIGHT, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
  drawing.setAttribute("aria-label", label);
  drawing.classList.add("key", "scatterplot");
  const line = (/** @type {number[]} */ [x1, y1, x2, y2], /** @type {string} */ dash) =>
    drawing.append(svgElement("line", { x1, y1, x2, y2, stroke: INK, "stroke-width": 0.8, "stroke-dasharray": dash }));
  for (const cut of cuts.money) line([x(cut), TOP, x(cut), HEIGHT - BOTTOM], "3 3");
  for (const cut of cuts.poverty.map(heightOfCut)) line([LEFT, y(cut), WIDTH - RIGHT, y(cut)], "3 3");
  line([LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM], "none");
  line([LEFT, TOP, LEFT, HEIGHT - BOTTOM], "none");
  const radius = dots.length > 1000 ? 1.4 : dots.length > 100 ? 2.2 : 3.6;
  for (const { at, value, poor, row } of dots) {
    const look = { r: radius, fill: row.colour, stroke: INK, "stroke-width": radius > 3 ? 0.7 : 0.4 };
    const dot = svgElement("circle", { cx: x(value).toFixed(1), cy: y(poor).toFixed(1), ...look });
    dot.append(svgElement("title", {}, districtName(data, at)));
    drawing.append(dot);
  }
  const word = (/** @type {string} */ text, /** @type {number} */ left, /** @type {string} */ anchor) =>
    drawing.append(
      svgElement("text", { x: left, y: HEIGHT - 2, "font-size": 10, fill: INK, "text-anchor": anchor }, text),
    );
  word("0", LEFT, "start");
  word(isSkewed ? `${say("more_money")} (√)` : say("more_money"), WIDTH / 2, "middle");
  word(formatValue(most), WIDTH - RIGHT, "end");
  return drawing;
}

/**
 * Return how high each district and each cut stands: by the rate, or in a band of its class, by the rate within it.
 *
 * @param {Page} page
 */
function heightsOf({ data, view }) {
  const { values, rates, isRate } = povertyOf(data.districts, view.measure);
  if (isRate) return { heights: values, heightOfCut: (/** @type {number} */ cut) => cut };
  const highest = Math.max(...rates.map((rate) => rate || 0));
  const inBand = (/** @type {number} */ rate) => (rate >= 0 && highest > 0 ? 0.15 + (0.7 * rate) / highest : 0.5);
  return {
    heights: values.map((place, at) => place - 1 + inBand(rates[at])),
    heightOfCut: (/** @type {number} */ cut) => cut - 1,
  };
}
