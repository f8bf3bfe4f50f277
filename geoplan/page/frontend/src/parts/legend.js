// The legend: classes with units and counts, hatches, and the marks of components.

/** @import { Child, ClassRow, Data, Page } from "../types.js" */

import { markGroups, markingsOffered } from "../data/marks.js";
import { endsOf, isScaledOverYears, isCrossed } from "../data/measures.js";
import { CLUSTERED_FROM, clusterRadius } from "../drawing/clusters.js";
import {
  INK,
  NO_MONEY,
  OTHER,
  OTHER_MONEY,
  STYLES,
  districtAlpha,
  drawHatch,
  hatchOf,
  hatchesOf,
  stampShape,
} from "../drawing/colours.js";
import { Trace, drawnKey } from "../drawing/keys.js";
import { pointRadius, sizeFactor, strokeCased } from "../drawing/locations.js";
import { dataText, element, isOpen, replace } from "../elements.js";
import { formatAlike, formatNumber, toUnits, withCurrency } from "../text/amounts.js";
import { kindInWords, namesKept } from "../text/choice.js";
import { extraUnit, measureName, unitOfScale } from "../text/measure_names.js";
import { named, say, short, translated } from "../text/messages.js";
import { cellText, crossLegend } from "./cross_legend.js";
import { histogram } from "./histogram.js";
import { layerKeys } from "./layer_keys.js";
import { isSheet } from "./panel.js";

// Up to so many keys, a heading and its keys stand in one column.
const MOST_KEPT = 5;

/** @param {Page} page */
export function showLegend(page) {
  const { data, view } = page;
  const marks = markKeys(page);
  const layers = layerKeys(page);
  const isHatchable = view.measure !== "poverty_class" && !isCrossed(view);
  const hatched = data.districts.classes.length && view.hatching && isHatchable;
  const parts = [
    classLegend(page),
    hatched
      ? element("div", { class: data.districts.classes.length > MOST_KEPT ? null : "kept" }, hatchKeys(data))
      : null,
    marks.length
      ? element(
          "div",
          { class: marks.length > MOST_KEPT ? null : "kept" },
          element("h3", {}, say(markingsOffered(data).length ? `projects_by.${view.marks}` : "projects")),
          element("ul", { class: "marks" }, marks),
          element("div", { class: "one-of" }, clusterNote(page), marksNote(page)),
          sizeKey(page),
        )
      : null,
    layers.length
      ? element(
          "div",
          { class: layers.length > MOST_KEPT ? null : "kept" },
          element("h3", {}, say("other_layers")),
          element("ul", { class: "marks inline" }, layers),
        )
      : null,
  ];
  const open = isOpen("#legend details", !isSheet());
  replace(
    "legend",
    element(
      "details",
      { open },
      element("summary", {}, say("legend"), legendLine(page)),
      element("div", { class: "legend-body" }, parts),
    ),
  );
}

/**
 * Return the legend in one line, for a phone: what colours the districts, and from which colour to which.
 *
 * @param {Page} page
 */
function legendLine(page) {
  const { data, view, classes } = page;
  const shown = classes.rows.filter((row) => isWorthShowing(row) && row.colour);
  const rows = [...shown.filter(isNegative), ...shown.filter((row) => !isNegative(row))];
  const [scale, word] = unitOfScale(page);
  const figures = rows.some((row) => isNegative(row) || row.type === "range") ? classes.scale.filter(Boolean) : [];
  const ends = endsOf(figures).map((end) => end / scale);
  const [least, most] = ends.map(formatAlike(ends));
  const unit = hasCurrency(view) ? [word, data.codes[view.currency] ?? ""].filter(Boolean).join(" ") : "";
  const swatches = rows.slice(0, 9).map(({ colour, hatch }) => swatch(colour, hatch ?? "none", districtAlpha(page)));
  return element(
    "span",
    { class: "legend-line" },
    element("strong", { title: measureName(data, view.measure) }, measureName(data, view.measure)),
    least === most ? null : least,
    swatches,
    most === undefined ? null : `${most} ${unit}`,
  );
}

/** @param {ClassRow} row */
function isNegative({ type }) {
  return type === "negative";
}

