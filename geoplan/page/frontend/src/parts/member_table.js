// Tables of funders and sectors: what each has alone, and up to how much with others.

/** @import { Cell, Filter, Minor, Page } from "../types.js" */

import { sumByMember } from "../data/member_sums.js";
import { dataText, element, plainTable } from "../elements.js";
import { formatMinor, formatNumber } from "../text/amounts.js";
import { filterName } from "../text/choice.js";
import { named, say, short } from "../text/messages.js";

/**
 * Return a table of the funders or sectors of the rows that a test lets through; nothing where there is only one.
 *
 * @param {Page} page
 * @param {Filter} name
 * @param {(row: number) => boolean} test
 */
export function memberTable(page, name, test) {
  const { data, view } = page;
  const sums = [...sumByMember(data, view, name, test)];
  if (sums.length < 2) return null;
  const isJoint = sums.some(([, sum]) => sum.isJoint);
  const size = (/** @type {{ alone: Minor, jointly: Minor }} */ { alone, jointly }) => alone + jointly;
  sums.sort(([one, a], [other, b]) => Number(size(b) - size(a)) || one - other);
  const money = (/** @type {Minor} */ amount) => ({
    text: formatMinor(amount, data.digits[view.currency]),
    number: true,
  });
  /** @type {Cell[][]} */
  const rows = sums.map(([at, { alone, jointly, projects }]) => [
    { text: dataText(short(named(data.filters[name].names[at]), 80)), head: true },
    money(alone),
    ...(isJoint ? [money(jointly)] : []),
    ...(data.crowds ? [] : [{ text: formatNumber(projects), number: true }]),
  ]);
  const head = [
    filterName(name),
    say(isJoint ? "alone" : "measure.amount"),
    ...(isJoint ? [say("jointly_up_to")] : []),
    ...(data.crowds ? [] : [say("projects")]),
  ];
  return element(
    "div",
    { class: "scroll", tabindex: "0", role: "group", "aria-label": filterName(name) },
    plainTable(data.codes[view.currency], head, rows),
  );
}
