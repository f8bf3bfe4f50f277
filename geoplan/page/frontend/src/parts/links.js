// Links of projects. Only https is ever a link; everything else stays text.

/** @import { Fact, Data } from "../types.js" */

import { dataText, element } from "../elements.js";
import { short } from "../text/messages.js";

// Between links in one cell; a bar or semicolon inside an address is part of it.
const BETWEEN = /\s*[|\n\r]+\s*|\s*[;,]?\s+(?=https:)|[;,](?=https:)/i;

/**
 * Return the links and texts of a cell.
 *
 * @param {string} cell
 */
export function linksIn(cell) {
  return cell
    .split(BETWEEN)
    .map((text) => text.trim())
    .filter(Boolean)
    .map((text) => ({ text, address: safeAddress(text) }));
}

/**
 * Return an address that may become a link: https, with a host, without a user's name; null for any other text.
 *
 * @param {string} text
 */
export function safeAddress(text) {
  if (!/^https:\/\/[^\s/]/i.test(text) || !URL.canParse(text)) return null;
  const address = new URL(text);
  return address.protocol === "https:" && !address.username && !address.password ? address.href : null;
}

/**
 * Return what the link columns have of a project: links, and texts that are none.
 *
 * @param {Data} data
 * @param {number} project
 * @returns {Fact[]}
 */
export function projectLinks({ projects }, project) {
  const columns = Object.entries(projects.links ?? {});
  return columns
    .map(([name, cells]) => /** @type {Fact} */ ([dataText(short(name)), cells[project] ? links(cells[project]) : ""]))
    .filter(([, value]) => value !== "");
}

/** @param {string} cell */
function links(cell) {
  const parts = linksIn(cell).map(({ text, address }) => {
    // The address as the browser reads it, so that nothing in it looks like something else.
    if (!address) return dataText(short(text, 200));
    return element(
      "a",
      { href: address, target: "_blank", rel: "noopener noreferrer" },
      dataText(short(address.replace("https://", ""), 70)),
    );
  });
  return element(
    "span",
    {},
    parts.flatMap((part, at) => [at ? ", " : null, part]),
  );
}
