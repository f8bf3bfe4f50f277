// The table of districts: the map's twin, for reading, sorting, choosing and copying.

/** @import { Minor, Page, TableColumn } from "../types.js" */

import { writeAddress } from "../data/address.js";
import { DIFFERENCE } from "../data/difference.js";
import { isCrossed, isFilled, measureDistricts } from "../data/measures.js";
import { districtName } from "../data/names.js";
import { isDoubted, isUnsure } from "../data/readings.js";
import { selectedOn } from "../data/selected.js";
import { projectCount } from "../data/sums.js";
import { element, find, replace } from "../elements.js";
import { formatAlike, formatNumber, formatRound, plainAmount } from "../text/amounts.js";
import { measureName } from "../text/measure_names.js";
import { say, short, translated } from "../text/messages.js";
import { asCsv, asTsv, cellsOf } from "./cells.js";
import { headCell, sortRows } from "./sorted_table.js";
import { copyText, doneButton } from "./take_away.js";

// A table of more rows than this begins with a part of them; the rest comes when asked for.
const MOST_ROWS = 60;
const ROWS_AT_FIRST = 20;
// On paper, a table of more rows than this is cut to the first ones, in the order that the reader has chosen.
const MOST_PRINTED = 200;
const ROWS_PRINTED = 50;

// Columns that say nothing about a plan without money.
const OF_MONEY = ["amount", "certain", "expected", "at_most", "per_person", "per_poor_person", "projects"];

/** @param {Page} page */
function tableColumns(page) {
  const { data, view, sums } = page;
  const digits = data.digits[view.currency] ?? 0;
  const per = (/** @type {string} */ measure) => measureDistricts(data, { ...view, measure }, sums);
  const [perPerson, perPoor] = [per("per_person"), per("per_poor_person")];
  const [asPerson, asPoor] = [perPerson, perPoor].map(columnFormat);
  const { districts } = data;
  /** @type {TableColumn[]} */
  const columns = [
    { by: "name", head: say("district"), key: (at) => districtName(data, at), text: (at) => districtName(data, at) },
    {
      by: "class",
      head: say("measure.poverty_class"),
      key: (at) => districts.poverty_class[at],
      text: (at) => translated(districts.classes[districts.poverty_class[at]]) ?? "–",
      plain: (at) => translated(districts.classes[districts.poverty_class[at]]) ?? "",
    },
    {
      by: "amount",
      head: [say("measure.amount"), data.codes[view.currency]].filter(Boolean).join(", "),
      number: true,
      key: (at) => Number(sums.amount[at]),
      text: (at) => formatRound(sums.amount[at], digits),
      plain: (at) => plainAmount(sums.amount[at], digits),
    },
    {
      by: "certain",
      head: say("measure.certain"),
      number: true,
      key: (at) => Number(sums.certain[at]),
      text: (at) => formatRound(sums.certain[at], digits),
      plain: (at) => plainAmount(sums.certain[at], digits),
    },
    {
      by: "expected",
      head: say("measure.expected"),
      number: true,
      key: (at) => Number(sums.expected[at]),
      text: (at) => formatRound(sums.expected[at], digits),
      plain: (at) => plainAmount(sums.expected[at], digits),
    },
    {
      by: "at_most",
      head: say("measure.at_most"),
      number: true,
      key: (at) => Number(sums.atMost[at]),
      text: (at) => formatRound(sums.atMost[at], digits),
      plain: (at) => plainAmount(sums.atMost[at], digits),
    },
    {
      by: "per_person",
      head: say("measure.per_person"),
      number: true,
      key: (at) => perPerson[at],
      text: (at) => asPerson(perPerson[at]),
      plain: (at) => plainNumber(perPerson[at]),
    },
    {
      by: "per_poor_person",
      head: say("measure.per_poor_person"),
      number: true,
      key: (at) => perPoor[at],
      text: (at) => asPoor(perPoor[at]),
      plain: (at) => plainNumber(perPoor[at]),
    },
    ...extraColumn(page),
    ...secondColumn(page),
    {
      by: "projects",
      head: say("projects"),
      number: true,
      key: (at) => sums.projects[at],
      text: (at) => projectCount(sums, sums.projects[at]),
      plain: (at) => (sums.counted ? String(sums.projects[at]) : ""),
    },
  ];
  return columns.filter(({ by }) => {
    if (data.codes.length === 0 && OF_MONEY.includes(by)) return false;
    if (by === "certain") return isDoubted(page);
    return ["expected", "at_most"].includes(by) ? isUnsure(page) : isFilled(districts, by);
  });
}

