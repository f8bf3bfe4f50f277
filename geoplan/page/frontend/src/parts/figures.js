// Beside the map: what the money adds up to, what is not on the map, and where the data comes from.

/** @import { About, Cell, Data, Minor, Page } from "../types.js" */

import { addUp } from "../data/entries.js";
import { projectCount } from "../data/sums.js";
import { byId, dataText, element, isOpen, plainTable, replace } from "../elements.js";
import {
  formatDay,
  formatDecimal,
  formatMinor,
  formatMoney,
  formatNumber,
  formatPercent,
  holdAmounts,
  withCurrency,
} from "../text/amounts.js";
import { choiceInWords, noMoneyInWords, yearsInWords } from "../text/choice.js";
import { extraUnit, inLanguage, measureName } from "../text/measure_names.js";
import { fenced, say, short, term, translated } from "../text/messages.js";

/**
 * Name a plan so that it differs from the other: by its vintage where the titles are the same.
 *
 * @param {Data} data
 * @param {Data} plan
 */
export function planName(data, plan) {
  const alike = data.title === data.other?.title;
  const vintage = alike && plan.about.vintage ? say("vintage_of", { name: plan.about.vintage }) : "";
  return vintage || translated(plan.title) || say("untitled");
}

/**
 * Name the plan over a map, while two plans are compared.
 *
 * @param {Pick<Page, "data" | "view">} page
 * @param {Data} plan
 */
export function planHead({ data, view }, plan) {
  return data.other && view.compare?.other
    ? element("div", { class: "plan-name" }, dataText(short(planName(data, plan), 90)))
    : null;
}

/** @param {Page} page */
export function showHead(page) {
  const { data } = page;
  const title = translated(data.title) || say("untitled");
  document.title = title;
  // Each has its own direction, so that a cut takes the end of an Arabic title, not its beginning.
  replace("title", title);
  replace("subtitle", data.subtitle ? translated(data.subtitle) : null);
  byId("title").title = title;
  byId("subtitle").title = data.subtitle ? translated(data.subtitle) : "";
  byId("badge").hidden = !data.illustrative;
  byId("illustrative").hidden = !data.illustrative;
  if (data.illustrative) {
    replace("badge", say("illustrative"));
    replace(
      "illustrative",
      element("strong", {}, say("illustrative_colon")),
      " ",
      dataText(translated(data.illustrative)),
    );
  }
}

/** @param {Page} page */
export function showFigures(page) {
  const { data, view, sums } = page;
  const currency = data.codes[view.currency];
  if (currency === undefined) {
    replace("figures", element("p", { class: "warning" }, say("no_spending")));
    return;
  }
  const digits = data.digits[view.currency];
  const districts = data.districts.code.length;
  const inside = addUp(sums.amount.slice(0, districts), data.ledger.zero);
  const reached = sums.projects.slice(0, districts).filter((count) => count > 0).length;
  replace(
    "figures",
    element("h2", {}, say("figures")),
    element("p", { class: "big" }, formatMoney(currency, sums.total, digits)),
    element("p", { class: "muted", id: "choice" }, choiceInWords(page)),
    element(
      "p",
      {},
      say(Number(sums.total) ? "in_districts" : "in_districts_none", {
        amount: formatMoney(currency, inside, digits),
        percent: formatPercent(inside, sums.total),
        reached,
        districts: say("n_districts", { count: districts }),
      }),
    ),
    sums.counted && element("p", { class: "muted" }, say("n_projects", { count: sums.allProjects })),
    reconciliationLine(page),
    otherTotals(page),
  );
}

/**
 * Say whether the money reaches the poor: the verdict, then what each index means and how far it could move.
 *
 * @param {Pick<Page, "data" | "view">} page
 */
export function showEquity({ data, view }) {
  const row = data.equity.find(
    (each) => each.currency === data.codes[view.currency] && each.kind === data.ledger.kinds[view.kind],
  );
  byId("equity").hidden = !row;
  if (!row) return;
  const range = (/** @type {number[]} */ [low, high]) =>
    low === high
      ? null
      : element(
          "span",
          { class: "muted" },
          " ",
          say("index_range", { low: formatNumber(low, 3), high: formatNumber(high, 3) }),
        );
  replace(
    "equity",
    element("h2", {}, say("equity")),
    element("p", { class: "verdict" }, dataText(holdAmounts(inLanguage(row.verdict)))),
    row.said.length
      ? element(
          "details",
          { class: "indices", open: isOpen("#equity details") },
          element("summary", {}, say("equity_more")),
          element(
            "ul",
            { class: "sources" },
            row.said.map((index) =>
              element(
                "li",
                {},
                dataText(holdAmounts(inLanguage(index.sentence))),
                index.range.length ? range(index.range) : null,
              ),
            ),
          ),
        )
      : null,
    element("p", { class: "muted" }, say("equity_whole", { kind: term("kind", row.kind) })),
  );
}

