// The language of the page.

export const FIRST_LANGUAGE = "en";

export let language = FIRST_LANGUAGE;

/** @type {Intl.Collator | null} */
let collator = null; // made when words are first compared: browsers take long to make one

/**
 * Set the language that texts and numbers are written in.
 *
 * @param {string} code
 */
export function setLanguage(code) {
  language = code;
  collator = null;
}

/**
 * Compare texts in the order of the language; numbers in them are in the order of numbers.
 *
 * @param {string} one
 * @param {string} other
 */
export function compareTexts(one, other) {
  collator ??= new Intl.Collator(language, { numeric: true });
  return collator.compare(one, other);
}