/**
 * Return a column for the extra measure that colours the map, if one does.
 *
 * @param {Pick<Page, "data" | "view">} page
 * @returns {TableColumn[]}
 */
function extraColumn({ data, view }) {
  const extra = data.extra.get(view.measure);
  if (!extra) return [];
  const value = (/** @type {number} */ at) => extra.values[at] ?? NaN;
  const format = columnFormat(data.districts.code.map((_, at) => value(at)));
  return [
    {
      by: "extra",
      head: measureName(data, view.measure),
      number: true,
      key: value,
      text: (at) => format(value(at)),
      plain: (at) => plainNumber(value(at)),
    },
  ];
}

/**
 * Return columns of what the second map shows and of the difference, while comparing.
 *
 * @param {Page} page
 * @returns {TableColumn[]}
 */
function secondColumn({ data, view, second }) {
  if (!view.compare || second.view.measure === "poverty_class" || isCrossed(second.view)) return [];
  const position = new Map(second.data.districts.code.map((code, at) => [code, at]));
  const isDifference = second.view.measure === DIFFERENCE;
  const head = `${say("second_map")}: ${measureName(data, isDifference ? view.measure : second.view.measure)}`;
  /** @type {(by: string, head: string, values: number[] | null | undefined) => TableColumn[]} */
  const column = (by, text, values) => {
    const value = (/** @type {number} */ district) =>
      values?.[position.get(data.districts.code[district]) ?? -1] ?? NaN;
    const known = data.districts.code.map((_, district) => value(district)).filter((one) => !Number.isNaN(one));
    if (known.length === 0) return [];
    const format = columnFormat(known);
    return [
      {
        by,
        head: text,
        number: true,
        key: value,
        text: (district) => format(value(district)),
        plain: (district) => plainNumber(value(district)),
      },
    ];
  };
  return [
    ...column("second", head, second.shownValues),
    ...column("difference", say("difference"), second.differences),
  ];
}

/**
 * Return how a column writes its values: alike, and a dash for a missing one.
 *
 * @param {number[]} values
 */
function columnFormat(values) {
  const format = formatAlike(
    values.filter((value) => !Number.isNaN(value)),
    2,
  );
  return (/** @type {number} */ value) => (Number.isNaN(value) ? "–" : format(value));
}

/** @param {number} value */
function plainNumber(value) {
  return Number.isNaN(value) ? "" : String(value);
}

/**
 * Return by which column the table is sorted: the chosen one, or where the table lacks it, the measure on the map.
 *
 * @param {Pick<Page, "view">} page
 * @param {TableColumn[]} columns
 */
function sortOf({ view }, columns) {
  const has = (/** @type {string} */ wanted) => columns.some(({ by }) => by === wanted);
  if (has(view.sort.by)) return view.sort;
  return has("extra") ? { by: "extra", falling: true } : { by: "name", falling: false };
}

/**
 * Return districts in the chosen order; those without a value come last either way.
 *
 * @param {Page} page
 * @param {TableColumn[]} columns
 */
function sortDistricts(page, columns) {
  const sort = sortOf(page, columns);
  const { key } = columns.find(({ by }) => by === sort.by) ?? columns[0];
  const { rows, of } = page.classes;
  const isAlone = isCrossed(page.view) && page.view.cell >= 0;
  const order = page.data.districts.code.map((_, at) => at).filter((at) => !isAlone || rows[of[at]].type === "cell");
  return sortRows(order, key, sort.falling);
}

