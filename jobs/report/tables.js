// Tables: summary, differences, prices of policies, stability, settlement, reliability, ledger.
const FIRST_VARIABLES = [
  "System Cost", "Annual System Cost", "Carbon Payments", "Emissions CO2", "Cost Per Tonne Avoided", "Price Average",
  "Demand", "Curtailment", "Expected Energy Not Served", "Loss Of Load Hours"
];
const ERROR = " Standard Error";
const RELIABILITY = /not served|loss of load|unserved/i;

function order(variable) {
  const k = FIRST_VARIABLES.indexOf(variable);
  return k < 0 ? FIRST_VARIABLES.length : k;
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

// What has no total over all carriers is told by carrier of the bus, where it is one of the first variables.
function isTotal(t) {
  return t.region === "" && !t.variable.endsWith(ERROR) && (t.carrier === "" || [
           "Price Average", "Demand", "Price 5th Percentile", "Price 95th Percentile"
         ].includes(t.variable) && !withTotal.has(t.variable));
}
const withTotal =
  new Set(runs.flatMap(run => run.totals.filter(t => t.carrier === "" && t.region === "").map(t => t.variable)));

// Totals of all regions: one for each variable, carrier, unit and period, in order.
function totalRows(filter) {
  const rows = new Map();
  for (const run of runs)
    for (const t of run.totals)
      if (isTotal(t) && filter(t)) rows.set([t.variable, t.carrier, t.unit, t.period].join("\t"), t);
  return Array.from(rows.values())
    .sort(
      (a, b) => order(a.variable) - order(b.variable) || compare(a.variable, b.variable) ||
        compare(a.carrier, b.carrier) || compare(a.unit, b.unit) || comparePeriods(a.period, b.period));
}

// Cells of one quantity for all runs, in one unit with the same decimals; under each the change against the base.
function comparedCells(values, unit, options) {
  const most = d3.max(values.filter(v => v !== undefined), Math.abs) || 0, f = fit(unit, options.most || most),
        d = unit === "" && values.every(v => v === undefined || v === Math.round(v)) ?
    0 :
    decimalsFor((options.most || most) * f.factor),
        first = values[0];
  return {
    unit: f.unit,
    cells: values.map((v, k) => {
      if (v === undefined) return el("td", {class: "none"}, NONE);
      const differs = k > 0 && first !== undefined && most > 0 && Math.abs(v - first) >= 5e-4 * most;
      const change = !differs ? "" : first ? percent((v - first) / Math.abs(first)) : signed((v - first) * f.factor, d);
      const error =
        options.errors && options.errors[k] !== undefined ? " \u00b1 " + number(options.errors[k] * f.factor, d) : "";
      return el(
        "td", {"data-value": v}, number(v * f.factor, d) + error,
        k > 0 && options.changes !== undefined ? el("small", {}, options.changes ? change : "") : null);
    })
  };
}

function comparedRow(label, values, unit, options) {
  const made = comparedCells(values, unit, options);
  return el(
    "tr", {class: options.class}, el("th", {scope: "row"}, label), made.cells,
    el("td", {class: "text unit"}, made.unit));
}

function runHeads() {
  return runs.map(run => [badge(run), el("span", {class: "run-name"}, run.label)]);
}

function factRows(technical) {
  const labels = new Map();
  runs.forEach(run => run.facts.forEach(f => labels.set(f[0] + "\t" + f[2], f)));
  return Array.from(labels.values())
    .filter(f => (f[2] === "") === technical)
    .map(
      f => comparedRow(
        sentence(f[0]), runs.map(run => (run.facts.find(g => g[0] === f[0] && g[2] === f[2]) || [])[1]), f[2],
        {changes: !technical}));
}

function groupRow(name, rows) {
  return rows.length ? [el("tr", {class: "group"}, el("th", {scope: "rowgroup", colspan: runs.length + 2}, name))] : [];
}

// A quantity with its value in each period below it.
function periodRows(rows) {
  const out = [];
  let last = "";
  for (const t of rows) {
    const key = [t.variable, t.carrier, t.unit].join("\t"),
          name =
            sentence(t.variable) + (t.carrier ? ", " + (/^(AC|DC)$/.test(t.carrier) ? "electricity" : t.carrier) : "");
    const family = rows.filter(o => o.variable === t.variable && o.carrier === t.carrier && o.unit === t.unit),
          alone = family.length === 1;
    const find = (run, variable) => (run.totals.find(
                                       o => o.variable === variable && o.unit === t.unit && o.period === t.period &&
                                         o.carrier === t.carrier && o.region === "") ||
                                     {})
                                      .value;
    const most = t.period === "" ?
      undefined :
      d3.max(
        family.filter(o => o.period !== ""),
        o => d3.max(
          runs,
          run => Math.abs((run.totals.find(
                             x => x.variable === o.variable && x.carrier === o.carrier && x.unit === o.unit &&
                               x.period === o.period && x.region === "") ||
                           {value: 0})
                            .value)));
    if (key !== last && t.period !== "" && !alone) out.push(...groupRow(name, family));
    out.push(comparedRow(
      alone             ? name + (allPeriods.length > 1 && t.period ? ", " + t.period : "") :
        t.period === "" ? name + ", all periods" :
                          t.period,
      runs.map(run => find(run, t.variable)), t.unit, {
        changes: true,
        most: most,
        class: alone || t.period === "" ? null : "inner",
        errors: runs.map(run => find(run, t.variable + ERROR))
      }));
    last = key;
  }
  return out;
}

function summarySection() {
  const first = t =>
    order(t.variable) < FIRST_VARIABLES.length && /^(|AC|DC|electricity.*|low voltage)$/i.test(t.carrier);
  const key = totalRows(t => first(t) && !RELIABILITY.test(t.variable)),
        rest = totalRows(t => !first(t) && !RELIABILITY.test(t.variable) && !/^(Fed in|Taken): /.test(t.variable));
  const head = () => ["", ...runHeads(), "Unit"];
  return section(
    "summary", "Summary",
    runs.length > 1 ? `What each run costs and does. Small print: change against ${base.label}.` :
                      "What the run costs and does.",
    table(
      head(), factRows(false).concat(periodRows(key), groupRow("Solution", factRows(true)), factRows(true).map(row => {
        row.className = "inner";
        return row;
      })),
      {label: "Summary", class: "numbers compared changes"}),
    rest.length ? el(
                    "details", {}, el("summary", {}, `${unique(rest.map(t => t.variable)).length} more quantities`),
                    table(head(), periodRows(rest), {label: "More quantities", class: "numbers compared changes"})) :
                  null);
}

// Differences by technology against the base, the largest first.
function differenceRows(run, period) {
  const rows = [], seen = new Set();
  for (const t of run.totals.concat(base.totals)) {
    const key = [t.variable, t.carrier, t.unit].join("\t");
    if (t.period !== period || t.region !== "" || t.carrier === "" || seen.has(key)) continue;
    seen.add(key);
    const find = r => (r.totals.find(
                         o => o.variable === t.variable && o.carrier === t.carrier && o.region === "" &&
                           o.period === period && o.unit === t.unit) ||
                       {value: 0})
                        .value;
    const change = find(run) - find(base);
    if (Math.abs(change) > 1e-4 * Math.max(Math.abs(find(run)), Math.abs(find(base))))
      rows.push(
        {variable: t.variable, carrier: t.carrier, unit: t.unit, base: find(base), value: find(run), change: change});
  }
  return rows;
}

function differencesSection() {
  const others = runs.slice(1).filter(
    run =>
      run.totals.length && base.totals.length && run.totals.some(t => base.totals.some(o => o.period === t.period)));
  if (!others.length) return null;
  const state = {run: others[0].index, period: "", variable: ""}, box = el("div"), controlBox = el("div");
  const show = () => {
    const run = runs[state.run],
          periods = unique(run.totals.filter(t => t.carrier !== "" && t.period !== "").map(t => t.period))
                      .filter(p => base.totals.some(t => t.period === p))
                      .sort();
    if (!periods.includes(state.period)) state.period = periods[periods.length - 1];
    const all = differenceRows(run, state.period),
          variables = unique(all.map(r => r.variable)).sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1));
    if (!variables.includes(state.variable))
      state.variable = variables.find(v => v === "Optimal Capacity") || variables[0];
    const set = key => value => {
      state[key] = value;
      show();
    };
    controlBox.replaceChildren(controls(
      choice("Run", runOptions(others), state.run, set("run")),
      choice("Period", toOptions(periods), state.period, set("period")),
      choice("Quantity", variables.map(v => ({value: v, label: sentence(v)})), state.variable, set("variable"))));
    const rows = all
                   .filter(
                     r => r.variable === state.variable &&
                       Math.abs(r.change) >= 5e-4 *
                           d3.max(
                             all.filter(o => o.variable === r.variable && o.unit === r.unit),
                             o => Math.max(o.base, o.value)))
                   .sort((a, b) => Math.abs(b.change) - Math.abs(a.change)),
          most = d3.max(rows, r => Math.abs(r.change)) || 1;
    box.replaceChildren(
      rows.length ? table(
                      ["Technology", base.label, run.label, "Difference", "", "Unit"],
                      rows.map(r => differenceRow(r, most, rows)), {label: "Differences"}) :
                    el("p", {class: "note"}, "Nothing differs."));
  };
  show();
  restyles.push(show);
  return section(
    "differences", "Differences",
    `Against ${base.label}. What the other run has more or less of, the largest difference first.`, controlBox, box);
}

