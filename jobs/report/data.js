// The page's data: runs with their statistics and series, decoded when they are first drawn.
"use strict";

const report = JSON.parse(document.getElementById("data").textContent);
const runs = report.runs;
const base = runs[0];
const EXCHANGE = "exchange";

// Years before days.
function comparePeriods(a, b) {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

function unique(list) {
  return Array.from(new Set(list));
}

// A series: 16-bit steps of its largest value, low byte first; -32768 is missing.
function decode(encoded) {
  if (!encoded.values) {
    const bytes = atob(encoded.data), n = bytes.length / 2, values = new Float32Array(n);
    for (let k = 0; k < n; k++) {
      const step = (bytes.charCodeAt(2 * k) | bytes.charCodeAt(2 * k + 1) << 8) << 16 >> 16;
      values[k] = step === -32768 ? NaN : step / 32767 * encoded.most;
    }
    encoded.values = values;
  }
  return encoded.values;
}

// What is planned once has no periods: it is called by the year of its first hour.
function nameSinglePeriod(run) {
  const op = run.operation;
  if (!op || op.periods.length !== 1 || op.periods[0].label !== "") return;
  const start = op.periods[0].start,
        name = start === null ? "all hours" : String(new Date(1000 * start).getUTCFullYear());
  op.periods[0].label = name;
  run.totals.forEach(t => {
    if (t.period === "") t.period = name;
  });
}

function prepareRun(run, k) {
  const s = run.statistics;
  run.index = k;
  run.number = k + 1;
  run.totals = s ? s.rows.map(r => ({
                                variable: s.variables[r[0]],
                                carrier: s.carriers[r[1]],
                                region: s.regions[r[2]],
                                period: s.periods[r[3]],
                                unit: s.units[r[4]],
                                value: r[5]
                              })) :
                   [];
  nameSinglePeriod(run);
  run.periods = run.operation ? run.operation.periods.map(p => p.label) : [];
}
runs.forEach(prepareRun);

// Below so small a share of the largest of its kind in all periods, a series is what the solver's tolerance left.
function leastSeen(op, kind) {
  op.least = op.least || {};
  if (!(kind in op.least))
    op.least[kind] = kind === "price" ?
      0 :
      1e-5 * Math.max(0, ...op.series.filter(s => s.kind === kind).flatMap(s => s.periods.map(p => p.most)));
  return op.least[kind];
}

// Series of one kind in a period: of a carrier, of one region or ("") of all. Each has its technology, values, and how
// many snapshots one value is the mean of.
function seriesOf(run, period, kind, carrier, region) {
  const op = run.operation;
  const r = region === "" || op.regions.length === 1 ? -1 : op.regions.indexOf(region);
  if (region !== "" && !op.regions.includes(region)) return [];
  return op.series
    .filter(
      s => s.kind === kind && op.carriers[s.carrier] === carrier && s.region === r &&
        s.periods[period].most >= leastSeen(op, kind))
    .map(
      s =>
        ({technology: op.technologies[s.technology], values: decode(s.periods[period]), thin: s.periods[period].thin}));
}

// Start of each interval in milliseconds; without dates, hours counted from zero.
function timesOf(run, period, thin) {
  const p = run.operation.periods[period], times = [];
  for (let k = 0; k < p.count; k += thin)
    times.push(1000 * (p.times ? p.times[k] : (p.start === null ? 0 : p.start) + k * p.step));
  return times;
}

// Hours that each value stands for.
function weightsOf(run, period, thin) {
  const p = run.operation.periods[period], weights = [];
  for (let k = 0; k < p.count; k += thin) {
    let sum = 0;
    for (let i = k; i < Math.min(p.count, k + thin); i++) sum += Array.isArray(p.hours) ? p.hours[i] : p.hours;
    weights.push(sum);
  }
  return weights;
}

function total(run, variable, carrier, region, period) {
  const row = run.totals.find(
    t => t.variable === variable && t.carrier === carrier && t.region === region && t.period === period);
  return row ? row.value : undefined;
}

const withHours = runs.filter(run => run.operation && run.operation.series.length);
const allRegions = unique(runs.flatMap(run => run.operation ? run.operation.regions : []));
const allPeriods = unique(runs.flatMap(run => run.totals.map(t => t.period).filter(p => p !== "").concat(run.periods)))
                     .filter(p => p !== "")
                     .sort(comparePeriods);
