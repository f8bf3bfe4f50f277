// Descriptions of features of layers.

/** @import { Data, Feature, Page } from "../types.js" */

import { dataText, element } from "../elements.js";
import { inLanguage } from "../text/measure_names.js";
import { short, translated } from "../text/messages.js";

export const LISTED = 12;

/**
 * @param {Data} data
 * @param {Feature} feature
 */
export function featureName({ layers }, [at, feature]) {
  const layer = layers[at];
  return translated(layer.label?.[feature]) ?? inLanguage(layer.name);
}

/**
 * Return the description of features: name, layer and note.
 *
 * @param {Page} page
 * @param {Feature[]} features
 */
export function featureNotes(page, features) {
  return features.flatMap(([at, feature]) => {
    const layer = page.data.layers[at];
    const note = layer.note?.[feature];
    const label = layer.label?.[feature];
    if (!label && !note) return [];
    return element(
      "div",
      { class: "feature" },
      element("strong", {}, dataText(featureName(page.data, [at, feature]))),
      label ? element("span", { class: "muted" }, " ", dataText(inLanguage(layer.name))) : null,
      note ? element("p", {}, dataText(note)) : null,
    );
  });
}

/**
 * @param {Page} page
 * @param {{ features: Feature[] }} target
 */
export function featureDetails(page, { features }) {
  const { data } = page;
  const [[at, feature], ...rest] = features;
  const layer = data.layers[at];
  const note = layer.note?.[feature];
  return [
    element("h2", {}, dataText(featureName(data, [at, feature]))),
    layer.label?.[feature] ? element("p", { class: "muted" }, dataText(inLanguage(layer.name))) : null,
    note ? element("p", {}, dataText(note)) : null,
    featureNotes(page, rest.slice(0, LISTED)),
  ];
}

/**
 * Return lines for the tip: the named features at a place.
 *
 * @param {Page} page
 * @param {Feature[]} features
 */
export function featureTips(page, features) {
  return features
    .filter(([at, feature]) => page.data.layers[at].label?.[feature])
    .slice(0, 3)
    .map((found) => element("div", {}, dataText(short(featureName(page.data, found), 80))));
}