/**
 * Tell whether the measure on the map is money.
 *
 * @param {Page["view"]} view
 */
function hasCurrency({ measure }) {
  return ["amount", "certain", "expected", "at_most", "per_person", "per_poor_person"].includes(measure);
}

/**
 * Return the legend of the classes: what is measured, in which unit, and how many districts are in each class.
 *
 * @param {Page} page
 */
export function classLegend(page) {
  const { data, view, classes } = page;
  if (isCrossed(view)) return crossLegend(page);
  return element(
    "div",
    {},
    element("h2", {}, measureName(data, view.measure)),
    element(
      "p",
      { class: "unit counted" },
      element("span", {}, legendUnit(page)),
      element("span", {}, say("count_head")),
    ),
    element(
      "ul",
      { class: "classes" },
      classes.rows.map((row, at) => isWorthShowing(row) && classKey(page, row, at)),
    ),
    scaleNote(page),
    histogram(page),
  );
}

/**
 * Say of a single year for which years the classes are made.
 *
 * @param {Pick<Page, "data" | "view">} page
 */
function scaleNote({ data, view }) {
  const isSingle = isScaledOverYears(data, { ...view, fitted: false });
  if (!isSingle) return null;
  return element("p", { class: "unit" }, say(view.fitted ? "scale_of_year" : "scale_of_years", { year: view.from }));
}

/** @param {ClassRow} row */
function isWorthShowing(row) {
  return row.count > 0 || row.type === "range";
}

/** @param {Page} page */
export function legendUnit(page) {
  const { data, view } = page;
  if (view.measure === "poverty_class") return say("unit.poverty_class");
  if (data.extra.has(view.measure))
    return [unitOfScale(page)[1], extraUnit(data, view.measure)].filter(Boolean).join(" ");
  const [, word] = unitOfScale(page);
  const currency = [word, data.codes[view.currency] ?? ""].filter(Boolean).join(" ");
  const component = namesKept(data, "component", view.component);
  if (!currency) return "";
  return say(`unit.${view.measure}`, {
    currency,
    kind: kindInWords(page),
    spread: say(`spread.${view.spread}`),
    component,
  });
}

/**
 * @param {Page} page
 * @param {ClassRow} row
 * @param {number} at
 */
function classKey(page, row, at) {
  return element(
    "li",
    { "data-row": at },
    swatch(row.colour, row.hatch ?? "none", districtAlpha(page)),
    element("span", { class: "key-text" }, dataText(classText(page, row))),
    element(
      "span",
      { class: "count", title: say("districts_in_class", { count: row.count }) },
      say("count_districts", { count: row.count }),
    ),
  );
}

/**
 * @param {Page} page
 * @param {ClassRow} row
 */
export function classText(page, row) {
  if (row.type === "cell") return cellText(row);
  if (row.type === "class") return short(translated(row.name ?? ""));
  if (row.type === "merged") return short((row.names ?? []).map(translated).join(", "), 120);
  return classLabel(page, row);
}

/**
 * Say which values are in a class; the lowest and the highest say the least and the greatest value there is.
 *
 * @param {Page} page
 * @param {ClassRow} row
 */
function classLabel(page, row) {
  if (row.type !== "range" && !isNegative(row)) return say(`class.${row.type}`);
  const [scale] = unitOfScale(page);
  const { breaks, ends } = page.classes;
  const { from: least = 0, to: most = Infinity } = row;
  const format = formatAlike(
    [...breaks, ...ends, ...(isNegative(row) ? [least, most] : [])].map((bound) => bound / scale),
  );
  const written = (/** @type {number} */ value) => format(value / scale);
  if (isNegative(row)) return say("class.negative", { values: rangeInWords(written(least), written(most)) });
  if (least === -Infinity) return say("class.under", { to: written(most) });
  if (row.above) return most === Infinity ? say("class.above") : say("class.above_under", { to: written(most) });
  const [from, to] = [least === 0 ? ends[0] : least, most === Infinity ? ends[1] : most];
  // Of a measure with fixed classes, the lowest or the highest class may lie beyond all values.
  if (from > to)
    return most === Infinity ? say("class.from", { from: written(least) }) : say("class.under", { to: written(most) });
  const [low, high] = [written(from), written(to)];
  return most === Infinity ? rangeInWords(low, high) : say("class.between", { from: low, to: high });
}

