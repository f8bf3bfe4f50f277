// Check-lists: what each filter keeps, with search, all or none, and what the filter leaves out.

/** @import { Filter, Minor, Page } from "../types.js" */

import { moneyLeftOut, sumByMember } from "../data/member_sums.js";
import { FILTERS, NOT_STATED } from "../data/members.js";
import { dataText, element, isOpen } from "../elements.js";
import { formatMoney } from "../text/amounts.js";
import { filterName, namesKept } from "../text/choice.js";
import { compareTexts } from "../text/language.js";
import { inAllLanguages, named, say, short } from "../text/messages.js";
import { foldedText } from "./search.js";

// More names than this can be searched.
const SEARCHED_FROM = 8;

/**
 * Return the names that a filter can keep, in order, with what is not stated last.
 *
 * @param {Pick<Page, "data">} page
 * @param {Filter} name
 */
function offered({ data }, name) {
  const { names, of } = data.filters[name];
  const columns = { sector: data.projects.sector.at, status: data.projects.status.at };
  const column = name === "poverty" ? data.districts.poverty_class : columns[/** @type {"sector"} */ (name)];
  const anyMissing = of.some((members) => members.length === 0) || Array.from(column ?? []).includes(-1);
  const stated = [...names.keys()];
  // Poverty classes have an order of their own.
  if (name !== "poverty") stated.sort((a, b) => compareTexts(named(names[a]), named(names[b])));
  return anyMissing ? [...stated, NOT_STATED] : stated;
}

/**
 * Return a check-list for each filter that leaves a choice.
 *
 * @param {Page} page
 */
export function checkLists(page) {
  return FILTERS.filter((name) => offered(page, name).length > 1).map((name) => checkList(page, name));
}

/**
 * @param {Page} page
 * @param {Filter} name
 */
function checkList(page, name) {
  /** @type {HTMLDetailsElement} */
  const list = element("details", {
    class: "chip check-list",
    id: `choose-${name}`,
    open: isOpen(`#choose-${name}`),
    ontoggle: () => fill(page, name, list),
  });
  list.append(
    element("summary", {}, element("span", {}, filterName(name)), element("span", { class: "kept", dir: "auto" })),
  );
  match(page, name, list);
  return list;
}

/**
 * Bring the check-lists in line with the view; those that are open keep their elements, so that focus stays.
 *
 * @param {Page} page
 */
export function matchCheckLists(page) {
  for (const name of FILTERS) {
    const list = document.getElementById(`choose-${name}`);
    if (list) match(page, name, list);
  }
}

/**
 * @param {Page} page
 * @param {Filter} name
 * @param {HTMLElement} list
 */
function match(page, name, list) {
  const kept = page.view[name];
  const [head] = list.getElementsByClassName("kept");
  head.textContent = kept === null ? say(ALL[name] ?? "all") : namesKept(page.data, name, kept);
  const boxes = list.querySelectorAll("li input");
  if (boxes.length === 0) return;
  const sums = sumByMember(page.data, { ...page.view, [name]: null }, name);
  for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (boxes)) {
    box.checked = kept === null || kept.includes(Number(box.value));
    const [figures] = /** @type {HTMLElement} */ (box.parentElement).getElementsByClassName("muted");
    figures.textContent = figuresInWords(page, sums.get(Number(box.value)));
  }
  const [left] = list.getElementsByClassName("left-out");
  left.textContent = leftOutInWords(page, name);
}

/** @type {Partial<Record<Filter, string>>} */
const ALL = { component: "all_components", funder: "all_funders" };

/**
 * Make the list when it is first opened.
 *
 * @param {Page} page
 * @param {Filter} name
 * @param {HTMLDetailsElement} list
 */
function fill(page, name, list) {
  if (!list.open || list.querySelector("ul")) return;
  const { names } = page.data.filters[name];
  const all = offered(page, name);
  const word = (/** @type {number} */ at) => named(names[at]);
  const items = all.map((at) => {
    const turn = (/** @type {any} */ { target }) => keep(page, name, all, [at], target.checked);
    const box = element("input", { type: "checkbox", value: String(at), onchange: turn });
    const label = element("label", { class: "check" }, box, element("span", {}, dataText(short(word(at), 120)), " "));
    label.lastElementChild?.append(element("span", { class: "muted" }));
    return element("li", {}, label);
  });
  const texts = all.map((at) => foldedText([word(at), ...inAllLanguages(names[at] ?? "")].join("\n")));
  const look = (/** @type {any} */ { target }) => {
    const wanted = foldedText(target.value.trim());
    items.forEach((item, order) => {
      item.hidden = !texts[order].includes(wanted);
    });
  };
  const turnAll = (/** @type {boolean} */ isOn) => () =>
    keep(
      page,
      name,
      all,
      all.filter((_, order) => !items[order].hidden),
      isOn,
    );
  const button = (/** @type {boolean} */ isOn) =>
    element(
      "button",
      { type: "button", class: "link", onclick: turnAll(isOn) },
      say(isOn ? "choose_all" : "choose_none"),
    );
  const search = element("input", {
    type: "search",
    autocomplete: "off",
    "aria-label": `${say("search")}: ${filterName(name)}`,
    placeholder: say("search"),
    oninput: look,
  });
  list.append(
    element(
      "div",
      { class: "popover check-options" },
      all.length > SEARCHED_FROM && search,
      element("div", { class: "check-buttons" }, button(true), button(false)),
      element("ul", { class: "links" }, items),
      element("p", { class: "muted left-out" }),
    ),
  );
  match(page, name, list);
}

/**
 * Keep some more names, or no longer.
 *
 * @param {Page} page
 * @param {Filter} name
 * @param {number[]} all
 * @param {number[]} some
 * @param {boolean} isOn
 */
function keep(page, name, all, some, isOn) {
  const kept = new Set(page.view[name] ?? all);
  for (const at of some) isOn ? kept.add(at) : kept.delete(at);
  const rest = [...kept].sort((a, b) => a - b);
  page.change({ [name]: rest.length === all.length ? null : rest });
}

/**
 * Say what a name has alone, and up to how much with others.
 *
 * @param {Page} page
 * @param {{ alone: Minor, jointly: Minor, isJoint: boolean } | undefined} sum
 */
export function figuresInWords({ data, view }, sum) {
  const money = (/** @type {Minor} */ amount) =>
    formatMoney(data.codes[view.currency], amount, data.digits[view.currency]);
  if (!data.codes.length) return "";
  if (!sum) return money(data.ledger.zero);
  const alone = money(sum.alone);
  return sum.isJoint ? say("alone_and_jointly", { alone, jointly: money(sum.jointly) }) : alone;
}

/**
 * Say how much a filter leaves out of what the other filters keep.
 *
 * @param {Page} page
 * @param {Filter} name
 */
function leftOutInWords(page, name) {
  const { data, view } = page;
  if (view[name] === null) return "";
  const { amount: minor, projects: count } = moneyLeftOut(data, view, name);
  const amount = formatMoney(data.codes[view.currency], minor, data.digits[view.currency]);
  return data.crowds
    ? say("leaves_out_money", { amount })
    : say("leaves_out", { amount, projects: say("n_projects", { count }) });
}
