// Words of the page, from the catalogues in the data block.

/** @import { Data, Ledger, Texts } from "../types.js" */

import { formatNumber } from "./amounts.js";
import { language, setLanguage } from "./language.js";

/** @type {Texts} */
let catalogue = {};

/** @type {Record<string, Texts>} */
let translations = {};

let plurals = new Intl.PluralRules(language);

/**
 * Take the messages of a language, or those in English where the page has none in it.
 *
 * @param {Record<string, Texts>} messages
 * @param {string} wanted
 */
export function useLanguage(messages, wanted) {
  setLanguage(Object.hasOwn(messages, wanted) ? wanted : "en");
  catalogue = { ...messages.en, ...messages[language] };
  plurals = new Intl.PluralRules(language);
  document.documentElement.lang = language;
}

/**
 * Return a message with its {places} filled; `count` chooses between the singular and the plural.
 *
 * @param {string} key
 * @param {Record<string, unknown>} [values]
 */
export function say(key, values = {}) {
  const form = "count" in values ? `${key}.${plurals.select(Number(values.count))}` : key;
  const pattern = catalogue[form] ?? catalogue[`${key}.other`] ?? catalogue[key] ?? key;
  /** @type {Record<string, unknown>} */
  const texts = "count" in values ? { ...values, count: formatNumber(Number(values.count)) } : values;
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => (name in texts ? String(texts[name]) : whole));
}

/**
 * Return the word for a term of the data (a kind, a bucket), or the term itself when no catalogue has it.
 *
 * @param {string} group
 * @param {string} name
 */
export function term(group, name) {
  return catalogue[`${group}.${name}`] ?? name;
}

/**
 * Put a ledger rule into words: "line length, part outside; even split".
 *
 * @param {Pick<Ledger, "rules" | "carried_from">} ledger with what each step did: placing, splitting, carrying
 * @param {number} rule
 */
export function ruleInWords({ rules, carried_from: carriedFrom }, rule) {
  const inWords = (/** @type {string} */ part) => term("rule", part).replace("{district}", () => carriedFrom[rule]);
  return rules[rule].map((step) => step.map(inWords).join(", ")).join("; ");
}

/**
 * Take what texts of the plan are in other languages; those of a plan beside it count where its own has none.
 *
 * @param {Pick<Data, "words" | "other">} data
 */
export function useTranslations({ words, other }) {
  translations = { ...other?.words, ...words };
  for (const code of Object.keys(translations)) translations[code] = { ...other?.words[code], ...words[code] };
}

/**
 * Return a text of the plan in the language of the page, where the plan has it.
 *
 * @template {string | null | undefined} T
 * @param {T} text
 * @returns {T | string}
 */
export function translated(text) {
  const words = translations[language];
  return words && typeof text === "string" && Object.hasOwn(words, text) ? words[text] : text;
}

/**
 * Return a text of the plan as it is, then in each language it has been put into.
 *
 * @param {string} text
 */
export function inAllLanguages(text) {
  return [text, ...Object.values(translations).map((words) => (Object.hasOwn(words, text) ? words[text] : ""))];
}

/**
 * Return a name from the data, or the word for "not stated" if it is missing.
 *
 * @param {string | null | undefined} text
 */
export function named(text) {
  return text === null || text === undefined || text === "" ? say("not_stated") : translated(text);
}

/**
 * Keep a text short where it cannot be scrolled; the whole of it is in the details.
 *
 * @param {string} text
 * @param {number} [most]
 */
export function short(text, most = 60) {
  const letters = Array.from(text);
  if (letters.length <= most) return text;
  let end = most - 1;
  // A letter keeps its marks, or both go.
  while (end > 0 && /[\p{M}\u200d]/u.test(letters[end])) end -= 1;
  return `${letters.slice(0, end).join("").trimEnd()}…`;
}

/**
 * Fence off a text whose direction marks must not reorder what stands around it.
 *
 * @param {string} text
 */
export function fenced(text) {
  return `\u2068${text.replace(/[\u202a-\u202e\u2066-\u2069]/g, "")}\u2069`;
}
