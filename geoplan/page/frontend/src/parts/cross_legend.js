// The legend of money × poverty: a square on its corner, whose cells count districts and show them alone.

/** @import { ClassRow, Classes, Page } from "../types.js" */

import { povertyOf } from "../data/bivariate.js";
import { isScaledOverYears, moneyCrossed } from "../data/measures.js";
import { INK, districtAlpha } from "../drawing/colours.js";
import { svgElement } from "../drawing/keys.js";
import { element } from "../elements.js";
import { THIN, formatNumber, formatValue, withCurrency } from "../text/amounts.js";
import { kindInWords } from "../text/choice.js";
import { measureName } from "../text/measure_names.js";
import { fenced, say } from "../text/messages.js";
import { scatterplot } from "./scatterplot.js";

const HALF = 84;
const [WIDTH, HEIGHT] = [236, 2 * HALF + 4];

/**
 * Say in words what a cell is: "poor and left out" for most poverty with money below the average.
 *
 * @param {ClassRow} row
 */
export function cellText({ steps = 2, paid = 0, poor = 0 }) {
  const level = (/** @type {number} */ at) => say(`level.${at === 0 ? "low" : at === steps - 1 ? "high" : "middle"}`);
  const text = say("cell", { money: level(paid), poverty: level(poor) });
  return poor === steps - 1 && paid < steps - 1 ? say("cell_left_out", { cell: text }) : text;
}

/** @param {Page} page */
export function crossLegend(page) {
  const { data, view, classes } = page;
  const cells = classes.rows.filter(({ type }) => type === "cell");
  const [{ steps }] = cells;
  const others = classes.rows.filter(({ type, count }) => type === "missing" && count > 0);
  const without = steps === 2 ? countWithoutMoney(classes) : 0;
  const measure = moneyCrossed(data.districts, view.measure);
  const unit = say(`unit.${measure}`, {
    currency: data.codes[view.currency] ?? "",
    kind: kindInWords(page),
  });
  const isSingle = isScaledOverYears(data, { ...view, measure, fitted: false });
  return element(
    "div",
    { class: "cross" },
    element("h2", {}, measureName(data, view.measure)),
    element("p", { class: "unit" }, unit),
    square(page, cells),
    element("p", { class: "unit" }, cutsInWords(page)),
    scatterplot(page),
    isSingle &&
      element("p", { class: "unit" }, say(view.fitted ? "scale_of_year" : "scale_of_years", { year: view.from })),
    without > 0 && element("p", { class: "unit" }, `${say("class.zero")}: ${without}`),
    others.map(({ count }) => element("p", { class: "unit" }, `${say("class.missing")}: ${count}`)),
    view.cell >= 0 &&
      element("button", { type: "button", class: "link", onclick: () => page.change({ cell: -1 }) }, say("cell_all")),
  );
}

/**
 * Count the districts of the cells that have no money: of three steps they are the lowest.
 *
 * @param {Classes} classes
 */
function countWithoutMoney({ rows, of, crossed }) {
  return (crossed?.money ?? []).filter((value, at) => value <= 0 && rows[of[at]].type === "cell").length;
}

/**
 * Draw the square: more money to the lower right, more poverty to the upper right, so that what is poor and left out
 * stands on top and what is poor and reached on the right.
 *
 * @param {Page} page
 * @param {ClassRow[]} cells
 */
function square(page, cells) {
  const drawing = svgElement("svg", { width: WIDTH, height: HEIGHT, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "group" });
  drawing.setAttribute("aria-label", measureName(page.data, page.view.measure));
  drawing.classList.add("cross-square");
  cells.forEach((row, at) => drawing.append(cell(page, row, at)));
  const word = (
    /** @type {string} */ text,
    /** @type {number} */ x,
    /** @type {number} */ y,
    /** @type {number} */ turn,
  ) =>
    drawing.append(
      svgElement(
        "text",
        { "font-size": 11, fill: INK, "text-anchor": "middle", transform: `translate(${x} ${y}) rotate(${turn})` },
        text,
      ),
    );
  word(say("more_poverty"), WIDTH / 2 - HALF / 2 - 8, HALF / 2 - 4, -45);
  word(say("more_money"), WIDTH / 2 - HALF / 2 - 8, 1.5 * HALF + 14, 45);
  return drawing;
}

/**
 * Return a cell with its count, which can be chosen.
 *
 * @param {Page} page
 * @param {ClassRow} row
 * @param {number} at
 */
function cell(page, row, at) {
  const { view } = page;
  const { steps = 2, paid = 0, poor = 0 } = row;
  const reach = HALF / steps;
  // Both grow to the right: poverty upwards, money downwards.
  const x = WIDTH / 2 - HALF + reach * (1 + paid + poor);
  const y = HEIGHT / 2 + reach * (paid - poor);
  const isOn = view.cell === at;
  const choose = () => page.change({ cell: isOn ? -1 : at });
  const name = `${cellText(row)}: ${say("districts_in_class", { count: row.count })}`;
  const made = svgElement("g", {
    role: "button",
    tabindex: 0,
    "aria-pressed": String(isOn),
    "aria-label": name,
    "data-cell": at,
  });
  const corners = `${x - reach},${y} ${x},${y - reach} ${x + reach},${y} ${x},${y + reach}`;
  const look = {
    fill: row.colour,
    "fill-opacity": districtAlpha(page),
    stroke: isOn ? INK : "#ffffff",
    "stroke-width": isOn ? 3 : 1.5,
  };
  made.append(svgElement("polygon", { points: corners, ...look }));
  const halo = { stroke: "#ffffff", "stroke-width": 3, "paint-order": "stroke", fill: INK };
  made.append(
    svgElement(
      "text",
      { x, y: y + 4, "font-size": 13, "font-weight": 600, "text-anchor": "middle", ...halo },
      String(row.count),
    ),
    svgElement("title", {}, name),
  );
  made.addEventListener("click", choose);
  made.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    choose();
    const again = document.querySelector(`[data-cell="${at}"]`);
    if (again instanceof SVGElement) again.focus();
  });
  return made;
}

/**
 * Say where money and poverty are cut, and how.
 *
 * @param {Page} page
 */
export function cutsInWords({ data, view, classes }) {
  const { money = [], poverty = [] } = classes.cuts ?? {};
  const { isRate } = povertyOf(data.districts, view.measure);
  const measure = moneyCrossed(data.districts, view.measure);
  const name = (/** @type {number} */ at) => fenced(data.districts.classes[at - 1] ?? "");
  const cut = (/** @type {number} */ value) => (isRate ? `${formatNumber(100 * value, 1)}${THIN}%` : name(value));
  const given = {
    money: money.length ? withCurrency(data.codes[view.currency], formatValue(money[money.length - 1])) : "–",
    poverty: poverty.length ? cut(poverty[0]) : "–",
  };
  if (classes.rows[0].steps === 2)
    return isRate ? say(`cell_average.${measure}`, given) : say(`cell_class.${measure}`, given);
  const both = {
    ...given,
    lowest: say(money[0] ? "cell_half" : "cell_no_money"),
    highest: poverty.length > 1 ? cut(poverty[1]) : "–",
  };
  return isRate ? say(`cell_cuts.${measure}`, both) : say(`cell_class_cuts.${measure}`, both);
}
