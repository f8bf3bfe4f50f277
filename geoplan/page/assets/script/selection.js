// What is chosen on the page, and the sums of the ledger under that choice.

/** Return the view the page opens with: one currency, one kind, everything else open. */
function firstView(data) {
  const { ledger } = data;
  const kinds = Math.max(ledger.kinds.length, 1);
  const count = new Int32Array(data.codes.length * kinds);
  for (let row = 0; row < ledger.rows; row += 1) count[ledger.currency[row] * kinds + ledger.kind[row]] += 1;
  const most = Math.max(0, count.indexOf(count.reduce((a, b) => Math.max(a, b), 0)));
  return {
    measure: data.measure,
    currency: Math.floor(most / kinds),
    kind: most % kinds,
    component: -1,
    funder: -1,
    sector: -1,
    status: -1,
    poverty: -1,
    from: ledger.years[0] ?? 0,
    to: ledger.years.at(-1) ?? 0,
    hatching: true,
    sized: false,
    points: true,
    lines: true,
    areas: true,
    labels: true,
    layers: data.layers.map((layer) => layer.visible),
    selected: null,
    sort: { by: "amount", falling: true },
  };
}

const FILTERS = ["component", "funder", "sector", "status", "poverty"];

/** Tell whether the filters leave part of the ledger out (currency and kind are choices, not filters). */
function isFiltered(data, view) {
  const years = data.ledger.years;
  return FILTERS.some((name) => view[name] >= 0) || view.from > (years[0] ?? 0) || view.to < (years.at(-1) ?? 0);
}

/** Visit the ledger rows under the chosen currency and kind that pass the filters. */
function eachEntry({ ledger, projects, districts }, view, visit) {
  const { currency, kind, component, funder, year, project, place } = ledger;
  const [sector, status, poverty] = [projects.sector.at, projects.status.at, districts.poverty_class];
  for (let row = 0; row < ledger.rows; row += 1) {
    if (currency[row] !== view.currency || kind[row] !== view.kind) continue;
    if (view.component >= 0 && component[row] !== view.component) continue;
    if (view.funder >= 0 && funder[row] !== view.funder) continue;
    if (year[row] < view.from || year[row] > view.to) continue;
    if (view.sector >= 0 && sector[project[row]] !== view.sector) continue;
    if (view.status >= 0 && status[project[row]] !== view.status) continue;
    if (view.poverty >= 0 && poverty[place[row]] !== view.poverty) continue;
    visit(row);
  }
}

/** Sum the ledger by place: districts, then buckets; count projects by place and in all. */
function sumByPlace(data, view) {
  const { ledger } = data;
  const places = data.districts.code.length + data.buckets.length;
  const amount = new Array(places).fill(ledger.zero);
  const projects = new Int32Array(places);
  const last = new Int32Array(places).fill(-1);
  let total = ledger.zero;
  let lastProject = -1;
  let allProjects = 0;
  eachEntry(data, view, (row) => {
    const place = ledger.place[row];
    const project = ledger.project[row];
    amount[place] += ledger.amount[row];
    total += ledger.amount[row];
    // Rows are sorted by project, so a project is new to a place when it was not the last one there.
    if (last[place] !== project) projects[place] += 1;
    if (lastProject !== project) allProjects += 1;
    last[place] = lastProject = project;
  });
  const sums = { amount, projects, total, allProjects };
  sums.atMost = sumAtMost(data, view, sums);
  return sums;
}

function addUp(amounts, zero) {
  return amounts.reduce((sum, amount) => sum + amount, zero);
}

/**
 * Return the most each district can have: its own money and all coarse money that could be there.
 *
 * Province-wide money could be in any district of its province, other coarse money in any district. Refunds
 * (pools below zero) could be elsewhere, so they take nothing away from the most.
 */
function sumAtMost(data, view, sums) {
  const { ledger, districts } = data;
  const coarse = new Set(data.coarse.map((name) => districts.code.length + data.buckets.indexOf(name)));
  const pools = new Map();
  eachEntry(data, view, (row) => {
    if (!coarse.has(ledger.place[row])) return;
    const province = ledger.province[row];
    pools.set(province, (pools.get(province) ?? ledger.zero) + ledger.amount[row]);
  });
  const above = (province) => {
    const pool = pools.get(province) ?? ledger.zero;
    return pool > 0 ? pool : ledger.zero;
  };
  return districts.code.map((_, at) => sums.amount[at] + above(-1) + above(districts.province_at[at]));
}