/**
 * @param {string} low
 * @param {string} high
 */
function rangeInWords(low, high) {
  return low === high ? low : say("class.to", { from: low, to: high });
}

/**
 * @param {string} colour
 * @param {string} hatch
 * @param {number} [alpha]
 */
function swatch(colour, hatch, alpha = 1) {
  return drawnKey(30, 18, (pen) => {
    pen.globalAlpha = alpha;
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 30, 18);
    pen.globalAlpha = 1;
    if (hatch !== "none") drawHatch(pen, hatch, 30, 18);
    pen.strokeStyle = "#5b616b";
    pen.lineWidth = 1;
    pen.strokeRect(0.5, 0.5, 29, 17);
  });
}

/**
 * Tell whether there are so many districts that hatches may have to wait for a nearer zoom.
 *
 * @param {Data} data
 */
function isLarge(data) {
  return data.districts.code.length > 50;
}

/** @param {Data} data */
function hatchKeys(data) {
  const { classes, classes_ordered: ordered } = data.districts;
  if (hatchesOf(classes.length, ordered).length === 0)
    return [
      element("h3", {}, say("hatching_legend")),
      element("p", { class: "unit" }, say("hatching_off", { count: classes.length })),
    ];
  const keys = data.districts.classes.map((name, at) =>
    element(
      "li",
      {},
      swatch("#ffffff", hatchOf(at, data.districts.classes.length, data.districts.classes_ordered)),
      element("span", { class: "key-text" }, dataText(short(translated(name)))),
    ),
  );
  const note = element(
    "p",
    { class: "unit", id: "hatch-note" },
    onScreen(say("hatching_later")),
    onPaper(say("hatching_left_out")),
  );
  return [element("h3", {}, say("hatching_legend")), element("ul", { class: "marks" }, keys), isLarge(data) && note];
}

/**
 * Return keys for the styles that are on the map now.
 *
 * @param {Page} page
 */
function markKeys(page) {
  return [...shapesByStyle(page)]
    .sort((a, b) => a[0] - b[0])
    .map(([style, shapes]) =>
      element(
        "li",
        {},
        markKey(style, shapes),
        element("span", { class: "key-text" }, dataText(styleText(page, style))),
      ),
    );
}

/**
 * Return the styles of marks that are on the map now.
 *
 * @param {Page} page
 */
export function shownStyles(page) {
  return [...shapesByStyle(page).keys()].sort((a, b) => a - b);
}

/**
 * Return, for each style on the map now, whether points, lines or areas have it.
 *
 * @param {Page} page
 * @returns {Map<number, Set<string>>}
 */
function shapesByStyle(page) {
  const { data, styles } = page;
  const kinds = new Map();
  for (const name of /** @type {const} */ (["points", "lines", "areas"])) {
    if (!page.view[name]) continue;
    for (const location of data.locations[name].location) {
      const style = styles[location];
      if (style < 0) continue;
      if (!kinds.has(style)) kinds.set(style, new Set());
      kinds.get(style).add(name);
    }
  }
  return kinds;
}

/**
 * Say what a ring is; `matchNote` shows it while there is one.
 *
 * @param {Pick<Page, "data" | "view">} page
 */
function clusterNote({ data, view }) {
  const many = data.locations.points.x.length > CLUSTERED_FROM;
  return many && view.points && view.clusters
    ? element("p", { class: "unit", id: "cluster-note" }, say("clusters_legend"))
    : null;
}

/**
 * Show a note of the legend while it holds; its room stays, so that nothing moves.
 *
 * @param {Page} page
 * @param {string} id
 * @param {boolean} holds
 */
export function matchNote(page, id, holds) {
  const note = document.getElementById(id);
  // The second map, which is painted after the first one, has no notes of its own.
  if (note && (holds || !page.isSecond)) note.style.visibility = holds ? "" : "hidden";
}

/**
 * Say that the marks wait for a nearer zoom, because they would cover the districts, and offer to show them.
 *
 * @param {Page} page
 */