function differenceRow(r, most, rows) {
  const scale = d3.max(rows.filter(o => o.unit === r.unit), o => Math.max(Math.abs(o.base), Math.abs(o.value))),
        f = fit(r.unit, scale), d = decimalsFor(scale * f.factor), share = 50 * Math.abs(r.change) / most;
  const bar = el(
    "span", {class: "bar-cell"},
    el("i", {style: `width:${share}%;${r.change > 0 ? "left:50%" : "right:50%"};background:${colourOf(r.carrier)}`}));
  return el(
    "tr", {}, el("th", {scope: "row"}, swatch(r.carrier), r.carrier), el("td", {}, number(r.base * f.factor, d)),
    el("td", {}, number(r.value * f.factor, d)), el("td", {}, signed(r.change * f.factor, d)),
    el("td", {class: "bar"}, bar), el("td", {class: "text unit"}, f.unit));
}

function pricesSection() {
  const rows = new Map();
  runs.forEach(run => (run.prices || []).forEach(p => rows.set([p.name, p.unit, p.period].join("\t"), p)));
  if (!rows.size) return null;
  const list =
    Array.from(rows.values())
      .map(
        p => comparedRow(
          capitalise(p.name.replace(/_/g, " ").replace(/-(\d{4})$/, ", $1")) +
            (p.period && !p.name.includes(p.period) ? ", " + p.period : ""),
          runs.map(
            run => ((run.prices || []).find(o => o.name === p.name && o.unit === p.unit && o.period === p.period) || {})
                     .value),
          p.unit, {}));
  return section(
    "prices", "Prices of policies",
    "What one more tonne, megawatt or megawatt-hour would be worth: the multipliers of caps, shares and margins.",
    table(["", ...runHeads(), "Unit"], list, {label: "Prices of policies", class: "numbers compared"}));
}