/** Return the measured value of every district; NaN where there is nothing to divide by. */
function measureDistricts(data, view, sums) {
  const extra = data.extra.get(view.measure);
  if (extra) return extra.values.map((value) => value ?? NaN);
  const { population, poor } = data.districts;
  const digits = data.digits[view.currency] ?? 0;
  const known = data.districts.code.map((_, at) => at).filter((at) => poor[at] > 0);
  const allPoor = known.reduce((sum, at) => sum + poor[at], 0);
  const allAmount = known.reduce((sum, at) => sum + toUnits(sums.amount[at], digits), 0);
  return data.districts.code.map((_, district) => {
    const amount = toUnits(sums.amount[district], digits);
    if (view.measure === "at_most") return toUnits(sums.atMost[district], digits);
    if (view.measure === "per_person") return population[district] > 0 ? amount / population[district] : NaN;
    if (view.measure === "per_poor_person") return poor[district] > 0 ? amount / poor[district] : NaN;
    if (view.measure === "targeting_ratio")
      return poor[district] > 0 && allAmount > 0 ? amount / allAmount / (poor[district] / allPoor) : NaN;
    return amount;
  });
}

/** Put districts in classes: rows of the legend, and for each district the row it belongs to. */
function classifyDistricts(data, view, sums, heldBreaks) {
  if (view.measure === "poverty_class") return classifyByPoverty(data);
  const values = measureDistricts(data, view, sums);
  const diverges = data.extra.get(view.measure)?.scale === "diverging";
  const { breaks, colours } = chooseClasses(view.measure, values, diverges, heldBreaks);
  const rows = colours.map((colour, at) => ({
    type: "range",
    from: breaks[at - 1] ?? (diverges ? -Infinity : 0),
    to: breaks[at] ?? Infinity,
    colour,
    above: diverges && breaks[at - 1] === 0,
    count: 0,
  }));
  rows.push({ type: data.extra.has(view.measure) ? "nought" : "zero", colour: ZERO_COLOUR, count: 0 });
  rows.push({ type: "negative", colour: NEGATIVE_COLOUR, count: 0 });
  rows.push({ type: "missing", colour: NO_DATA_COLOUR, count: 0 });
  const zero = colours.length;
  const of = values.map((value) =>
    Number.isNaN(value)
      ? zero + 2
      : value === 0
        ? zero
        : value < 0 && !diverges
          ? zero + 1
          : classOf(value, breaks),
  );
  for (const row of of) rows[row].count += 1;
  return { rows, of, values };
}

/** Return class breaks and the colours of the classes between them. */
function chooseClasses(measure, values, diverges, heldBreaks) {
  if (diverges) return divergingClasses(values);
  const ratio = measure === "targeting_ratio";
  const breaks = ratio ? RATIO_BREAKS : (heldBreaks ?? classBreaks(values));
  const anyPositive = heldBreaks !== null || values.some((value) => value > 0);
  return { breaks, colours: !anyPositive ? [] : ratio ? DIVERGING : SEQUENTIAL[breaks.length + 1] };
}

/** Class what is above and below zero alike, so that equal distances from zero have equal strength. */
function divergingClasses(values) {
  const sizes = values.map(Math.abs).filter((size) => size > 0);
  if (sizes.length === 0) return { breaks: [], colours: [] };
  const above = classBreaks(sizes, 3);
  const breaks = [...above.map((size) => -size).reverse(), 0, ...above];
  return { breaks, colours: DIVERGING_SIDES[above.length] };
}

function classifyByPoverty(data) {
  const { classes, poverty_class: classOfDistrict } = data.districts;
  const rows = classes.map((name, at) => ({
    type: "class",
    name,
    colour: CATEGORICAL[at % CATEGORICAL.length],
    hatch: hatchOf(at),
    count: 0,
  }));
  rows.push({ type: "missing", colour: NO_DATA_COLOUR, count: 0 });
  const of = classOfDistrict.map((at) => (at < 0 ? classes.length : at));
  for (const row of of) rows[row].count += 1;
  return { rows, of, values: of.map(() => NaN) };
}

/** Return class breaks over the values of all single years, so that colours keep their meaning while years play. */
function breaksOverYears(data, view) {
  const values = data.ledger.years.flatMap((year) => {
    const ofYear = { ...view, from: year, to: year };
    return measureDistricts(data, ofYear, sumByPlace(data, ofYear));
  });
  return classBreaks(values);
}

/** Return for each location the style it is drawn in, or -1 when the filters hide it, and its amount for its size. */
function styleLocations(data, view) {
  const { ledger, locations } = data;
  const rank = new Int32Array(ledger.components.length).fill(OTHER);
  ledger.ranking
    .slice(0, OTHER)
    .sort((a, b) => a - b)
    .forEach((component, at) => {
      rank[component] = at;
    });
  const styles = new Int8Array(locations.project.length).fill(isFiltered(data, view) ? -1 : NO_MONEY);
  const most = new Float64Array(locations.project.length).fill(-1);
  const amount = new Float64Array(locations.project.length);
  eachEntry(data, view, (row) => {
    const location = ledger.location[row];
    if (location < 0) return;
    const size = Math.abs(Number(ledger.amount[row]));
    amount[location] += size;
    if (size <= most[location]) return;
    most[location] = size;
    styles[location] = rank[ledger.component[row]];
  });
  return { styles, amount, largest: amount.reduce((a, b) => Math.max(a, b), 0) };
}