/** @param {Page} page */
export function showTable(page) {
  const columns = tableColumns(page);
  const order = sortDistricts(page, columns);
  const body = element("tbody");
  // The scale is that of what is known: money that could be anywhere would make every bar a stub.
  const { certain, expected } = page.sums;
  const most = [...certain, ...expected].reduce((largest, amount) => Math.max(largest, 1.15 * Number(amount)), 0);
  const fill = (/** @type {number[]} */ shown) =>
    body.replaceChildren(...shown.map((at) => tableRow(page, columns, at, most)));
  const more = order.length > MOST_ROWS && !page.wholeTable;
  const cut = page.onPaper && order.length > MOST_PRINTED;
  fill(cut ? order.slice(0, ROWS_PRINTED) : more ? order.slice(0, ROWS_AT_FIRST) : order);
  const showAll = () => {
    page.wholeTable = true;
    showTable(page);
  };
  replace(
    "districts",
    element("h2", {}, say("districts")),
    element(
      "div",
      { class: "scroll", tabindex: "0", role: "group", "aria-label": say("districts") },
      element(
        "table",
        { class: "districts" },
        element("caption", { class: "unseen" }, say("districts")),
        element(
          "thead",
          {},
          element(
            "tr",
            {},
            columns.map((column) => sortHead(page, column, sortOf(page, columns))),
          ),
        ),
        body,
      ),
    ),
    cut &&
      element("p", { class: "muted" }, say("printed_first", { rows: ROWS_PRINTED, all: formatNumber(order.length) })),
    more &&
      element("button", { type: "button", class: "quiet", onclick: showAll }, say("show_all", { count: order.length })),
    doneButton("copy-table", say("copy_table"), say("copied_short"), () => copyText(asTsv(tableCells(page)))),
  );
}

/**
 * @param {Page} page
 * @param {TableColumn} column
 * @param {Page["view"]["sort"]} sort
 */
function sortHead(page, column, sort) {
  return headCell(column, sort, (turned) => {
    page.view.sort = turned;
    showTable(page);
    writeAddress(page);
    find(`#districts [data-by="${column.by}"]`).focus();
  });
}

// A name of so many letters stays on one line.
const WHOLE_NAME = 16;

/**
 * @param {Page} page
 * @param {TableColumn[]} columns
 * @param {number} at
 * @param {number} most
 */
function tableRow(page, columns, at, most) {
  const selected = selectedOn(page);
  const chosen = selected?.type === "district" && selected.at === at;
  const choose = () => page.select({ type: "district", at }, true);
  const [first, ...rest] = columns;
  const name = short(first.text(at), 120);
  const isWhole = name.length <= WHOLE_NAME;
  return element(
    "tr",
    { class: chosen ? "chosen" : null, "data-district": at },
    element(
      "th",
      { scope: "row" },
      element(
        "button",
        {
          type: "button",
          class: `link${isWhole ? " whole" : ""}`,
          title: isWhole ? null : name,
          "aria-pressed": String(chosen),
          onclick: choose,
        },
        element("bdi", { class: isWhole ? null : "clamp" }, name),
      ),
    ),
    rest.map((column) =>
      element(
        "td",
        {
          class: column.number ? "number" : null,
          "data-column": column.by,
          title: column.by === "class" ? column.text(at) : null,
        },
        column.by === "amount" ? amountBar(page, at, most) : null,
        element("bdi", { class: column.by === "class" ? "line" : null }, column.text(at)),
      ),
    ),
  );
}

/**
 * Return a bar for what the district has for certain, and a paler one on to what it could have at most.
 *
 * @param {Pick<Page, "sums">} page
 * @param {number} at
 * @param {number} most
 */
function amountBar({ sums }, at, most) {
  const width = (/** @type {Minor} */ amount) =>
    `${most > 0 ? Math.min(100, (100 * Math.max(0, Number(amount))) / most) : 0}%`;
  const certain = element("span", { class: "certain" });
  const bar = element("span", { class: "bar-of-amount", "aria-hidden": "true" }, certain);
  certain.style.width = width(sums.certain[at]);
  bar.style.setProperty("--most", width(sums.atMost[at]));
  return bar;
}

/** @param {Page} page */
export function tableAsCsv(page) {
  return asCsv(tableCells(page));
}

/**
 * Return the cells of the table of districts, with their codes.
 *
 * @param {Page} page
 */
export function tableCells(page) {
  const columns = tableColumns(page);
  const { code } = page.data.districts;
  const codes = { by: "code", head: say("code"), key: (/** @type {number} */ at) => code[at] };
  return cellsOf([{ ...codes, text: codes.key }, ...columns], sortDistricts(page, columns));
}
