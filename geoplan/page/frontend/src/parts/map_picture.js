// The map as a picture: title, map, classes and marks on one canvas.

/** @import { Page } from "../types.js" */

import { districtName } from "../data/names.js";
import { FONT, INK, penOf, stampShape, STYLES } from "../drawing/colours.js";
import { svgElement } from "../drawing/keys.js";
import { VectorPen } from "../drawing/vector_pen.js";
import { choiceInWords } from "../text/choice.js";
import { measureName } from "../text/measure_names.js";
import { say, short, translated } from "../text/messages.js";
import { classText, legendUnit, shownStyles, styleText } from "./legend.js";

const MARGIN = 16;
const HEAD = 66;
const LINE = 20;
const COLUMN = 260;
const NUMBERED_COLUMN = 170;
const SCALE = 2;

/**
 * Return the map as it is now, with title and legend, as a PNG.
 *
 * @param {Page} page
 * @returns {Promise<Blob>}
 */
export function mapPicture(page) {
  const { width, height } = sheetSize(page);
  const sheet = document.createElement("canvas");
  [sheet.width, sheet.height] = [SCALE * width, SCALE * height];
  const pen = penOf(sheet);
  pen.scale(SCALE, SCALE);
  drawSheet(page, pen, drawMap);
  return new Promise((done, fail) =>
    sheet.toBlob((blob) => (blob ? done(blob) : fail(new Error("the browser made no picture"))), "image/png"),
  );
}

/**
 * Return the map as it is now, with title and legend, as an SVG.
 *
 * @param {Page} page
 */
export function mapDrawing(page) {
  const { width, height } = sheetSize(page);
  const sheet = svgElement("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "font-family": FONT });
  const letters = svgElement("style", {});
  letters.textContent = fontRules();
  sheet.append(letters);
  drawSheet(page, /** @type {any} */ (new VectorPen(sheet)), drawMapLines);
  return new Blob([new XMLSerializer().serializeToString(sheet)], { type: "image/svg+xml" });
}

/** Return the rules of the page that bring its letters, with the fonts inside. */
function fontRules() {
  const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
  return rules
    .filter((rule) => rule instanceof CSSFontFaceRule)
    .map((rule) => rule.cssText)
    .join("\n");
}

/** @param {Page} page */
function partsOf(page) {
  const rows = page.classes.rows.filter(({ type, count }) => count > 0 || type === "range");
  const keys = shownStyles(page);
  const across = Math.max(1, Math.floor((page.map.getSize().x - MARGIN) / NUMBERED_COLUMN));
  const names = page.numbered.map((at, order) => `${order + 1}  ${short(districtName(page.data, at), 24)}`);
  const down = Math.ceil(names.length / across);
  return { rows, keys, names, down, deep: Math.max(rows.length, keys.length) + 2 + (down ? down + 1 : 0) };
}

/** @param {Page} page */
function sheetSize(page) {
  const { x: width, y } = page.map.getSize();
  return { width, height: HEAD + y + partsOf(page).deep * LINE + MARGIN + (page.data.illustrative ? LINE : 0) };
}

/**
 * Draw title, map and legend.
 *
 * @param {Page} page
 * @param {CanvasRenderingContext2D} pen
 * @param {(page: Page, pen: CanvasRenderingContext2D, width: number, height: number) => void} draw
 */
function drawSheet(page, pen, draw) {
  const { data } = page;
  const { x: width, y: height } = page.map.getSize();
  const { rows, keys, names, down } = partsOf(page);
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, width, sheetSize(page).height);
  const write = (
    /** @type {string} */ text,
    /** @type {number} */ x,
    /** @type {number} */ y,
    weight = 400,
    size = 13,
  ) => {
    pen.font = `${weight} ${size}px ${FONT}`;
    pen.fillStyle = INK;
    pen.fillText(text, x, y, width - x - MARGIN);
  };
  write(short(translated(data.title) || say("untitled"), 90), MARGIN, 28, 600, 18);
  write(`${measureName(data, page.view.measure)} · ${choiceInWords(page)}`, MARGIN, 50);
  draw(page, pen, width, height);
  let y = HEAD + height + LINE;
  write([measureName(data, page.view.measure), legendUnit(page)].filter(Boolean).join(", "), MARGIN, y, 600);
  rows.forEach((row, at) => {
    const top = y + (at + 1) * LINE;
    pen.fillStyle = row.colour;
    pen.fillRect(MARGIN, top - 12, 26, 14);
    pen.strokeStyle = "#5b616b";
    pen.lineWidth = 1;
    pen.strokeRect(MARGIN + 0.5, top - 11.5, 25, 13);
    write(`${classText(page, row)} (${row.count})`, MARGIN + 36, top);
  });
  keys.forEach((style, at) => {
    pen.save();
    pen.translate(MARGIN + COLUMN + 14, y + (at + 1) * LINE - 5);
    stampShape(pen, STYLES[style], 5.5);
    pen.restore();
    write(short(styleText(page, style), 90), MARGIN + COLUMN + 30, y + (at + 1) * LINE);
  });
  y += (Math.max(rows.length, keys.length) + 1) * LINE;
  if (down) write(say("numbered"), MARGIN, y, 600);
  names.forEach((name, at) =>
    write(name, MARGIN + Math.floor(at / down) * NUMBERED_COLUMN, y + ((at % down) + 1) * LINE),
  );
  if (down) y += (down + 1) * LINE;
  if (data.illustrative)
    write(`${say("illustrative_colon")} ${short(translated(data.illustrative), 200)}`, MARGIN, y, 400, 11);
}

/**
 * Draw what the map shows now as lines.
 *
 * @param {Page} page
 * @param {CanvasRenderingContext2D} pen
 * @param {number} width
 * @param {number} height
 */
function drawMapLines(page, pen, width, height) {
  const { canvas, map } = page;
  const corner = map.containerPointToLayerPoint([0, 0]).subtract(canvas._bounds.min);
  const { ratio } = canvas.frame();
  const { sheet } = /** @type {VectorPen} */ (/** @type {unknown} */ (pen));
  const box = [corner.x, corner.y, width, height].map((size) => size * ratio).join(" ");
  const frame = svgElement("svg", { x: 0, y: HEAD, width, height, viewBox: box });
  sheet.append(svgElement("rect", { x: 0, y: HEAD, width, height, fill: "#f3f1ec" }), frame);
  canvas.paintWith(/** @type {any} */ (new VectorPen(frame)));
}

/**
 * Draw what the map shows now, twice as fine as on the screen.
 *
 * @param {Page} page
 * @param {CanvasRenderingContext2D} pen
 * @param {number} width
 * @param {number} height
 */
function drawMap(page, pen, width, height) {
  const { canvas, map } = page;
  canvas.paintAt(SCALE);
  const corner = map.containerPointToLayerPoint([0, 0]).subtract(canvas._bounds.min);
  pen.save();
  pen.beginPath();
  pen.rect(0, HEAD, width, height);
  pen.clip();
  pen.fillStyle = "#f3f1ec";
  pen.fillRect(0, HEAD, width, height);
  const size = canvas._bounds.getSize();
  pen.drawImage(canvas._container, -corner.x, HEAD - corner.y, size.x, size.y);
  pen.restore();
  canvas.paintAt(null);
}
