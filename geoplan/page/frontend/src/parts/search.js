// Search over districts, projects and their places, and named features of layers, in any script.

/** @import { Data, Page, SearchEntry, Selected } from "../types.js" */

import { districtName, projectTitle } from "../data/names.js";
import { announce, dataText, element } from "../elements.js";
import { inLanguage } from "../text/measure_names.js";
import { inAllLanguages, say, short } from "../text/messages.js";
import { featureName } from "./features.js";

/**
 * Reduce a text to what counts in a search: case, Latin accents and two spellings of a Lao vowel do not.
 *
 * @param {string} text
 */
export function foldedText(text) {
  return text
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .normalize("NFC")
    .replaceAll("ໍາ", "ຳ")
    .toLowerCase();
}

/**
 * @param {(string | null)[]} names
 * @param {Selected} target
 * @returns {SearchEntry}
 */
function entryOf(names, target) {
  const texts = names.filter((name) => name !== null && name !== "").map((name) => String(name).replaceAll("\n", " "));
  return { texts, words: foldedText(texts.join("\n")), target };
}

/**
 * Return the name by which an entry was found.
 *
 * @param {SearchEntry} entry
 * @param {string} wanted
 */
function foundBy({ texts, words }, wanted) {
  return texts[words.split("\n").findIndex((line) => line.includes(wanted))] ?? "";
}

/**
 * Move through the results with the arrow keys; Enter in the field opens the first one.
 *
 * @param {KeyboardEvent} event
 */
function moveInResults(event) {
  const stops = [...document.querySelectorAll("#search, #results button")].filter((one) => one instanceof HTMLElement);
  const at = stops.findIndex((one) => one === document.activeElement);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && stops[at + step]) {
    event.preventDefault();
    stops[at + step].focus();
  } else if (event.key === "Enter" && at === 0) stops[1]?.click();
}

/** @param {Data} data */
function searchIndex(data) {
  /** @type {SearchEntry[]} */
  const entries = [];
  data.districts.code.forEach((code, at) => {
    const names = [...inAllLanguages(data.districts.name[at]), data.districts.name_lo[at], code].filter(Boolean);
    entries.push(entryOf(names, { type: "district", at }));
  });
  data.projects.project.forEach((code, at) => {
    const places = (data.locations.ofProject.get(at) ?? []).flatMap((location) =>
      inAllLanguages(data.locations.name[location] ?? ""),
    );
    entries.push(entryOf([...inAllLanguages(data.projects.title[at] ?? ""), code, ...places], { type: "project", at }));
  });
  data.layers.forEach((layer, at) => {
    (layer.label ?? []).forEach((label, feature) => {
      if (label) entries.push(entryOf(inAllLanguages(label), { type: "feature", features: [[at, feature]] }));
    });
  });
  return entries;
}

/** @param {Page} page */
export function searchBox(page) {
  const results = element("ul", { class: "results links", id: "results" });
  const look = (/** @type {any} */ event) => {
    const wanted = foldedText(event.target.value.trim());
    page.index ??= searchIndex(page.data);
    const found = wanted ? page.index.filter(({ words }) => words.includes(wanted)) : [];
    results.replaceChildren(
      ...found.slice(0, 12).map((entry) => element("li", {}, resultButton(page, entry.target, foundBy(entry, wanted)))),
    );
    if (found.length > 12)
      results.append(element("li", { class: "muted" }, say("and_more", { count: found.length - 12 })));
    if (wanted && found.length === 0) results.append(element("li", { class: "muted" }, say("nothing_found")));
    announce(wanted ? say("n_found", { count: found.length }) : "");
  };
  const input = element("input", {
    type: "search",
    id: "search",
    autocomplete: "off",
    oninput: look,
    placeholder: say("search_hint"),
  });
  return element(
    "div",
    { class: "search", onkeydown: moveInResults },
    element("label", { class: "field" }, element("span", {}, say("search")), input),
    results,
  );
}

/**
 * Return what a result is called, and what it is.
 *
 * @param {Data} data
 * @param {Selected} target
 */
function nameAndKind(data, target) {
  if (target.type === "district") return [districtName(data, target.at), say("district")];
  if (target.type === "project") return [projectTitle(data, target.at), say("project")];
  if (target.type === "place") return [say("several_here"), ""];
  const [feature] = target.features;
  return [featureName(data, feature), inLanguage(data.layers[feature[0]].name)];
}

/**
 * @param {Page} page
 * @param {Selected} target
 * @param {string} why the name by which it was found
 */
function resultButton(page, target, why) {
  const [name, what] = nameAndKind(page.data, target);
  return element(
    "button",
    { type: "button", class: "link", onclick: () => page.select(target, true) },
    dataText(short(name, 100)),
    element(
      "span",
      { class: "muted" },
      " ",
      dataText(what),
      why && why !== name ? [" · ", dataText(short(why, 60))] : "",
    ),
  );
}
