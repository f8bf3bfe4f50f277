// Links of projects: https, and nothing else.

import assert from "node:assert/strict";
import { test } from "node:test";

import { linksIn, safeAddress } from "../src/parts/links.js";

test("only https with a host is a link", () => {
  assert.equal(safeAddress("https://example.org/a b".replace(" ", "%20")), "https://example.org/a%20b");
  assert.equal(safeAddress("HTTPS://Example.org"), "https://example.org/");
  const others = [
    "http://example.org",
    "javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "//example.org",
    "https:example.org",
    "https://",
    "https://a@evil.example",
    "https://example.org:pass@evil.example/",
    "https:/example.org",
    "file:///etc/passwd",
    "vbscript:x",
    "see https://example.org",
    "example.org",
    "https://exa mple.org",
  ];
  assert.deepEqual(
    others.map(safeAddress),
    others.map(() => null),
  );
});

test("a host that looks like another is shown as the browser reads it", () => {
  assert.equal(safeAddress("https://\u0430pple.com/"), "https://xn--pple-43d.com/");
});

test("a cell can have several links, and texts between them", () => {
  const texts = (/** @type {string} */ cell) =>
    linksIn(cell).map(({ text, address }) => (address ? text : `(${text})`));
  assert.deepEqual(texts("https://a.example/x;y | https://b.example"), ["https://a.example/x;y", "https://b.example"]);
  assert.deepEqual(texts("https://a.example; https://b.example,https://c.example"), [
    "https://a.example",
    "https://b.example",
    "https://c.example",
  ]);
  assert.deepEqual(texts("javascript:alert(1)|report.pdf\nhttps://a.example"), [
    "(javascript:alert(1))",
    "(report.pdf)",
    "https://a.example",
  ]);
  assert.deepEqual(texts(" "), []);
});
