// Cells of tables, as text that a spreadsheet takes.

/** @import { TableColumn } from "../types.js" */
/** @import { SheetCell } from "./workbook.js" */

import { language } from "../text/language.js";
import { fileName, saveFile } from "./take_away.js";
import { workbookOf } from "./workbook.js";

/**
 * Return the cells of a table, its head first.
 *
 * @param {TableColumn[]} columns
 * @param {number[]} rows
 * @returns {SheetCell[][]}
 */
export function cellsOf(columns, rows) {
  return [
    columns.map(({ head }) => ({ text: head })),
    ...rows.map((at) => columns.map(({ plain, text, number }) => ({ text: (plain ?? text)(at), number }))),
  ];
}

/**
 * Write cells as CSV; a text that a spreadsheet would run as a formula gets an apostrophe before it.
 *
 * @param {SheetCell[][]} cells
 */
export function asCsv(cells) {
  const written = (/** @type {SheetCell} */ { text, number }) => (number ? text : csvText(text));
  return cells.map((row) => `${row.map(written).join(",")}\r\n`).join("");
}

/**
 * Put an apostrophe before a text that a spreadsheet would run as a formula.
 *
 * @param {string} text
 */
function guarded(text) {
  return /^[=+\-@\t\r\n＝＋－＠]/.test(text.trimStart()) || /^[\t\r\n]/.test(text) ? `'${text}` : text;
}

/** @param {string} text */
export function csvText(text) {
  const safe = guarded(text);
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * Write cells for the clipboard, as a spreadsheet takes them: numbers with the decimal mark of the language.
 *
 * @param {SheetCell[][]} cells
 */
export function asTsv(cells) {
  const mark = language === "en" ? "." : ",";
  const written = (/** @type {SheetCell} */ { text, number }) =>
    number ? text.replace(".", mark) : guarded(text.replace(/[\t\r\n]+/g, " "));
  return cells.map((row) => row.map(written).join("\t")).join("\r\n");
}

/**
 * Save cells as a file.
 *
 * @param {string} title
 * @param {string} sheet
 * @param {SheetCell[][]} cells
 * @param {"csv" | "xlsx"} ending
 */
export function saveCells(title, sheet, cells, ending) {
  const content =
    ending === "csv" ? new Blob(["\ufeff", asCsv(cells)], { type: "text/csv" }) : workbookOf(sheet, cells);
  saveFile(fileName(title, ending), content);
}
