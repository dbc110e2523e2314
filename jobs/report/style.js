// Numbers, units and colours: the same everywhere on the page.
const THIN = "\u202f", MINUS = "\u2212", NONE = "\u2013";

function decimalsFor(most) {
  const a = Math.abs(most);
  return a >= 1000 || a === 0 ? 0 : a >= 10 ? 1 : a >= 1 ? 2 : a >= 0.1 ? 3 : a >= 0.001 ? 5 : 7;
}

function number(value, decimals) {
  if (value === undefined || value === null || !isFinite(value)) return NONE;
  const d = decimals === undefined ? decimalsFor(value) : decimals;
  const text = Math.abs(value).toFixed(d), [whole, part] = text.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, THIN);
  return (value < 0 && Number(text) !== 0 ? MINUS : "") + grouped + (part ? "." + part : "");
}

function signed(value, decimals) {
  const text = number(value, decimals);
  return value > 0 && /[1-9]/.test(text) ? "+" + text : text;
}

function percent(change) {
  return isFinite(change) ? signed(100 * change, Math.abs(change) < 0.0995 ? 1 : 0) + THIN + "%" : NONE;
}

const FAMILIES = [["kW", "MW", "GW", "TW"], ["kWh", "MWh", "GWh", "TWh"], ["kVA", "MVA", "GVA", "TVA"]];

// A unit that fits the largest value: {unit, factor} with shown = factor * value.
function fit(unit, most) {
  const a = Math.abs(most),
        [head, tail] =
          unit.includes("/") ? [unit.slice(0, unit.indexOf("/")), unit.slice(unit.indexOf("/"))] : [unit, ""];
  const family = FAMILIES.find(f => f[1] === head);
  if (family && (tail === "" || tail === "/a")) {
    const k = a >= 1e7 ? 3 : a >= 1e4 ? 2 : a < 0.9995 && a > 0 ? 0 : 1;
    return {unit: family[k] + tail, factor: Math.pow(10, 3 * (1 - k))};
  }
  if (head === "t" && (tail === "" || tail === "/a")) {
    const k = a >= 1e7 ? 2 : a >= 1e4 ? 1 : 0;
    return {unit: ["t", "kt", "Mt"][k] + tail, factor: Math.pow(10, -3 * k)};
  }
  if (/^[A-Z]{3}$/.test(head) && (tail === "" || tail === "/a")) {
    const k = a >= 1e10 ? 3 : a >= 1e7 ? 2 : a >= 1e4 ? 1 : 0;
    return {
      unit: ["", "k", "M", "bn "][k] + (k === 0 || k === 3 ? "" : "\u00a0") + head + tail,
      factor: Math.pow(10, -3 * k)
    };
  }
  return {unit: unit, factor: 1};
}

function quantity(value, unit) {
  const f = fit(unit, value);
  return number(value * f.factor) + (f.unit ? "\u00a0" + f.unit : "");
}

// Colours that stay apart for all eyes (Okabe and Ito), given to kinds of technology by rule, in the order of stacking.
const OKABE = {
  orange: "#e69f00",
  sky: "#56b4e9",
  green: "#009e73",
  yellow: "#f0e442",
  blue: "#0072b2",
  red: "#d55e00",
  purple: "#cc79a7",
  black: "#3b3b3b",
  grey: "#9aa3ad",
  pale: "#c9ced6",
  brown: "#8c5a2b"
};
const RULES = [
  [/\bload\b|demand/, "grey"], [/nuclear|uranium/, "purple"],
  [/hydro(?!gen)|run.?of.?river|ror|reservoir|phs|pumped/, "blue"], [/geothermal/, "brown"], [/coal|lignite/, "black"],
  [/biomass|biogas|\bbio|waste/, "brown"], [/\boil\b|diesel/, "brown"], [/chp|combined heat/, "red"],
  [/boiler/, "brown"], [/gas|ccgt|ocgt|methane/, "orange"], [/off.?shore/, "blue"], [/wind/, "sky"],
  [/solar|pv|photovoltaic|^csp/, "yellow"], [/hydrogen|electroly|fuel.?cell|^h2/, "green"],
  [/battery|storage|accumulator/, "purple"], [/heat.?pump|resistive|heat/, "red"], [/grid|import|market/, "grey"],
  [/unserved|shed|curtail/, "black"], [/exchange|^ac$|^dc$|line|link|transmission/, "pale"]
];
// The order in which a colour is given away; see assignColours.
const SPARE = ["green", "orange", "blue", "red", "purple", "sky", "brown", "yellow"];
const PATTERNS = 9;