function reliabilitySection() {
  const rows = totalRows(t => RELIABILITY.test(t.variable));
  if (!rows.length) return null;
  const key = rows.filter(t => order(t.variable) < FIRST_VARIABLES.length), rest = rows.filter(t => !key.includes(t)),
        part = list => table(
          ["", ...runHeads(), "Unit"], periodRows(list), {label: "Reliability", class: "numbers compared changes"});
  return section(
    "reliability", "Reliability",
    "How much demand would not be served, and for how long, when units fail at random; with the standard error.",
    key.length ? part(key) : part(rest),
    key.length && rest.length ?
      el("details", {}, el("summary", {}, `${unique(rest.map(t => t.variable)).length} more quantities`), part(rest)) :
      null);
}

// Unstable before stable; then by the shortest critical clearing time, then by the widest spread of angles.
function severity(a, b) {
  const bad = d => d.verdict === "stable" ? 1 : 0, clear = d => typeof d.clearing === "number" ? d.clearing : Infinity;
  return bad(a) - bad(b) || (clear(a) === clear(b) ? 0 : clear(a) - clear(b)) || b.spread - a.spread;
}

function stabilitySection() {
  const list =
          runs.flatMap(run => run.stability ? run.stability.disturbances.map(d => Object.assign({run: run}, d)) : [])
            .sort(severity),
        figures = trajectoryFigures();
  if (!list.length && !figures) return null;
  const rows = list.map(
    d => el(
      "tr", {}, el("th", {scope: "row"}, badge(d.run), d.name, d.where ? el("small", {}, d.where) : null),
      el("td", {class: "text"}, d.time ? d.time.replace("T", " ").replace(/:00Z$/, "") : NONE),
      el(
        "td", {class: "text"},
        el("span", {class: "verdict " + (d.verdict === "stable" ? "good" : "bad"), title: d.criterion}, d.verdict)),
      el("td", {}, number(d.clearing, 3)), el("td", {}, number(d.spread, 1)),
      el("td", {}, d.nadir === null ? NONE : number(d.nadir, 2) + " to " + number(d.zenith, 2)),
      el("td", {}, number(d.voltage, 3)), el("td", {}, number(d.lost, 2))));
  return section(
    "stability", "Worst contingencies",
    "Disturbances that were simulated, the most severe first: unstable ones, then those with the least time to clear.",
    list.length ? table(
                    [
                      "Disturbance", "Hour, UTC", "Verdict", "Critical clearing, s", "Angle spread, deg",
                      "Frequency, Hz", "Least voltage, pu", "Lost load, MW"
                    ],
                    rows, {label: "Contingencies"}) :
                  null,
    figures);
}

