// Names of districts, projects and places.

/** @import { Data } from "../types.js" */

import { language } from "../text/language.js";
import { term, translated } from "../text/messages.js";

/**
 * Return the name of a district in the chosen language.
 *
 * @param {Data} data
 * @param {number} district
 */
export function districtName(data, district) {
  const { name, name_lo: lao, code } = data.districts;
  return (language === "lo" && lao[district]) || translated(name[district] || code[district]);
}

/**
 * @param {Data} data
 * @param {number} project
 */
export function projectTitle(data, project) {
  return translated(data.projects.title[project] || data.projects.project[project]);
}

/**
 * @param {Data} data
 * @param {number} place
 */
export function placeName(data, place) {
  const districts = data.districts.code.length;
  return place < districts ? districtName(data, place) : term("place", data.buckets[place - districts]);
}