const technologyNames =
  unique(runs.flatMap(run => (run.operation ? run.operation.technologies : []).concat(run.totals.map(t => t.carrier))))
    .filter(name => name !== "")
    .sort();

function ruleOf(name) {
  const k = RULES.findIndex(rule => rule[0].test(name.toLowerCase()));
  return k < 0 ? RULES.length : k;
}

// Technologies of one colour are told apart by a pattern; the one that supplies most has none.
function assignColours() {
  const styles = new Map(), used = new Map();
  let spare = 0;
  const weight = new Map();
  for (const t of runs.flatMap(run => run.totals))
    if (t.region === "" && /^(Supply|Fed in)/.test(t.variable))
      weight.set(t.carrier, Math.max(t.value, weight.get(t.carrier) || 0));
  const heavier = (a, b) => (weight.get(b) || 0) - (weight.get(a) || 0);
  technologyNames.slice()
    .sort((a, b) => ruleOf(a) - ruleOf(b) || heavier(a, b) || (a < b ? -1 : 1))
    .forEach((name, rank) => {
      const rule = ruleOf(name), key = rule < RULES.length ? RULES[rule][1] : SPARE[spare++ % SPARE.length];
      const count = used.get(key) || 0;
      used.set(key, count + 1);
      styles.set(name, {rank: rank, colour: OKABE[key], pattern: count % PATTERNS});
    });
  return styles;
}
const styles = assignColours();
let studyColours = false;

// The colour that a study's folder gives a carrier, where the reader asked for those.
function ownColour(name) {
  for (const run of runs) {
    const own = run.carrier_styles && run.carrier_styles[name];
    if (own && own.colour && CSS.supports("color", own.colour)) return own.colour;
  }
  return null;
}

function colourOf(name) {
  const own = studyColours ? ownColour(name) : null;
  return own || (styles.has(name) ? styles.get(name).colour : OKABE.grey);
}

function fillOf(name) {
  const style = styles.get(name);
  if (!style || !style.pattern || (studyColours && ownColour(name))) return colourOf(name);
  return "url(#" + patternOf(style.colour, style.pattern) + ")";
}

function rankOf(name) {
  return styles.has(name) ? styles.get(name).rank : 1e6;
}

function byRank(a, b) {
  return rankOf(a) - rankOf(b);
}

const PATTERN_PATHS = [
  "", "M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4", "M-2,6 l4,4 M0,0 l8,8 M6,-2 l4,4", "M0,4 h8", "M4,0 v8",
  "M0,8 l8,-8 M0,0 l8,8", "M0,4 h8 M4,0 v8", "M2,2 h1.6 M6,6 h1.6", "M0,2 h8 M0,6 h8"
];

// Makes the pattern the first time that it is asked for.
function patternOf(colour, k) {
  const id = "pattern-" + colour.slice(1) + "-" + k;
  if (!document.getElementById(id)) {
    const pattern = d3.select("#patterns")
                      .append("pattern")
                      .attr("id", id)
                      .attr("patternUnits", "userSpaceOnUse")
                      .attr("width", 8)
                      .attr("height", 8);
    pattern.append("rect").attr("width", 8).attr("height", 8).attr("fill", colour);
    pattern.append("path")
      .attr("d", PATTERN_PATHS[k])
      .attr("stroke", "#fff")
      .attr("stroke-width", 1.5)
      .attr("opacity", 0.6);
  }
  return id;
}

const RUN_COLOURS = ["#1f2a37", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c5a2b"];
const DASHES = ["", "7 3", "2 3", "10 3 2 3"];

function runColour(run) {
  return run.index === 0 ? "var(--ink)" : RUN_COLOURS[run.index % RUN_COLOURS.length];
}

function dash(k) {
  return DASHES[Math.floor(k / RUN_COLOURS.length) % DASHES.length];
}

function capitalise(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const ABBREVIATIONS = /^(CO2|SO2|NOX|DC|AC|HVDC|CHP|PV|CSP|ADMM|O&M)$/i;

// "Optimal Capacity" as it stands in a sentence.
function sentence(text) {
  return text.split(" ")
    .map((word, k) => k === 0 || ABBREVIATIONS.test(word) ? word : word.toLowerCase())
    .join(" ")
    .replace(/\bCO2\b/, "CO\u2082");
}