function marksNote(page) {
  const { data, view } = page;
  if (!view.points || view.marked || data.locations.points.x.length < MANY_MARKS) return null;
  const show = () => {
    page.change({ marked: true });
    const box = document.getElementById("show-marked");
    if (box instanceof HTMLInputElement) box.checked = true;
  };
  return element(
    "p",
    { class: "unit", id: "marks-note" },
    onScreen(
      say("marks_later"),
      " ",
      element("button", { type: "button", class: "link", onclick: show }, say("marks_show")),
    ),
    onPaper(say("marks_left_out")),
  );
}

/** @param {...Child} words */
function onScreen(...words) {
  return element("span", { class: "on-screen" }, words);
}

/** @param {...Child} words */
function onPaper(...words) {
  return element("span", { class: "on-paper" }, words);
}

// Fewer marks never cover the districts of a map.
const MANY_MARKS = 100;

/**
 * Show what the sizes of points, or of clusters, stand for: three of them, one in another.
 *
 * @param {Page} page
 */
function sizeKey(page) {
  const { data, view } = page;
  const most = page.clustered && page.clusters ? page.clusters.most : page.sizes.largest;
  if (!view.sized || !view.points || !(most > 0)) return null;
  const digits = data.digits[view.currency];
  const amounts = [1, 0.25, 0.05].map((part) => roundDown(toUnits(most * part, digits)));
  const radius = (/** @type {number} */ amount) => {
    const minor = amount * 10 ** digits;
    if (page.clustered) return clusterRadius({ count: 2, amount: minor }, most);
    const points = pointRadius(data.locations.points.x.length);
    return points * sizeFactor({ amount: [minor], largest: most }, 0);
  };
  const height = 2 * radius(amounts[0]) + 4;
  const drawing = drawnKey(220, Math.max(height, 44), (pen) => {
    const floor = Math.max(height, 44) - 2;
    amounts.forEach((amount, at) => {
      const r = radius(amount);
      const top = floor - 2 * r;
      const line = 8 + at * 15;
      pen.beginPath();
      pen.arc(26, floor - r, r, 0, 2 * Math.PI);
      pen.strokeStyle = "#3b3f46";
      pen.lineWidth = 1;
      pen.stroke();
      pen.beginPath();
      pen.moveTo(26, top);
      pen.lineTo(52, line);
      pen.lineTo(58, line);
      pen.strokeStyle = "#8a8f98";
      pen.stroke();
      pen.fillStyle = INK;
      pen.fillText(withCurrency(data.codes[view.currency], formatNumber(amount)), 62, line, 12);
    });
  });
  return [
    drawing,
    element(
      "p",
      { class: "unit" },
      say("sized_legend", { amount: withCurrency(data.codes[view.currency], formatNumber(toUnits(most, digits))) }),
    ),
  ];
}

/**
 * Round down to one digit: 1 370 000 → 1 000 000.
 *
 * @param {number} value
 */
function roundDown(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return Number((Math.floor(value / power + 1e-9) * power).toPrecision(1));
}

/**
 * @param {number} style
 * @param {Set<string>} shapes
 */
function markKey(style, shapes) {
  return drawnKey(30, 18, (pen) => {
    if (shapes.has("areas")) {
      pen.globalAlpha = 0.3;
      pen.fillStyle = STYLES[style].colour;
      pen.fillRect(1, 2, 28, 14);
      pen.globalAlpha = 1;
    }
    if (shapes.has("lines") || shapes.has("areas")) {
      const path = new Trace();
      path.moveTo(0, 9);
      path.lineTo(30, 9);
      strokeCased(pen, path, STYLES[style], 1);
    }
    if (shapes.has("points")) {
      pen.translate(15, 9);
      stampShape(pen, STYLES[style], 5.6);
    }
  });
}

/**
 * @param {Pick<Page, "data" | "view">} page
 * @param {number} style
 */
export function styleText({ data, view }, style) {
  if (style === NO_MONEY) return say("without_money");
  if (style === OTHER_MONEY) return say("class.elsewise");
  if (style === OTHER) return say("others");
  const { names, styled } = markGroups(data, view);
  if (styled[style] === names.length) return say("several_sectors");
  const name = names[styled[style]];
  return name === "" && names.length === 1 ? say("project") : short(named(name));
}
