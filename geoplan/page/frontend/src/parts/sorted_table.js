// Tables that can be sorted by any column and copied.

/** @import { TableColumn, TableState } from "../types.js" */

import { element, find } from "../elements.js";
import { compareTexts } from "../text/language.js";
import { say, short } from "../text/messages.js";
import { asTsv, cellsOf } from "./cells.js";
import { copyText, doneButton } from "./take_away.js";

/**
 * Return rows in the order of a column; those without a value come last either way.
 *
 * @param {number[]} rows
 * @param {TableColumn["key"]} key
 * @param {boolean} falling
 */
export function sortRows(rows, key, falling) {
  return [...rows].sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (typeof x === "number" && (Number.isNaN(x) || Number.isNaN(y)))
      return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a - b;
    const difference = typeof x === "number" ? x - y : compareTexts(x, y);
    return (falling ? -difference : difference) || a - b;
  });
}

/**
 * Return the head of a column, which sorts by it.
 *
 * @param {TableColumn} column
 * @param {TableState} sort
 * @param {(turned: { by: string, falling: boolean }) => void} turn
 */
export function headCell({ by, head, number }, sort, turn) {
  const now = sort.by === by;
  const order = now ? (sort.falling ? "descending" : "ascending") : "none";
  const arrow = now
    ? element("span", { "aria-hidden": "true", class: "arrow" }, sort.falling ? "\u00a0▾" : "\u00a0▴")
    : null;
  return element(
    "th",
    { scope: "col", "aria-sort": order, class: number ? "number" : null, "data-column": by },
    element(
      "button",
      {
        type: "button",
        class: "head-button",
        "data-by": by,
        onclick: () => turn({ by, falling: now ? !sort.falling : Boolean(number) }),
      },
      head,
      arrow,
    ),
  );
}

// A table of more rows begins with so many.
const ROWS_AT_FIRST = 100;

/**
 * Return a table that can be sorted and copied; the first cell of a row opens what the row is about.
 *
 * @param {{ id: string, label: string, columns: TableColumn[], rows: number[], state: TableState,
 *   open: (at: number) => void }} table
 */
export function sortedTable({ id, label, columns, rows, state, open }) {
  const place = element("div", { class: "sorted", id });
  const sorted = () => {
    const { key } = columns.find(({ by }) => by === state.by) ?? columns[0];
    return sortRows(rows, key, state.falling);
  };
  const show = () => {
    const order = sorted();
    const shown = state.whole ? order : order.slice(0, ROWS_AT_FIRST);
    const heads = columns.map((column) =>
      headCell(column, state, (turned) => {
        Object.assign(state, turned);
        show();
        find(`#${id} [data-by="${column.by}"]`).focus();
      }),
    );
    const whole = () => {
      state.whole = true;
      show();
    };
    place.replaceChildren(
      element(
        "div",
        { class: "scroll", tabindex: "0", role: "group", "aria-label": label },
        element(
          "table",
          { class: "districts" },
          element("caption", { class: "unseen" }, label),
          element("thead", {}, element("tr", {}, heads)),
          element(
            "tbody",
            {},
            shown.map((at) => rowOf(columns, at, open)),
          ),
        ),
      ),
      ...(shown.length < order.length
        ? [
            element(
              "button",
              { type: "button", class: "quiet", onclick: whole },
              say("show_all", { count: order.length }),
            ),
          ]
        : []),
      doneButton(`copy-${id}`, say("copy_table"), say("copied_short"), () =>
        copyText(asTsv(cellsOf(columns, sorted()))),
      ),
    );
  };
  show();
  return place;
}

// A text of so many letters fits into the lines of the narrowest column.
const SHORT = 20;

/**
 * Return a text in a few lines; pointing at it shows the whole.
 *
 * @param {string} text
 */
function clamped(text) {
  return element("bdi", { class: "clamp", title: text.length > SHORT ? text : null }, short(text, 400));
}

/**
 * @param {TableColumn[]} columns
 * @param {number} at
 * @param {(at: number) => void} open
 */
function rowOf([first, ...rest], at, open) {
  const cell = (/** @type {TableColumn} */ { by, number, text, shown }) =>
    element("td", { class: number ? "number" : null, "data-column": by }, shown ? shown(at) : clamped(text(at)));
  return element(
    "tr",
    {},
    element(
      "th",
      { scope: "row" },
      element("button", { type: "button", class: "link", onclick: () => open(at) }, clamped(first.text(at))),
    ),
    rest.map(cell),
  );
}