// Net payments by class of participant, and each account's total.
function classRows(statements) {
  const names = unique(statements.flatMap(s => (s.statement.classes || []).map(c => c.class)));
  return names.map(
    name => el(
      "tr", {}, el("th", {scope: "row"}, name || "without a class"), statements.map(s => {
        const found = (s.statement.classes || []).find(c => c.class === name);
        return el(
          "td", {class: found && Number(found.net) < 0 ? "negative" : null},
          found ? number(Number(found.net), 2) : NONE);
      }),
      el("td", {class: "text unit"}, statements[0].statement.currency)));
}

function statementTable(statement, totals) {
  const currency = statement.currency;
  const row = r => el(
    "tr", {}, el("th", {scope: "row"}, r.account, r.class ? el("small", {}, r.class) : null),
    el("td", {}, number(r.injected / 1e6, 3)), el("td", {}, number(r.withdrawn / 1e6, 3)),
    el("td", {}, number(Number(r.received), 2)), el("td", {}, number(Number(r.paid), 2)),
    el("td", {class: Number(r.net) < 0 ? "negative" : null}, number(Number(r.net), 2)));
  return table(
    ["Account", "Fed in, MWh", "Taken, MWh", `Received, ${currency}`, `Paid, ${currency}`, `Net, ${currency}`],
    totals.map(row), {label: "Statement"});
}

// Bars of what each class receives and pays, by kind of entry.
function billFigure(statement) {
  const kinds = new Map(), classes = unique(statement.rows.filter(r => r.class).map(r => r.class));
  for (const r of statement.rows) {
    if (r.kind === "total" || !r.class) continue;
    const key = r.class + "\t" + r.kind;
    kinds.set(key, (kinds.get(key) || 0) + Number(r.net));
  }
  const names = unique(Array.from(kinds.keys(), k => k.split("\t")[1]));
  return names.length ?
    [
      figure("Bills by class", (svg, width) => drawBills(svg, width, classes, names, kinds, statement.currency)),
      billKey(names)
    ] :
    null;
}

function billKey(names) {
  return el(
    "div", {class: "legend key"},
    names.map(
      (name, k) => el(
        "span", {class: "item"}, el("i", {
          class: "swatch",
          style: `background:${LINE_COLOURS[k % LINE_COLOURS.length]};opacity:${k < LINE_COLOURS.length ? 1 : 0.5}`
        }),
        name)));
}

function drawBills(svg, width, classes, names, kinds, currency) {
  const bars = classes.map(c => {
    let up = 0, down = 0;
    return {
      name: c,
      pieces: names
                .map((name, k) => {
                  const v = kinds.get(c + "\t" + name) || 0, from = v > 0 ? up : down;
                  v > 0 ? up += v : down += v;
                  return {name: name, k: k, value: v, from: from, to: from + v};
                })
                .filter(p => p.value),
      up: up,
      down: down
    };
  });
  const f = fit(currency, d3.max(bars, b => Math.max(b.up, -b.down)) || 0), row = 30, left = width < 500 ? 84 : 130,
        right = 96, room = width - left - right;
  const x = d3.scaleLinear()
              .domain(
                [Math.min(0, d3.min(bars, b => b.down)) * f.factor, Math.max(0, d3.max(bars, b => b.up)) * f.factor])
              .nice(5)
              .range([0, room]),
        height = row * bars.length;
  size(svg, width, height + 56);
  const g = svg.append("g").attr("transform", `translate(${left},8)`), ticks = x.ticks(Math.max(2, room / 110)),
        decimals = tickDecimals(ticks);
  const axis = g.append("g").attr("class", "axis");
  axis.selectAll("line")
    .data(ticks)
    .enter()
    .append("line")
    .attr("class", d => d === 0 ? "zero" : "grid")
    .attr("x1", d => x(d))
    .attr("x2", d => x(d))
    .attr("y2", height);
  axis.selectAll("text")
    .data(ticks)
    .enter()
    .append("text")
    .attr("x", d => x(d))
    .attr("y", height + 18)
    .attr("text-anchor", "middle")
    .text(d => number(d, decimals));
  axis.append("text")
    .attr("class", "axis-title")
    .attr("x", room / 2)
    .attr("y", height + 38)
    .attr("text-anchor", "middle")
    .text("Net payment, " + f.unit);
  const rows =
    g.selectAll("g.bill")
      .data(bars)
      .enter()
      .append("g")
      .attr("class", "bill")
      .attr("transform", (d, k) => `translate(0,${k * row})`)
      .on(
        "mousemove",
        d => showTip(d3.event, d.name, d.pieces.map(p => ({name: p.name, value: quantity(p.value, currency)})).concat({
          name: "Net",
          value: quantity(d.up + d.down, currency)
        })))
      .on("mouseleave", hideTip);
  rows.append("text")
    .attr("class", "bar-name")
    .attr("x", -10)
    .attr("y", row / 2)
    .attr("dy", "0.32em")
    .attr("text-anchor", "end")
    .text(d => d.name);
  rows.selectAll("rect")
    .data(d => d.pieces)
    .enter()
    .append("rect")
    .attr("class", "piece")
    .attr("y", 5)
    .attr("height", row - 10)
    .attr("x", d => x(Math.min(d.from, d.to) * f.factor))
    .attr("width", d => Math.abs(x(d.to * f.factor) - x(d.from * f.factor)))
    .attr("fill", d => LINE_COLOURS[d.k % LINE_COLOURS.length])
    .attr("opacity", d => d.k < LINE_COLOURS.length ? 1 : 0.5);
  rows.append("text")
    .attr("class", "bar-value")
    .attr("x", room + 10)
    .attr("y", row / 2)
    .attr("dy", "0.32em")
    .text(d => number((d.up + d.down) * f.factor, 2));
}

