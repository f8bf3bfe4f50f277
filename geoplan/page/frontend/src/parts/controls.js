// Choices and filters: what is shown, of which money, over which years, in which language.

/** @import { Choice, Page, Switch, Texts } from "../types.js" */

import { CLASS_COUNTS, METHODS } from "../data/classes.js";
import { MARKINGS, markingsOffered } from "../data/marks.js";
import { measuresOffered } from "../data/measures.js";
import { CLUSTERED_FROM } from "../drawing/clusters.js";
import { dataText, element, replace } from "../elements.js";
import { language } from "../text/language.js";
import { inLanguage, measureName } from "../text/measure_names.js";
import { say, short, term, translated } from "../text/messages.js";
import { saveCells } from "./cells.js";
import { checkLists } from "./check_list.js";
import { chip, chipTitle } from "./chips.js";
import { mapDrawing, mapPicture } from "./map_picture.js";
import { projectCells } from "./projects.js";
import { searchBox } from "./search.js";
import { tableCells } from "./table.js";
import { copyText, doneButton, fileName, saveFile } from "./take_away.js";

/** @type {Texts} */
const LANGUAGE_NAMES = { en: "English", fr: "Français", lo: "ລາວ" };

/** @param {Page} page */
export function showLanguages(page) {
  const buttons = Object.keys(page.data.messages).map((code) =>
    element(
      "button",
      { type: "button", lang: code, "aria-pressed": String(code === language), onclick: () => page.speak(code) },
      LANGUAGE_NAMES[code] ?? code,
    ),
  );
  replace("languages", ...buttons);
}

/** @param {Page} page */
export function showControls(page) {
  const { data } = page;
  const { ledger } = data;
  replace(
    "bar",
    chooser(
      page,
      "measure",
      say("colour_by"),
      measuresOffered(page).map((name) => [name, measureName(data, name)]),
    ),
    ledger.kinds.length > 1 &&
      chooser(
        page,
        "kind",
        say("kind"),
        numbered(ledger.kinds, (name) => term("kind", name)),
      ),
    data.codes.length > 1 && chooser(page, "currency", say("currency"), numbered(data.codes, String)),
    ledger.years.length > 1 && [
      chip("years", chipTitle(say("years"), spanInWords(page)), yearControls(page)),
      playButton(page),
    ],
    checkLists(page),
    data.crowds && element("p", { class: "muted" }, say("no_project_filters")),
    chip("classing", say("map_and_classes"), [...classControls(page), layerSwitches(page)]),
    element(
      "button",
      { type: "button", id: "compare", "aria-pressed": "false", onclick: () => page.turnComparison() },
      say("compare"),
    ),
    element("button", { type: "button", id: "reset", class: "link", onclick: () => page.reset() }, say("reset")),
    searchBox(page),
  );
  replace(
    "actions",
    doneButton("copy-link", say("share"), say("copied_short"), () => copyText(location.href)),
    chip(
      "download",
      say("download"),
      doneButton("save-map", say("save_map"), say("saved_short"), async () => {
        saveFile(fileName(translated(data.title) || say("map"), "png"), await mapPicture(page));
      }),
      doneButton("save-svg", say("save_svg"), say("saved_short"), () =>
        saveFile(fileName(translated(data.title) || say("map"), "svg"), mapDrawing(page)),
      ),
      doneButton("save-csv", say("save_csv"), say("saved_short"), () => saveOpenTable(page, "csv")),
      doneButton("save-xlsx", say("save_xlsx"), say("saved_short"), () => saveOpenTable(page, "xlsx")),
    ),
    element("button", { type: "button", id: "print", onclick: () => window.print() }, say("print")),
  );
}

/**
 * Save the table of projects where that is open, else the table of districts.
 *
 * @param {Page} page
 * @param {"csv" | "xlsx"} ending
 */
function saveOpenTable(page, ending) {
  const isOfProjects = page.view.tab === "projects" && !page.data.crowds;
  const name = say(isOfProjects ? "projects" : "districts");
  const title = [translated(page.data.title), name].filter(Boolean).join(" ");
  saveCells(title, name, isOfProjects ? projectCells(page) : tableCells(page), ending);
}

/**
 * Say which years are shown.
 *
 * @param {Pick<Page, "view">} page
 */
export function spanInWords({ view }) {
  return view.from === view.to ? String(view.from) : `${view.from}–${view.to}`;
}

/** @param {Page} page */
function playButton(page) {
  return element(
    "button",
    { type: "button", id: "play", onclick: () => (page.playing ? page.stop() : page.play()) },
    say(page.playing ? "stop" : "play"),
  );
}

/**
 * @param {string[]} names
 * @param {(name: string) => string} word
 * @returns {[number, string][]}
 */
function numbered(names, word) {
  return names.map((name, at) => [at, word(name)]);
}