/**
 * Return the line that shows that money in equals money out, for the chosen currency and kind, before filters.
 *
 * @param {Pick<Page, "data" | "view">} page
 */
function reconciliationLine({ data, view }) {
  const row = data.reconciliation.find(
    (each) => each.currency === data.codes[view.currency] && each.kind === data.ledger.kinds[view.kind],
  );
  if (!row) return null;
  const decimal = (/** @type {"given" | "rounding" | "districts" | "elsewhere" | "difference"} */ name) =>
    formatDecimal(row[name] ?? "");
  const key = row.rounding ? "reconciliation_rounded" : "reconciliation";
  const line = say(key, {
    currency: row.currency,
    kind: term("kind", row.kind),
    given: decimal("given"),
    rounding: row.rounding && decimal("rounding"),
    districts: decimal("districts"),
    elsewhere: decimal("elsewhere"),
    difference: decimal("difference"),
  });
  const balanced = Number(row.difference) === 0;
  return element("p", { class: balanced ? "balance" : "warning", id: "reconciliation" }, line);
}

/**
 * Name the currencies and kinds that are not shown now: they are never added to what is.
 *
 * @param {Pick<Page, "data" | "view">} page
 */
function otherTotals({ data, view }) {
  const others = data.reconciliation.filter(
    (row) => row.currency !== data.codes[view.currency] || row.kind !== data.ledger.kinds[view.kind],
  );
  if (others.length === 0) return null;
  const rounded = (/** @type {string} */ given) =>
    Math.abs(Number(given)) < 100 ? formatDecimal(given) : formatNumber(Number(given));
  const texts = others.map((row) => `${term("kind", row.kind)} ${withCurrency(row.currency, rounded(row.given))}`);
  return element("p", { class: "muted" }, say("not_added", { list: texts.join("; ") }));
}

/** @param {Page} page */
export function showElsewhere(page) {
  const { data, view, sums } = page;
  const first = data.districts.code.length;
  const digits = data.digits[view.currency] ?? 0;
  const filled = data.buckets
    .map((name, at) => ({ name, place: first + at }))
    .filter(({ place }) => sums.projects[place] > 0);
  const total = addUp(
    filled.map(({ place }) => sums.amount[place]),
    data.ledger.zero,
  );
  /** @type {Cell[][]} */
  const rows = filled.map(({ name, place }) => [
    { text: bucketName(name), head: true },
    { text: formatMinor(sums.amount[place], digits), number: true },
    { text: formatPercent(sums.amount[place], sums.total), number: true },
    { text: projectCount(sums, sums.projects[place]), number: true },
  ]);
  if (rows.length > 1)
    rows.push([
      { text: say("total"), head: true },
      { text: formatMinor(total, digits), number: true },
      { text: formatPercent(total, sums.total), number: true },
      "",
    ]);
  const head = [say("place"), data.codes[view.currency] ?? "", say("of_all"), say("projects")];
  replace(
    "elsewhere",
    element("h2", {}, say("elsewhere")),
    filled.length
      ? element("p", { class: "muted meaning" }, say("elsewhere_meaning"))
      : element("p", {}, sums.allProjects ? say("nothing_elsewhere") : noMoneyInWords(data)),
    filled.length ? plainTable(choiceInWords(page), head, rows) : null,
    data.locations.coarse
      ? element("p", { class: "muted" }, say("coarse_places", { count: data.locations.coarse }))
      : null,
  );
}

/** @param {string} name */
function bucketName(name) {
  return element(
    "span",
    {},
    term("place", name),
    element("span", { class: "muted block" }, term("place_meaning", name)),
  );
}

/**
 * Say over the map what the map cannot show.
 *
 * @param {Page} page
 */
export function showMapNote(page) {
  const { data, sums } = page;
  const districts = data.districts.code.length;
  const anyInside = sums.projects.slice(0, districts).some((count) => count > 0);
  const shapes = data.districts.rings.some((rings) => rings.length > 0);
  const note = !shapes
    ? say("no_shapes")
    : !data.codes.length
      ? ""
      : !sums.allProjects
        ? say("no_money_in_choice")
        : !anyInside
          ? say("nothing_in_districts")
          : "";
  const place = replace("map-note", note);
  place.hidden = note === "";
}

/** @param {Page} page */
export function showMapHead(page) {
  replace("map-head", element("div", { class: "map-title" }, planHead(page, page.data), mapTitle(page)));
}

/**
 * Say in the strip what the money adds up to, and how much of it is not on the map; that opens its tab.
 *
 * @param {Page} page
 */