// Participants first; the accounts that balance them are folded away.
function statementTables(statement) {
  const totals = statement.rows.filter(r => r.kind === "total"), declared = totals.filter(r => r.account.includes("@"));
  return [
    el(
      "details", {open: totals.length - declared.length <= 16}, el("summary", {}, "Statement by participant"),
      statementTable(statement, totals.filter(r => !r.account.includes("@")))),
    declared.length ? el(
                        "details", {}, el("summary", {}, `${declared.length} accounts that balance them`),
                        statementTable(statement, declared)) :
                      null
  ].filter(Boolean);
}

function settlementSection() {
  const list = runs.flatMap(run => (run.settlement || []).map(s => ({run: run, statement: s})));
  if (!list.length) return null;
  const box = el("div"), name = item => item.run.label + (item.statement.where ? ", " + item.statement.where : "");
  const show = k => box.replaceChildren(
    ...
      [billFigure(list[k].statement), statementTables(list[k].statement),
       el(
         "p", {class: "note"},
         `All accounts together sum to ${list[k].statement.sum || "0"} ${list[k].statement.currency}.`)]
        .flat()
        .filter(Boolean));
  show(0);
  const classes = list.some(item => (item.statement.classes || []).length) ?
    table(
      ["Class", ...list.map(item => [badge(item.run), el("span", {class: "run-name"}, name(item))]), "Unit"],
      classRows(list), {label: "Bills by class", class: "numbers compared"}) :
    null;
  return section(
    "settlement", "Settlement", "What each class of participants receives, or pays where it is negative.", classes,
    controls(
      choice("Statement", list.map((item, k) => ({value: k, label: `${item.run.number}  ${name(item)}`})), 0, show)),
    box);
}

function ledgerSection() {
  const list = runs.flatMap(run => (run.ledger || []).map(l => ({run: run, ledger: l})));
  if (!list.length) return null;
  const card = item => el(
    "div", {class: "ledger"},
    el(
      "h3", {}, badge(item.run), item.run.label,
      item.ledger.directory !== item.run.directory ? el("small", {}, item.ledger.directory) : null),
    el(
      "dl", {}, el("dt", {}, "Root"), el("dd", {}, el("code", {}, item.ledger.root)), el("dt", {}, "Entries"),
      el("dd", {}, number(item.ledger.entries, 0)), el("dt", {}, "Origin"),
      el("dd", {}, el("code", {}, item.ledger.origin)), el("dt", {}, "Key"),
      el("dd", {}, el("code", {}, item.ledger.key)), el("dt", {}, "Verify"),
      el("dd", {}, el("code", {}, "archipelago ledger verify " + quoteWord(item.ledger.directory)))));
  return section(
    "ledger", "Ledger",
    "Every settled amount is an entry of a signed log. Its root stands for all of them: who has it can check a statement without trusting the operator.",
    el("div", {class: "ledgers"}, list.map(card)));
}

function quoteWord(word) {
  return /^[A-Za-z0-9_.\/-]+$/.test(word) ? word : "'" + word.replace(/'/g, "'\\''") + "'";
}