/**
 * @param {Page} page
 * @param {Choice} name
 * @param {string} label
 * @param {[string | number, string][]} options
 */
function chooser(page, name, label, options) {
  const select = element(
    "select",
    {
      id: `choose-${name}`,
      name,
      onchange: ({ target }) =>
        page.change({
          [name]: options.some(([value]) => value === target.value) ? target.value : Number(target.value),
        }),
    },
    options.map(([value, text]) => element("option", { value: String(value) }, short(text, 70))),
  );
  select.value = String(page.view[name]);
  return element("label", { class: "field chip" }, element("span", {}, label), select);
}

/** @param {Page} page */
function yearControls(page) {
  const { view, data } = page;
  const { years } = data.ledger;
  /** @type {(name: "from" | "to", label: string) => HTMLElement} */
  const yearSelect = (name, label) => {
    const choose = (/** @type {any} */ event) => {
      const year = Number(event.target.value);
      page.stop();
      page.change(
        name === "from" ? { from: year, to: Math.max(year, view.to) } : { from: Math.min(year, view.from), to: year },
      );
    };
    const select = element(
      "select",
      { id: `choose-${name}`, "aria-label": label, onchange: choose },
      years.map((year) => element("option", { value: String(year) }, String(year))),
    );
    select.value = String(view[name]);
    return select;
  };
  return element(
    "div",
    { class: "field", role: "group", "aria-label": say("years") },
    element("div", { class: "year-row" }, yearSelect("from", say("from_year")), "–", yearSelect("to", say("to_year"))),
    yearSlider(page),
  );
}

/**
 * Return the choice of how classes are made: method and number.
 *
 * @param {Page} page
 */
function classControls(page) {
  return [
    page.data.anyCoarse &&
      chooser(
        page,
        "spread",
        say("spread"),
        page.data.spreads.map((name) => [name, say(`spread.${name}`)]),
      ),
    markingsOffered(page.data).length > 1 &&
      chooser(
        page,
        "marks",
        say("marks_by"),
        MARKINGS.map((name) => [name, say(name)]),
      ),
    chooser(
      page,
      "method",
      say("method"),
      METHODS.map((name) => [name, say(`method.${name}`)]),
    ),
    chooser(
      page,
      "classes",
      say("classes"),
      CLASS_COUNTS.map((count) => [count, say("up_to", { count })]),
    ),
  ];
}

/**
 * Return a slider over single years; moving it shows one year.
 *
 * @param {Page} page
 */
function yearSlider(page) {
  const { years } = page.data.ledger;
  const slide = (/** @type {any} */ event) => {
    const year = Number(event.target.value);
    page.change({ from: year, to: year });
  };
  const { view } = page;
  return element("input", {
    type: "range",
    id: "year",
    min: years[0],
    max: years.at(-1),
    step: 1,
    value: String(view.to),
    "aria-label": say("single_year"),
    "aria-valuetext": spanInWords(page),
    oninput: slide,
  });
}

/** @param {Page} page */
function layerSwitches(page) {
  const { data } = page;
  const { locations, districts, basemap } = data;
  /** @type {[Switch, number][]} */
  const names = [
    ["points", locations.points.x.length],
    ["lines", locations.lines.path.length],
    ["areas", locations.areas.rings.length],
    ["sized", locations.points.x.length],
    ["marked", locations.points.x.length],
    ["clusters", locations.points.x.length > CLUSTERED_FROM ? 1 : 0],
    ["fitted", data.ledger.years.length > 1 ? 1 : 0],
    ["labels", districts.code.length],
    ["hatching", districts.classes.length],
    ["graticule", 1],
    ["basemap", basemap ? 1 : 0],
  ];
  const box = (/** @type {[Switch, number]} */ [name]) =>
    element(
      "label",
      { class: "check" },
      element("input", {
        type: "checkbox",
        id: `show-${name}`,
        checked: page.view[name],
        onchange: (event) => page.change({ [name]: event.target.checked }),
      }),
      say(`layer.${name}`),
    );
  const boxes = [
    ...names.filter(([, count]) => count > 0).map(box),
    ...page.data.layers.map((_, at) => layerBox(page, at)),
  ];
  return element("fieldset", {}, element("legend", {}, say("layers")), boxes);
}

/**
 * @param {Page} page
 * @param {number} at
 */
function layerBox(page, at) {
  const turn = (/** @type {any} */ { target }) =>
    page.change({ layers: page.view.layers.map((shown, other) => (other === at ? target.checked : shown)) });
  return element(
    "label",
    { class: "check" },
    element("input", { type: "checkbox", id: `show-layer-${at}`, checked: page.view.layers[at], onchange: turn }),
    dataText(short(inLanguage(page.data.layers[at].name), 60)),
  );
}
