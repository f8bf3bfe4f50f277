// Amounts are whole minor units, exact to the last digit: Number while every sum fits, BigInt beyond.

/** @import { Minor } from "../types.js" */

import { language } from "./language.js";

export const THIN = "\u202f";
const MINUS = "\u2212";

function decimalMark() {
  return language === "en" ? "." : ",";
}

/** @param {string} digits */
function groupThousands(digits) {
  return digits.replace(/\B(?=(\d{3})+$)/g, THIN);
}

/**
 * Write minor units in currency units, with all decimals: 820000000 → "8 200 000.00".
 *
 * @param {Minor} amount
 * @param {number} digits
 */
export function formatMinor(amount, digits) {
  const text = (amount < 0 ? -amount : amount).toString().padStart(digits + 1, "0");
  const whole = groupThousands(text.slice(0, text.length - digits));
  const sign = amount < 0 ? MINUS : "";
  return digits === 0 ? sign + whole : `${sign}${whole}${decimalMark()}${text.slice(-digits)}`;
}

/**
 * Write an amount with its currency, in the order of the language: EUR 140, 140 EUR.
 *
 * @param {string | undefined} code
 * @param {string} text
 */
export function withCurrency(code, text) {
  return (language === "en" ? [code, text] : [text, code]).filter(Boolean).join("\u00a0");
}

/**
 * Return a sentence in which no line ends between an amount and its currency.
 *
 * @param {string} sentence
 */
export function holdAmounts(sentence) {
  return sentence.replace(/\b([A-Z]{3}) (?=[\u2212\d])/g, "$1\u00a0").replace(/(?<=\d) (?=[A-Z]{3}\b)/g, "\u00a0");
}

/**
 * Write an amount as headlines, sentences and legends do: rounded, with its currency. Cents are for tables.
 *
 * @param {string | undefined} code
 * @param {Minor} amount
 * @param {number | undefined} digits
 */
export function formatMoney(code, amount, digits) {
  return withCurrency(code, formatRound(amount, digits ?? 0));
}

/**
 * Write minor units rounded to whole currency units; less than a hundred in full, so that small amounts differ.
 *
 * @param {Minor} amount
 * @param {number} digits
 */
export function formatRound(amount, digits) {
  const units = toUnits(amount, digits);
  return !Number.isInteger(units) && Math.abs(units) < 100 ? formatMinor(amount, digits) : formatNumber(units, 0);
}

/**
 * Write a decimal that came as text, digit for digit.
 *
 * @param {string} text
 */
export function formatDecimal(text) {
  const [, sign, whole, rest] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? ["", "", text];
  return (sign ? MINUS : "") + groupThousands(whole) + (rest ? decimalMark() + rest : "");
}

/**
 * Write a number with at most so many decimals.
 *
 * @param {number} value
 * @param {number} [decimals]
 */
export function formatNumber(value, decimals = 0) {
  const fixed = Math.abs(value).toFixed(decimals);
  const [whole, rest] = fixed.split(".");
  const sign = value < 0 && Number(fixed) !== 0 ? MINUS : "";
  return sign + groupThousands(whole) + (rest ? decimalMark() + rest : "");
}

/**
 * Write a measured value with as many decimals as its size makes readable.
 *
 * @param {number} value
 */
export function formatValue(value) {
  const size = Math.abs(value);
  const small = () => Math.min(12, 2 - Math.floor(Math.log10(size)));
  const decimals = size === 0 || size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : small();
  const text = formatNumber(value, decimals);
  return text.includes(decimalMark()) ? text.replace(/[.,]?0+$/, "") : text;
}

/**
 * Return how to write values that stand together, in a legend or a column: with the same number of decimals, as many as
 * the one that needs most; each by itself where they are of very different sizes.
 *
 * @param {number[]} values
 * @param {number} [besideHundreds] The most decimals where values of 100 and more are among them.
 */
export function formatAlike(values, besideHundreds = Infinity) {
  const sizes = values.map(Math.abs).filter((size) => size > 0 && Number.isFinite(size));
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  if (sizes.length === 0 || most >= 1000 * least) return formatValue;
  const needed = Math.max(...sizes.map((size) => formatValue(size).split(decimalMark())[1]?.length ?? 0));
  const decimals = most >= 100 ? Math.min(besideHundreds, needed) : needed;
  return (/** @type {number} */ value) => (value === 0 ? "0" : formatNumber(value, decimals));
}

/**
 * Write a day, given as 2012-01-31, as the language writes it.
 *
 * @param {string} text
 */
export function formatDay(text) {
  const day = new Date(`${text}T00:00:00Z`);
  if (Number.isNaN(day.getTime())) return text;
  // Browsers do not all know the Lao months.
  if (language === "lo") return `${day.getUTCDate()}/${day.getUTCMonth() + 1}/${day.getUTCFullYear()}`;
  const written = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
    dateStyle: "long",
    timeZone: "UTC",
  }).format(day);
  return language === "fr" ? written.replace(/^1 /, "1er ") : written;
}

/**
 * Write a share with one decimal; what is not nothing, or not all, does not look as if it were.
 *
 * @param {Minor} part
 * @param {Minor} whole
 */
export function formatPercent(part, whole) {
  if (Number(whole) === 0) return "";
  const percent = (100 * Number(part)) / Number(whole);
  const text = (/** @type {number} */ value) => `${formatNumber(value, 1)}${THIN}%`;
  if (percent > 0 && percent < 0.05) return `<${THIN}${text(0.1)}`;
  if (percent >= 99.95 && percent < 100) return `>${THIN}${text(99.9)}`;
  return text(percent);
}

/**
 * Return currency units as a float: for colours and bars, never for sums.
 *
 * @param {Minor} amount
 * @param {number} digits
 */
export function toUnits(amount, digits) {
  return Number(amount) / 10 ** digits;
}

/**
 * Write an amount as plain decimal text, for a spreadsheet.
 *
 * @param {Minor} amount
 * @param {number} digits
 */
export function plainAmount(amount, digits) {
  const text = (amount < 0 ? -amount : amount).toString().padStart(digits + 1, "0");
  const whole = text.slice(0, text.length - digits);
  return (amount < 0 ? "-" : "") + (digits === 0 ? whole : `${whole}.${text.slice(-digits)}`);
}
