// Projects as a table: all of them, or those of a district with the rule and the input rows of each part.

/** @import { Filter, Page, TableColumn, TableState } from "../types.js" */

import { eachEntry } from "../data/entries.js";
import { columnOf } from "../data/member_sums.js";
import { projectTitle } from "../data/names.js";
import { element, replace } from "../elements.js";
import { formatRound, plainAmount } from "../text/amounts.js";
import { noMoneyInWords, yearsInWords } from "../text/choice.js";
import { named, ruleInWords, say } from "../text/messages.js";
import { cellsOf } from "./cells.js";
import { projectLinks } from "./links.js";
import { sortRows, sortedTable } from "./sorted_table.js";

/** Rows of the ledger by project, under the filters. @typedef {Map<number, number[]>} RowsByProject */

/**
 * Return the rows of each project under the filters that a test lets through.
 *
 * @param {Page} page
 * @param {(row: number) => boolean} [test]
 * @returns {RowsByProject}
 */
function rowsByProject({ data, view }, test = () => true) {
  /** @type {RowsByProject} */
  const found = new Map();
  eachEntry(data, view, (row) => {
    if (!test(row)) return;
    const project = data.ledger.project[row];
    const rows = found.get(project);
    if (rows) rows.push(row);
    else found.set(project, [row]);
  });
  return found;
}

/**
 * Return the columns of a table of projects; those that are empty in all rows are left out.
 *
 * @param {Page} page
 * @param {RowsByProject} found
 */
function projectColumns(page, found) {
  const { data, view } = page;
  const { ledger, projects, districts } = data;
  const digits = data.digits[view.currency] ?? 0;
  const rowsOf = (/** @type {number} */ at) => found.get(at) ?? [];
  const sums = new Map(
    [...found].map(([at, rows]) => [at, rows.reduce((sum, row) => sum + ledger.amount[row], ledger.zero)]),
  );
  /** @type {(by: string, head: string, text: (at: number) => string) => TableColumn} */
  const words = (by, head, text) => ({ by, head, text, key: text });
  // Joint funders and sectors are named one by one.
  const members = (/** @type {Filter} */ name) => (/** @type {number} */ at) => {
    const { names, of } = data.filters[name];
    const column = columnOf(data, name);
    const own = new Set(rowsOf(at).flatMap((row) => of[column(row)] ?? []));
    return [...own]
      .sort((a, b) => a - b)
      .map((member) => named(names[member]))
      .join("; ");
  };
  const places = (/** @type {number} */ at) =>
    new Set(
      rowsOf(at)
        .map((row) => ledger.place[row])
        .filter((place) => place < districts.code.length),
    ).size;
  /** @type {TableColumn[]} */
  const columns = [
    words("title", say("project"), (at) => projectTitle(data, at)),
    {
      by: "amount",
      head: [say("measure.amount"), data.codes[view.currency]].filter(Boolean).join(", "),
      number: true,
      key: (at) => Number(sums.get(at) ?? 0),
      text: (at) => formatRound(sums.get(at) ?? ledger.zero, digits),
      plain: (at) => plainAmount(sums.get(at) ?? ledger.zero, digits),
    },
    words("component", say("component"), members("component")),
    words("funder", say("funder"), members("funder")),
    words("status", say("status"), members("status")),
    words("sector", say("sector"), members("sector")),
    words("years", say("years"), (at) => yearsInWords(rowsOf(at).map((row) => ledger.year[row]))),
    words("start", say("start"), (at) => projects.start?.[at] ?? ""),
    words("end", say("end"), (at) => projects.end?.[at] ?? ""),
    { by: "districts", head: say("districts"), number: true, key: places, text: (at) => String(places(at)) },
    words("code", say("code"), (at) => projects.project[at]),
    ...linkColumns(page),
  ];
  const rows = [...found.keys()];
  const isCodeNew = rows.some((at) => projects.project[at] !== projectTitle(data, at));
  // A table without rows has all heads.
  const isFilled = (/** @type {TableColumn} */ { text }) => rows.length === 0 || rows.some((at) => text(at));
  return columns.filter((column) => (column.by !== "code" || isCodeNew) && isFilled(column));
}

