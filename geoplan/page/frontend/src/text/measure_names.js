// Names, units and values of measures.

/** @import { Data, ExtraMeasure, Page, Texts } from "../types.js" */

import { dataText } from "../elements.js";
import { formatValue } from "./amounts.js";
import { language } from "./language.js";
import { fenced, say, short, translated } from "./messages.js";

/**
 * Return a text of the data in the chosen language, else in English.
 *
 * @param {Texts} texts
 */
export function inLanguage(texts) {
  return translated(texts[language] ?? texts.en);
}

/**
 * @param {Data} data
 * @param {string} name
 */
export function measureName(data, name) {
  const extra = data.extra.get(name);
  return extra ? fenced(short(inLanguage(extra.label), 70)) : say(`measure.${name}`);
}

/**
 * @param {Data} data
 * @param {string} name
 */
export function extraUnit(data, name) {
  const extra = data.extra.get(name);
  return extra ? fenced([extra.currency, inLanguage(extra.unit)].filter(Boolean).join(" ")) : "";
}

/**
 * Write a value of an extra measure with its unit.
 *
 * @param {ExtraMeasure} extra
 * @param {number} district
 */
export function extraValue(extra, district) {
  const value = extra.values[district];
  if (value === null) return say("no_data");
  const parts = [extra.currency, formatValue(value), inLanguage(extra.unit)];
  return dataText(parts.filter(Boolean).join(" "));
}

/**
 * Return by how much the map's figures are divided to stay readable, and the word for it.
 *
 * @param {Pick<Page, "classes">} page
 * @returns {[number, string]}
 */
export function unitOfScale({ classes: { unit } }) {
  if (unit === 1) return [1, ""];
  return [unit, unit === 1e6 ? say("million") : say("billion")];
}
