// Class breaks of a choropleth: quantiles over the distinct positive values.

const MOST_CLASSES = 5;

/** Return how many classes so many distinct values bear: few values in many classes tell apart what is alike. */
function bearableClasses(distinct, most) {
  return Math.min(most, distinct, Math.max(1, Math.round(1.5 * Math.sqrt(distinct))));
}

/**
 * Return the lower bounds of the classes above the lowest one, ascending.
 *
 * Distinct values are cut into classes of nearly equal number, so many equal values never make an empty or a
 * repeated class; fewer values than classes make fewer classes. Each bound is the roundest number that
 * separates the same values.
 */
function classBreaks(values, most = MOST_CLASSES) {
  const distinct = [...new Set(values.filter((value) => Number.isFinite(value) && value > 0))].sort((a, b) => a - b);
  const classes = bearableClasses(distinct.length, most);
  const breaks = [];
  for (let at = 1; at < classes; at += 1) {
    const first = Math.round((at * distinct.length) / classes);
    breaks.push(roundestBetween(distinct[first - 1], distinct[first]));
  }
  return breaks;
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