/**
 * Return a column for each column of links.
 *
 * @param {Page} page
 * @returns {TableColumn[]}
 */
function linkColumns({ data }) {
  return Object.entries(data.projects.links ?? {}).map(([name, cells]) => ({
    by: `link-${name}`,
    head: name,
    key: (at) => cells[at] ?? "",
    text: (at) => cells[at] ?? "",
    shown: (at) =>
      cells[at] ? projectLinks({ ...data, projects: { ...data.projects, links: { [name]: cells } } }, at)[0]?.[1] : "",
  }));
}

/**
 * Show the projects in their tab; while another tab is open, it is left empty, because sorting many projects takes time.
 *
 * @param {Page} page
 */
export function showProjects(page) {
  const { data, view } = page;
  if (view.tab !== "projects") {
    replace("projects");
    return;
  }
  const heading = element("h2", {}, say("projects"));
  if (data.crowds) {
    replace("projects", heading, element("p", { class: "muted" }, say("projects_gathered")));
    return;
  }
  const found = rowsByProject(page);
  if (found.size === 0) {
    replace("projects", heading, element("p", {}, noMoneyInWords(data)));
    return;
  }
  replace(
    "projects",
    heading,
    sortedTable({
      id: "all-projects",
      label: say("projects"),
      columns: projectColumns(page, found),
      rows: [...found.keys()],
      state: page.projectTable,
      open: (at) => page.select({ type: "project", at }, true),
    }),
  );
}

/**
 * Return the cells of the table of all projects.
 *
 * @param {Page} page
 */
export function projectCells(page) {
  const found = rowsByProject(page);
  const columns = projectColumns(page, found);
  const { by, falling } = page.projectTable;
  const { key } = columns.find((column) => column.by === by) ?? columns[0];
  return cellsOf(columns, sortRows([...found.keys()], key, falling));
}

/**
 * Return the projects of a district with their part there, and the rule and input rows of each.
 *
 * @param {Page} page
 * @param {number} place
 * @param {string} caption
 */
export function projectsOfPlace(page, place, caption) {
  const { ledger } = page.data;
  const found = rowsByProject(page, (row) => ledger.place[row] === place);
  if (found.size === 0) return null;
  const distinct = (/** @type {string[]} */ texts) => [...new Set(texts.filter(Boolean))].join("; ");
  const rowsOf = (/** @type {number} */ at) => found.get(at) ?? [];
  const rules = (/** @type {number} */ at) => distinct(rowsOf(at).map((row) => ruleInWords(ledger, ledger.rule[row])));
  const inputs = (/** @type {number} */ at) => inputsInWords(page.data, rowsOf(at));
  /** @type {TableState} */
  const state = { by: "amount", falling: true };
  const left = ["title", "amount", "component", "funder", "status"];
  const columns = [
    ...projectColumns(page, found).filter(({ by }) => left.includes(by)),
    { by: "rule", head: say("rule"), key: rules, text: rules },
    { by: "input", head: say("input_rows"), key: inputs, text: inputs },
  ].filter((column) => [...found.keys()].some((at) => column.text(at)));
  return element(
    "div",
    {},
    element("h3", {}, caption),
    sortedTable({
      id: "projects-here",
      label: caption,
      columns,
      rows: [...found.keys()],
      state,
      open: (at) => page.selectFurther({ type: "project", at }),
    }),
  );
}

/**
 * Say which rows of the input amounts come from.
 *
 * @param {Page["data"]} data
 * @param {number[]} rows
 */
export function inputsInWords({ ledger }, rows) {
  /** @type {Map<string, { rows: Set<number>, more: number }>} */
  const found = new Map();
  const inputs = new Set(rows.map((row) => ledger.input[row]).filter((at) => at >= 0));
  for (const at of inputs)
    for (const [file, numbers, more] of ledger.inputs[at]) {
      const known = found.get(file) ?? { rows: new Set(), more: 0 };
      numbers.forEach((number) => known.rows.add(number));
      known.more += more;
      found.set(file, known);
    }
  const listed = [...found].map(([file, { rows: numbers, more }]) => {
    const sorted = [...numbers].sort((a, b) => a - b).join(", ");
    return `${file}: ${sorted}${more ? ` +${more}` : ""}`;
  });
  return listed.join("; ");
}
