// Labels of districts: inside where there is room, else beside the area with a line.

import assert from "node:assert/strict";
import { test } from "node:test";

import { paintLabels } from "../src/drawing/labels.js";

const LETTERS = { font: "sans", size: 10 };

/** Return a pen that notes what it writes and where lines go; each letter is 6 pixels wide. */
function notingPen() {
  /** @type {{ written: [string, number, number][], lines: number[][] }} */
  const noted = { written: [], lines: [] };
  const pen = {
    measureText: (/** @type {string} */ text) => ({ width: 6 * text.length }),
    fillText: (/** @type {string} */ text, /** @type {number} */ x, /** @type {number} */ y) =>
      noted.written.push([text, x, y]),
    strokeText: () => {},
    beginPath: () => {},
    moveTo: (/** @type {number} */ x, /** @type {number} */ y) => noted.lines.push([x, y]),
    lineTo: (/** @type {number} */ x, /** @type {number} */ y) => noted.lines.at(-1)?.push(x, y),
    stroke: () => {},
  };
  return { pen: /** @type {any} */ (pen), ...noted };
}

// Land is a square of 200 pixels; the narrow district is a strip of 10 at its eastern edge.
const isLand = (/** @type {number} */ x, /** @type {number} */ y) => x > 0 && x < 200 && y > 0 && y < 200;
const wide = { at: 0, x: 95, y: 100, width: 190, isOver: isLand, mayMove: false, lines: ["Wide", "12"] };
const narrow = { at: 1, x: 195, y: 100, width: 10, isOver: () => false, mayMove: false, lines: ["Narrow", "34"] };

test("a district without room has its name and value beside the area, and a line to it", () => {
  const { pen, written, lines } = notingPen();
  paintLabels(pen, [wide, narrow, ...others(5)], [], [], LETTERS, isLand);
  const place = written.find(([text]) => text === "Narrow");
  assert.ok(place && place[1] - 18 > 200);
  assert.ok(written.some(([text]) => text === "34"));
  assert.ok(lines.length > 0 && lines.every(([x, y]) => x === 195 && y === 100));
});

test("nothing stands beside the area where that is covered, and nothing of a map of many districts", () => {
  const covered = notingPen();
  paintLabels(covered.pen, [wide, narrow, ...others(5)], [[200, -500, 900, 900]], [], LETTERS, isLand);
  const many = notingPen();
  paintLabels(many.pen, [wide, narrow, ...others(70)], [], [], LETTERS, isLand);
  for (const { written, lines } of [covered, many]) {
    assert.ok(!written.some(([text]) => text === "Narrow"));
    assert.equal(lines.length, 0);
  }
});

test("no district has its value where one has no room for it", () => {
  const { pen, written } = notingPen();
  const squeezed = { ...narrow, x: 195, isOver: (/** @type {number} */ x) => x > 190 && x < 200 };
  const walls = [
    [200, -500, 900, 900],
    [-900, -500, 0, 30],
    [0, -500, 200, 0],
    [0, 200, 200, 900],
    [150, 70, 240, 130],
  ];
  paintLabels(pen, [wide, squeezed], walls, [[150, 0, 240, 200]], LETTERS, isLand);
  assert.ok(written.some(([text]) => text === "Wide"));
  assert.ok(!written.some(([text]) => ["12", "34"].includes(text)));
});

/** Return labels far from the area, for which there is room. */
function others(/** @type {number} */ count) {
  return Array.from({ length: count }, (_, at) => ({
    ...{ at: at + 2, x: -500, y: 40 * at, width: 90, isOver: () => true, mayMove: false },
    lines: [`D${at}`, "1"],
  }));
}