export function showTotal(page) {
  const { data, view, sums } = page;
  const currency = data.codes[view.currency];
  if (currency === undefined) {
    replace("total", say("no_spending"));
    return;
  }
  const inside = addUp(sums.amount.slice(0, data.districts.code.length), data.ledger.zero);
  const off = sums.total - inside;
  const share = formatPercent(off, sums.total);
  replace(
    "total",
    element("strong", {}, formatMoney(currency, sums.total, data.digits[view.currency])),
    Number(off) !== 0 &&
      element(
        "button",
        { type: "button", class: "link", onclick: () => page.openTab("elsewhere") },
        splitBar(inside, sums.total),
        say("share_off_the_map", { share }),
      ),
  );
}

/**
 * Head a map: what colours it, of which money, and how much of that is not on it.
 *
 * @param {Page} page
 */
export function mapTitle(page) {
  const { data, view } = page;
  const given = data.extra.has(view.measure) && extraUnit(data, view.measure);
  const about = view.measure === "poverty_class" ? say("unit.poverty_class") : given || choiceInWords(page);
  return [
    element("div", {}, element("strong", {}, measureName(data, view.measure)), element("span", {}, about)),
    splitLine(page),
  ].filter(Boolean);
}

/**
 * Say how the money divides into districts and elsewhere, with a bar.
 *
 * @param {Pick<Page, "data" | "view" | "sums">} page
 */
function splitLine({ data, view, sums }) {
  const currency = data.codes[view.currency];
  if (currency === undefined || sums.allProjects === 0) return null;
  const digits = data.digits[view.currency];
  const inside = addUp(sums.amount.slice(0, data.districts.code.length), data.ledger.zero);
  const words = (/** @type {Minor} */ amount) => formatMoney(currency, amount, digits);
  const bar = splitBar(inside, sums.total);
  const [on, off] = [words(inside), words(sums.total - inside)];
  return element(
    "div",
    { class: "split" },
    bar,
    element("span", {}, say("on_the_map", { amount: on })),
    element("strong", {}, say(view.poverty === null ? "off_the_map" : "could_be_there", { amount: off })),
  );
}

/**
 * Return a bar for the part of the money that is in districts.
 *
 * @param {Minor} inside
 * @param {Minor} total
 */
function splitBar(inside, total) {
  const bar = element("span", { class: "split-bar", "aria-hidden": "true" });
  const part = total > 0 ? Number(inside) / Number(total) : 0;
  bar.style.setProperty("--part", `${100 * Math.min(1, Math.max(0, part))}%`);
  return bar;
}

/**
 * List the files the page was made from, with the beginning of their SHA-256, and the version that made it.
 *
 * @param {About} about
 */
function inputFiles({ inputs, version }) {
  return element(
    "details",
    { class: "inputs" },
    element("summary", {}, say("made_from", { version })),
    element(
      "ul",
      { class: "sources" },
      inputs.map(([file, digest]) => element("li", {}, dataText(file), element("code", {}, ` ${digest}…`))),
    ),
  );
}

/** @param {Pick<Page, "data">} page */
export function showAbout({ data }) {
  const { about } = data;
  const lines = about.sources.map(({ table, file, rows, said }) =>
    element(
      "li",
      {},
      element("strong", {}, say(`table.${table}`)),
      `: ${say("n_rows", { count: rows, number: formatNumber(rows) })}`,
      file ? [" · ", dataText(file)] : null,
      said.map((text) => [" · ", dataText(text)]),
    ),
  );
  const vintage = [about.valid_from, about.valid_to].map((days) => days.map(formatDay).join(", "));
  replace(
    "about",
    element("h2", {}, say("about")),
    element(
      "div",
      { class: "of-plan" },
      element("p", { class: "whole-title" }, dataText(translated(data.title) || say("untitled"))),
      data.subtitle ? element("p", {}, dataText(translated(data.subtitle))) : null,
      data.illustrative ? element("p", { class: "warning" }, dataText(translated(data.illustrative))) : null,
    ),
    about.notes.map((note) => element("p", { class: "note" }, dataText(translated(note)))),
    element("ul", { class: "sources" }, lines),
    about.vintage ? element("p", { class: "muted" }, say("vintage_name", { name: fenced(about.vintage) })) : null,
    vintage[0] || vintage[1]
      ? element(
          "p",
          { class: "muted" },
          say(vintage[1] ? "vintage" : "vintage_open", { from: vintage[0] || "…", to: vintage[1] }),
        )
      : null,
    about.profile_years.length
      ? element("p", { class: "muted" }, say("profile_years", { years: yearsInWords(about.profile_years) }))
      : null,
    element("p", { class: "muted" }, say("rules_meaning")),
    element("p", { class: "muted" }, say("credits")),
    data.basemap
      ? element(
          "p",
          { class: "muted" },
          say("basemap_of", { name: fenced(data.basemap.name) }),
          " ",
          dataText(data.basemap.attribution),
        )
      : null,
    inputFiles(about),
  );
}
