// Class breaks of a choropleth. Classes are of values above zero; zero, values below it and no data stand apart.

const METHODS = ["quantiles", "fisher", "equal", "pretty"];
const MOST_CLASSES = 5;
const CLASS_COUNTS = [2, 3, 4, 5, 6, 7];

/**
 * Return the lower bounds of the classes above the lowest one, ascending; a value on a bound is above it.
 *
 * - quantiles: as many values in each class, by linear interpolation (Hyndman & Fan 1996, type 7);
 * - fisher: least sum of squares within classes (Fisher 1958, "Jenks natural breaks");
 * - equal: classes of equal width from the smallest to the largest value;
 * - pretty: bounds that are 1, 2 or 5 times a power of ten apart, so that the number of classes may differ.
 *
 * Few distinct values make few classes; a class that no value falls in is joined to the next one, except where
 * bounds are meant to be evenly spaced. Else each bound is the roundest number that separates the same values.
 */
function classBreaks(values, most = MOST_CLASSES, method = "quantiles") {
  const sorted = Float64Array.from(values.filter((value) => Number.isFinite(value) && value > 0)).sort();
  const distinct = [...new Set(sorted)];
  const classes = bearableClasses(distinct.length, most);
  if (classes < 2) return [];
  if (method === "equal") return equalBreaks(distinct, classes);
  if (method === "pretty") return prettyBreaks(distinct, classes);
  const tops = method === "fisher" ? fisherTops(sorted, classes) : quantileTops(sorted, classes);
  return separators(distinct, tops);
}

/** Return how many classes so many distinct values bear: few values in many classes tell apart what is alike. */
function bearableClasses(distinct, most) {
  return Math.min(most, distinct, Math.max(1, Math.round(1.5 * Math.sqrt(distinct))));
}

/** Turn the highest values of classes into lower bounds of the next classes. */
function separators(distinct, tops) {
  const breaks = new Set();
  for (const top of tops) {
    const next = distinct.findIndex((value) => value > top);
    if (next > 0) breaks.add(roundestBetween(distinct[next - 1], distinct[next]));
  }
  return [...breaks];
}

function quantileTops(sorted, classes) {
  return Array.from({ length: classes - 1 }, (_, at) => {
    const place = ((at + 1) / classes) * (sorted.length - 1);
    const below = Math.floor(place);
    const above = sorted[Math.min(below + 1, sorted.length - 1)];
    return sorted[below] + (place - below) * (above - sorted[below]);
  });
}

function equalBreaks(distinct, classes) {
  const [low, high] = [distinct[0], distinct.at(-1)];
  return Array.from({ length: classes - 1 }, (_, at) => low + ((at + 1) * (high - low)) / classes);
}

function prettyBreaks(distinct, classes) {
  const [low, high] = [distinct[0], distinct.at(-1)];
  const step = niceNumber(niceNumber(high - low, false) / (classes - 1), true);
  const breaks = [];
  for (let at = Math.floor(low / step) + 1; at * step < high; at += 1) breaks.push(Number((at * step).toPrecision(12)));
  return breaks.length < CLASS_COUNTS.at(-1) ? breaks : prettyBreaks(distinct, classes - 1);
}

/** Return 1, 2, 5 or 10 times a power of ten: the nearest, or the next one up (Heckbert 1990, "Nice numbers"). */
function niceNumber(value, nearest) {
  const power = 10 ** Math.floor(Math.log10(value));
  const lead = value / power;
  const limits = nearest ? [1.5, 3, 7] : [1, 2, 5];
  const within = (limit) => (nearest ? lead < limit : lead <= limit);
  return [1, 2, 5, 10][limits.findIndex(within) < 0 ? 3 : limits.findIndex(within)] * power;
}

/**
 * Return the highest values of all classes but the last under the least sum of squared deviations.
 *
 * Dynamic programming over ends of classes; the best start moves up with the end, so each class takes n log n steps.
 */
function fisherTops(sorted, classes) {
  const count = sorted.length;
  const [sum, squares] = [new Float64Array(count + 1), new Float64Array(count + 1)];
  const middle = sorted[count >> 1];
  sorted.forEach((value, at) => {
    sum[at + 1] = sum[at] + (value - middle);
    squares[at + 1] = squares[at] + (value - middle) ** 2;
  });
  const within = (from, to) =>
    Math.max(0, squares[to] - squares[from] - (sum[to] - sum[from]) ** 2 / Math.max(1, to - from));
  let cost = Float64Array.from({ length: count + 1 }, (_, to) => (to ? within(0, to) : 0));
  const starts = [];
  for (let number = 1; number < classes; number += 1) {
    const next = new Float64Array(count + 1).fill(Infinity);
    const start = new Int32Array(count + 1);
    const fill = (first, last, low, high) => {
      if (first > last) return;
      const to = (first + last) >> 1;
      for (let from = Math.max(low, number); from <= Math.min(high, to - 1); from += 1) {
        const found = cost[from] + within(from, to);
        if (found < next[to]) [next[to], start[to]] = [found, from];
      }
      fill(first, to - 1, low, start[to] || high);
      fill(to + 1, last, Math.max(low, start[to]), high);
    };
    fill(number + 1, count, number, count - 1);
    starts.push(start);
    cost = next;
  }
  const tops = [];
  for (let number = classes - 2, to = count; number >= 0; number -= 1) {
    to = starts[number][to];
    tops.unshift(sorted[to - 1]);
  }
  return tops;
}

/** Return the number with the fewest digits that is above `low` and at most `high`. */
function roundestBetween(low, high) {
  for (let digits = 1; digits <= 12; digits += 1) {
    const step = 10 ** (Math.floor(Math.log10(high)) - digits + 1);
    const rounded = Number((Math.floor(high / step) * step).toPrecision(digits));
    if (rounded > low && rounded <= high) return rounded;
  }
  return high;
}

/** Return the class of a value: 0 for the lowest; only for values above zero. */
function classOf(value, breaks) {
  let at = 0;
  while (at < breaks.length && value >= breaks[at]) at += 1;
  return at;
}
