// The order of texts in the language of the page.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { compareTexts, setLanguage } from "../src/text/language.js";

afterEach(() => setLanguage("en"));

test("numbers in texts are in the order of numbers", () => {
  assert.deepEqual(["Phase 10", "Phase 2", "phase 1"].sort(compareTexts), ["phase 1", "Phase 2", "Phase 10"]);
});

test("texts are in the order of the language, also after it changes", () => {
  assert.deepEqual(["zon", "ön"].sort(compareTexts), ["ön", "zon"]);
  setLanguage("sv");
  assert.deepEqual(["ön", "zon"].sort(compareTexts), ["zon", "ön"]);
});
