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
function foldedText(text) {
  return text
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .normalize("NFC")
    .replaceAll("ໍາ", "ຳ")
    .toLowerCase();
}

/** @param {Data} data */
function searchIndex(data) {
  /** @type {SearchEntry[]} */
  const entries = [];
  data.districts.code.forEach((code, at) => {
    const names = [...inAllLanguages(data.districts.name[at]), data.districts.name_lo[at], code].filter(Boolean);
    entries.push({ words: foldedText(names.join("\n")), target: { type: "district", at } });
  });
  data.projects.project.forEach((code, at) => {
    const places = (data.locations.ofProject.get(at) ?? []).flatMap((location) =>
      inAllLanguages(data.locations.name[location] ?? ""),
    );
    entries.push({
      words: foldedText([...inAllLanguages(data.projects.title[at] ?? ""), code, ...places].filter(Boolean).join("\n")),
      target: { type: "project", at },
    });
  });
  data.layers.forEach((layer, at) => {
    (layer.label ?? []).forEach((label, feature) => {
      if (label)
        entries.push({
          words: foldedText(inAllLanguages(label).join("\n")),
          target: { type: "feature", features: [[at, feature]] },
        });
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
    results.replaceChildren(...found.slice(0, 12).map(({ target }) => element("li", {}, resultButton(page, target))));
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
    { class: "search" },
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
 */
function resultButton(page, target) {
  const [name, what] = nameAndKind(page.data, target);
  return element(
    "button",
    { type: "button", class: "link", onclick: () => page.select(target, true) },
    dataText(short(name, 100)),
    element("span", { class: "muted" }, " ", dataText(what)),
  );
}
