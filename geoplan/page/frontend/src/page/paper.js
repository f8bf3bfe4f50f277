// Paper: one sheet with map, legend, table and sources, and the report after it.

/** @import { Child, Page } from "../types.js" */

import { follow } from "../comparing/second_map.js";
import { eachEntry, rowsOfProject } from "../data/entries.js";
import { projectTitle } from "../data/names.js";
import { byId, dataText, element, find, plainTable } from "../elements.js";
import { fitFollower, showEverything } from "../map/framing.js";
import { pointAt } from "../map/pointing.js";
import { moneyTable } from "../parts/details.js";
import { showTable } from "../parts/table.js";
import { formatDay, formatMinor, formatPercent } from "../text/amounts.js";
import { choiceInWords, kindInWords, yearsInWords } from "../text/choice.js";
import { say, short, translated } from "../text/messages.js";

// More districts than this do not fit beside the map on paper; their table follows on a sheet of its own.
const DISTRICTS_BESIDE = 14;

// Said in the address by whoever prints; the view's own state may replace it later.
const ON_LARGE_PAPER = /[#&]paper=a3\b/.test(location.hash);
const ONLY_MAP = /[#&]pages=map\b/.test(location.hash);
export const AS_PICTURE = /[#&]paper=picture\b/.test(location.hash);

function foldedLegend() {
  return /** @type {HTMLDetailsElement} */ (find("#legend details"));
}

/**
 * Lay the page out for paper and draw the map fine enough for it.
 *
 * @param {Page} page
 */
export function prepareForPaper(page) {
  if (page.onPaper) return;
  pointAt(page, undefined);
  const sheet = document.documentElement.classList;
  const column = byId("map-column").classList;
  const legend = foldedLegend();
  page.onPaper = {
    center: page.map.getCenter(),
    zoom: page.map.getZoom(),
    zoomSnap: page.map.options.zoomSnap,
    wholeTable: page.wholeTable,
    legendBelow: column.contains("legend-below"),
    legendOpen: legend.open,
  };
  column.remove("legend-below");
  const shape = Number(byId("map-column").style.getPropertyValue("--shape"));
  sheet.add("paper");
  sheet.toggle("picture", AS_PICTURE);
  sheet.toggle("large", ON_LARGE_PAPER);
  sheet.toggle("only-map", ONLY_MAP);
  if (!AS_PICTURE) numberSheets();
  sheet.toggle("tall", shape > 0.85 && !page.view.compare);
  sheet.toggle("many", page.data.districts.code.length > DISTRICTS_BESIDE);
  page.wholeTable = true;
  showTable(page);
  legend.open = true;
  fitSheet();
  page.map.invalidateSize({ animate: false, pan: false });
  page.map.options.zoomSnap = 0; // on paper the districts fill their frame
  showEverything(page);
  page.canvas.paintAt(3);
  addReportSheet(page);
  paintSecondAt(page, 3);
}

/** The rules that number the sheets; they are made once, when first printed. @type {CSSStyleSheet | null} */
let numbering = null;

/** Write the day and the number of each sheet below it. */
function numberSheets() {
  numbering ??= new CSSStyleSheet();
  document.adoptedStyleSheets = [...new Set([...document.adoptedStyleSheets, numbering])];
  const day = formatDay(new Date().toISOString().slice(0, 10));
  const below = `@bottom-left { content: "${day}"; font: 7pt sans-serif; color: #57606a; }
    @bottom-right { content: counter(page) " / " counter(pages); font: 7pt sans-serif; color: #57606a; }`;
  numbering.replaceSync(`@page { ${below} } @page large { ${below} }`);
}

// How small everything on the sheet, and in it the letters of the table, may become, as parts of their size.
const SHEET_SIZES = [1, 0.97, 0.94, 0.91, 0.88];
const LETTER_SIZES = [1, 0.95, 0.9, 0.85, 0.8];
// Where a sheet ends, in CSS pixels.
const SHEET_END = 720;

/** Set the sheet so small that it holds everything and cuts no column off; a table too wide or too long gets sheets of its own. */
function fitSheet() {
  const sheet = document.documentElement.classList;
  const about = byId("about");
  const fits = (/** @type {number} */ size) => {
    document.documentElement.style.setProperty("--sheet", String(size));
    const isTableWhole = sheet.contains("many") || fitsInSomeSize();
    return isTableWhole && about.offsetTop + about.offsetHeight <= SHEET_END / size;
  };
  if (!SHEET_SIZES.some(fits) && !sheet.contains("many")) {
    sheet.add("many");
    SHEET_SIZES.some(fits);
  }
  if (sheet.contains("many")) setInColumns();
  // Where the legend has more keys than room, each takes one line, so that none is cut off.
  const legend = byId("legend");
  const isCut = legend.scrollHeight > legend.clientHeight + 1 || legend.scrollWidth > legend.clientWidth + 1;
  sheet.toggle("full-legend", isCut);
}

/** Choose the largest letters with which the table fits in its frame; tell whether there are any. */
function fitsInSomeSize() {
  const frame = find("#districts .scroll");
  return LETTER_SIZES.some((size) => {
    frame.style.setProperty("--letters", String(size));
    return narrowest(tableIn(frame)) <= frame.clientWidth;
  });
}

/**
 * Return the table in a frame.
 *
 * @param {HTMLElement} frame
 */
function tableIn(frame) {
  return /** @type {HTMLTableElement} */ (frame.firstElementChild);
}

/**
 * Return the least width of a table; letters on paper are a little wider than those on the screen that are measured.
 *
 * @param {HTMLTableElement} table
 */
function narrowest(table) {
  table.style.width = "min-content";
  const width = 1.015 * table.offsetWidth;
  table.style.width = "";
  return width;
}

// What a sheet holds of a table below its heading; and the gap between tables side by side.
const SHEET_HEIGHT = 680;
const TABLE_GAP = 30;

/** Divide a long table into tables side by side, as many as there is room for, each as long as a sheet. */
function setInColumns() {
  const frame = find("#districts .scroll");
  fitsInSomeSize();
  const table = tableIn(frame);
  const head = /** @type {HTMLTableSectionElement} */ (table.tHead);
  const rows = [...table.tBodies[0].rows];
  const across = Math.floor((frame.clientWidth + TABLE_GAP) / (1.15 * narrowest(table) + TABLE_GAP));
  const columns = Math.min(3, Math.max(1, across), rows.length);
  const most = Math.max(1, Math.floor((SHEET_HEIGHT - head.offsetHeight) / rows[0].offsetHeight));
  const sheets = Math.ceil(rows.length / (most * columns));
  const each = Math.ceil(rows.length / (sheets * columns));
  const parts = Array.from({ length: Math.ceil(rows.length / each) }, (_, at) => {
    const part = at ? /** @type {HTMLTableElement} */ (table.cloneNode(false)) : table;
    if (at) part.append(head.cloneNode(true), element("tbody"));
    part.tBodies[0].replaceChildren(...rows.slice(at * each, (at + 1) * each));
    return part;
  });
  frame.classList.add("columns");
  frame.style.setProperty("--columns", String(columns));
  frame.replaceChildren(...parts);
}

// What the report lists, largest first, and how many components stand beside each other in it.
const REPORTED_PROJECTS = 22;
const REPORTED_COMPONENTS = 6;

/**
 * Put the report on a sheet of its own: the measures in words, the money by year, the largest projects, the files.
 *
 * @param {Page} page
 */
function addReportSheet(page) {
  const { data } = page;
  if (page.sums.allProjects === 0) return;
  const [measures, files] = ["#equity .indices ul", "#about .inputs ul"].map((each) =>
    document.querySelector(each)?.cloneNode(true),
  );
  const part = (/** @type {string} */ heading, /** @type {Child[]} */ ...content) =>
    content.some(Boolean) ? [element("h2", {}, heading), ...content] : [];
  const sheet = element(
    "section",
    { id: "report-sheet", "aria-label": say("report") },
    data.illustrative ? element("p", { class: "badge" }, say("illustrative")) : null,
    element("p", { class: "report-title" }, dataText(short(translated(data.title) || say("untitled"), 160))),
    element("p", { class: "muted" }, choiceInWords(page)),
    element(
      "div",
      {},
      part(say("equity"), measures),
      part(
        say("money_table"),
        moneyTable(page, () => true, true, REPORTED_COMPONENTS),
      ),
    ),
    element(
      "div",
      {},
      part(say("projects"), projectsTable(page)),
      part(say("made_from", { version: data.about.version }), files),
    ),
  );
  byId("page").append(sheet);
}

/**
 * Return a table of the projects with most money under the filters; null where projects were gathered and have no names.
 *
 * @param {Page} page
 */
function projectsTable(page) {
  const { data, view } = page;
  const { ledger } = data;
  if (data.crowds) return null;
  const sums = new Map();
  eachEntry(data, view, (row) =>
    sums.set(ledger.project[row], (sums.get(ledger.project[row]) ?? ledger.zero) + ledger.amount[row]),
  );
  const largest = [...sums].sort((a, b) => Number(b[1]) - Number(a[1]) || a[0] - b[0]);
  const rows = largest.slice(0, REPORTED_PROJECTS).map(([project, amount]) => {
    const own = rowsOfProject(ledger, project);
    return [
      { text: dataText(short(projectTitle(data, project), 110)), head: true },
      { text: yearsInWords(own.map((row) => ledger.year[row])), number: true },
      { text: formatMinor(amount, data.digits[view.currency]), number: true },
      { text: formatPercent(amount, page.sums.total), number: true },
    ];
  });
  const left = largest.length - rows.length;
  const head = [say("project"), say("years"), data.codes[view.currency], say("of_all")];
  return [
    plainTable(say("money_table_unit", { currency: data.codes[view.currency], kind: kindInWords(page) }), head, rows),
    left > 0 ? element("p", { class: "muted" }, say("and_more", { count: left })) : null,
  ];
}

/**
 * Fit the second map to its new frame, and paint it so fine; null goes back.
 *
 * @param {Page} page
 * @param {number | null} ratio
 */
function paintSecondAt(page, ratio) {
  if (!page.view.compare) return;
  page.second.onPaper = page.onPaper;
  page.second.map.options.zoomSnap = page.map.options.zoomSnap;
  fitFollower(page.second.map);
  follow(page.map, page.second.map);
  page.second.canvas.paintAt(ratio);
}

/** @param {Page} page */
export function backToScreen(page) {
  if (!page.onPaper) return;
  const { center, zoom, wholeTable, zoomSnap, legendBelow, legendOpen } = page.onPaper;
  foldedLegend().open = legendOpen;
  byId("map-column").classList.toggle("legend-below", legendBelow);
  page.onPaper = null;
  document.documentElement.classList.remove("paper", "large", "tall", "many", "only-map", "full-legend");
  document.getElementById("report-sheet")?.remove();
  page.wholeTable = wholeTable;
  showTable(page);
  page.map.options.zoomSnap = zoomSnap;
  page.map.invalidateSize({ animate: false, pan: false });
  page.map.setView(center, zoom, { animate: false });
  page.canvas.paintAt(null);
  paintSecondAt(page, null);
}
