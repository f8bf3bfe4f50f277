// The language of the page.

export const FIRST_LANGUAGE = "en";

export let language = FIRST_LANGUAGE;

/**
 * Set the language that texts and numbers are written in.
 *
 * @param {string} code
 */
export function setLanguage(code) {
  language = code;
}
