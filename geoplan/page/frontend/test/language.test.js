// The order of texts in the language of the page.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { compareTexts, setLanguage } from "../src/text/language.js";
import { short } from "../src/text/messages.js";

afterEach(() => setLanguage("en"));

test("numbers in texts are in the order of numbers", () => {
  assert.deepEqual(["Phase 10", "Phase 2", "phase 1"].sort(compareTexts), ["phase 1", "Phase 2", "Phase 10"]);
});

test("texts are in the order of the language, also after it changes", () => {
  assert.deepEqual(["zon", "ön"].sort(compareTexts), ["ön", "zon"]);
  setLanguage("sv");
  assert.deepEqual(["ön", "zon"].sort(compareTexts), ["zon", "ön"]);
});

test("a text is cut between letters, which keep their marks, and not after a space", () => {
  assert.equal(short("abcde", 5), "abcde");
  assert.equal(short("abcdef", 5), "abcd…");
  assert.equal(short("abc def", 5), "abc…");
  assert.equal(short("ab\u0e81\u0ecd\u0ec8xyz", 5), "ab…"); // a Lao letter with two marks
  assert.equal(short("abcd\u0301ef", 5), "abc…");
  assert.equal(short("\u0301".repeat(9), 5), "…");
});
