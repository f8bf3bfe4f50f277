// A workbook that the page makes.

import assert from "node:assert/strict";
import { test } from "node:test";

import { workbookOf } from "../src/parts/workbook.js";

/** Return the bytes of a workbook, and its text. */
async function made(/** @type {{ text: string, number?: boolean }[][]} */ rows, sheet = "Districts") {
  const bytes = new Uint8Array(await workbookOf(sheet, rows).arrayBuffer());
  return { bytes, text: new TextDecoder().decode(bytes) };
}

test("numbers are numbers to the last digit, and texts are never formulas", async () => {
  const { text } = await made([
    [{ text: "Name" }, { text: "EUR" }],
    [{ text: '=HYPERLINK("x")' }, { text: "123456789012345.67", number: true }],
    [{ text: "a < b & c\u0000" }, { text: "–", number: true }],
  ]);
  assert.ok(text.includes("<c><v>123456789012345.67</v></c>"));
  assert.ok(text.includes('<t xml:space="preserve">=HYPERLINK(&quot;x&quot;)</t>'));
  assert.ok(text.includes(">a &lt; b &amp; c</t>"));
  assert.ok(text.includes('t="inlineStr"><is><t xml:space="preserve">–</t>'));
  assert.ok(!text.includes("<f>"));
});

test("the archive says where its files are", async () => {
  const { bytes } = await made([[{ text: "x" }]], "a/b:c[d]?");
  const view = new DataView(bytes.buffer);
  const end = bytes.length - 22;
  assert.equal(view.getUint32(end, true), 0x06054b50);
  assert.equal(view.getUint16(end + 10, true), 5);
  assert.equal(view.getUint32(view.getUint32(end + 16, true), true), 0x02014b50);
  assert.equal(view.getUint32(0, true), 0x04034b50);
  assert.ok(new TextDecoder().decode(bytes).includes('<sheet name="a b c d'));
});
