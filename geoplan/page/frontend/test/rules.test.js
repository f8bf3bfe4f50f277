// Rules of the ledger in words of the page's language.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { ruleInWords, useLanguage } from "../src/text/messages.js";

const read = (/** @type {string} */ name) =>
  JSON.parse(readFileSync(new URL(`../../assets/messages/${name}.json`, import.meta.url), "utf8"));

test("a rule is in words of the language, with the district that the money was carried from", () => {
  // The page's language is stated on its root element.
  Object.assign(globalThis, { document: { documentElement: { lang: "" } } });
  useLanguage({ en: read("en"), fr: read("fr") }, "fr");
  const ledger = {
    rules: [[["reviewed name", "carried from {district}"], ["even split"], ["carried by crosswalk"]], [["point"]]],
    carried_from: ["$& 02", ""],
  };
  assert.equal(
    ruleInWords(ledger, 0),
    "nom vérifié, reporté depuis $& 02; réparti également entre les lieux du projet; " +
      "reporté par une table de passage",
  );
  assert.equal(ruleInWords(ledger, 1), "point dans le district");
});
