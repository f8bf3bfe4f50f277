// A workbook of one sheet, as .xlsx. Texts are inline strings, which no spreadsheet runs as formulas.

/** A cell: a text, or a number as decimal text. @typedef {{ text: string, number?: boolean }} SheetCell */

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";
const TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml";

/**
 * Return a workbook with the rows on its one sheet; the first row is the header.
 *
 * @param {string} sheet
 * @param {SheetCell[][]} rows
 */
export function workbookOf(sheet, rows) {
  const title = escaped(
    sheet
      .replace(/[\][\\/?*:]/g, " ")
      .slice(0, 31)
      .trim() || "Sheet",
  );
  return zipOf({
    "[Content_Types].xml": `<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${TYPES}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${TYPES}.worksheet+xml"/></Types>`,
    "_rels/.rels": `<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    "xl/workbook.xml": `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets><sheet name="${title}" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
    "xl/worksheets/sheet1.xml": `<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>${rows.map(rowOf).join("")}</sheetData></worksheet>`,
  });
}

/** @param {SheetCell[]} cells */
function rowOf(cells) {
  return `<row>${cells.map(cellOf).join("")}</row>`;
}

/** @param {SheetCell} cell */
function cellOf({ text, number }) {
  if (text === "") return "<c/>";
  if (number && /^-?\d+(\.\d+)?(e-?\d+)?$/i.test(text)) return `<c><v>${text}</v></c>`;
  return `<c t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`;
}

/**
 * Escape a text for XML, without the characters that XML cannot hold.
 *
 * @param {string} text
 */
function escaped(text) {
  return text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll('"', "&quot;");
}

/**
 * Return files as a ZIP archive without compression.
 *
 * @param {Record<string, string>} files
 */
function zipOf(files) {
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const parts = [];
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const entries = [];
  const encoder = new TextEncoder();
  let offset = 0;
  for (const [path, text] of Object.entries(files)) {
    const [name, content] = [encoder.encode(path), encoder.encode(HEAD + text)];
    // Version, flags (UTF-8 names), stored, no time, the first day of 1980; checksum, sizes, length of the name.
    const about = [20, 0x800, 0, 0, 33];
    const sizes = [checksum(content), content.length, content.length];
    const own = [...short(about), ...long(sizes), ...short([name.length, 0])];
    parts.push(Uint8Array.from([...long([0x04034b50]), ...own]), name, content);
    entries.push(
      Uint8Array.from([...long([0x02014b50]), ...short([20]), ...own, ...short([0, 0, 0]), ...long([0, offset])]),
      name,
    );
    offset += 4 + own.length + name.length + content.length;
  }
  const size = entries.reduce((sum, { length }) => sum + length, 0);
  const count = entries.length / 2;
  const end = [...long([0x06054b50]), ...short([0, 0, count, count]), ...long([size, offset]), ...short([0])];
  return new Blob([...parts, ...entries, Uint8Array.from(end)], { type: `${TYPES}.sheet` });
}

/** @param {number[]} numbers */
function short(numbers) {
  return numbers.flatMap((number) => [number & 255, (number >>> 8) & 255]);
}

/** @param {number[]} numbers */
function long(numbers) {
  return numbers.flatMap((number) => [0, 8, 16, 24].map((by) => (number >>> by) & 255));
}

/**
 * Return the CRC-32 of bytes.
 *
 * @param {Uint8Array} bytes
 */
function checksum(bytes) {
  let sum = -1;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return ~sum >>> 0;
}
