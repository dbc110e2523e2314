// Stacked bars of totals by technology: a group for each period, in it a bar for each run.

// What can be chosen: a quantity of the statistics in one unit; parts are [variable, sign].
function quantities(candidates) {
  const list = [];
  for (const c of candidates) {
    const rows = runs.flatMap(
      run => run.totals.filter(t => t.carrier !== "" && t.period !== "" && c.parts.some(p => p[0] === t.variable)));
    for (const unit of unique(rows.map(t => t.unit)))
      list.push({
        value: list.length,
        label: c.label,
        unit: unit,
        parts: c.parts,
        periods: unique(rows.filter(t => t.unit === unit).map(t => t.period)).sort(comparePeriods),
        regions: unique(rows.filter(t => t.unit === unit).map(t => t.region)).filter(r => r !== "").sort()
      });
  }
  for (const q of list)
    if (list.some(o => o !== q && o.label === q.label)) q.label = `${q.label} (${q.unit})`;
  return list;
}

// Value by run, period and technology: Map of keys to numbers, and the names that occur.
function gather(q, region) {
  const value = new Map(), names = new Set();
  for (const run of runs)
    for (const t of run.totals) {
      const part = q.parts.find(p => p[0] === t.variable);
      if (!part || t.carrier === "" || t.region !== region || t.unit !== q.unit || t.period === "") continue;
      const key = run.index + "\t" + t.period + "\t" + t.carrier + "\t" + part[1];
      value.set(key, (value.get(key) || 0) + part[1] * t.value);
    }
  const most = Math.max(0, ...Array.from(value.values(), Math.abs));
  for (const [key, v] of value)
    if (Math.abs(v) > 1e-6 * most) names.add(key.split("\t")[2]);
  return {value: value, names: Array.from(names).sort(byRank)};
}

// The pieces of one bar, stacked away from zero.
function stackBar(data, state, run, period) {
  const pieces = [];
  let up = 0, down = 0;
  for (const name of data.names) {
    if (state.hidden.has(name)) continue;
    for (const sign of [1, -1]) {
      const at = index => data.value.get(index + "\t" + period + "\t" + name + "\t" + sign) || 0;
      const v = at(run.index) - (state.difference ? at(0) : 0);
      if (!v) continue;
      pieces.push(
        {run: run, period: period, name: name, value: v, from: v > 0 ? up : down, to: (v > 0 ? up : down) + v});
      v > 0 ? up += v : down += v;
    }
  }
  return {run: run, period: period, pieces: pieces, top: up, bottom: down, sum: up + down};
}

function barStacks(data, state, q) {
  const shown = runs.filter(
    run => !(state.difference && run === base) &&
      run.totals.some(t => t.unit === q.unit && q.parts.some(p => p[0] === t.variable)));
  const periods = q.periods.filter(
    period => shown.some(
      run => run.totals.some(t => t.period === period && t.unit === q.unit && q.parts.some(p => p[0] === t.variable))));
  return {
    shown: shown,
    periods: periods,
    bars: periods.flatMap(
      period =>
        shown.map(run => stackBar(data, state, run, period)).filter(bar => bar.pieces.length || state.difference))
  };
}

function drawBarLabels(g, stacks, x, inner, height) {
  const wide = inner.bandwidth() >= 8 + 6.4 * Math.max(...stacks.shown.map(run => run.label.length));
  g.selectAll("text.run")
    .data(stacks.bars)
    .enter()
    .append("text")
    .attr("class", "run")
    .attr("text-anchor", "middle")
    .attr("x", d => x(d.period) + inner(d.run.index) + inner.bandwidth() / 2)
    .attr("y", height + 16)
    .text(
      d => stacks.shown.length === 1 ? "" :
        wide                         ? d.run.label :
                                       d.run.number);
  g.selectAll("text.period")
    .data(stacks.periods)
    .enter()
    .append("text")
    .attr("class", "period")
    .attr("text-anchor", "middle")
    .attr("x", d => x(d) + x.bandwidth() / 2)
    .attr("y", height + (stacks.shown.length === 1 ? 20 : 36))
    .text(d => d);
}

function barTip(event, bar, unit) {
  const rows = bar.pieces.slice()
                 .sort((a, b) => b.value - a.value)
                 .map(p => ({name: p.name, mark: p.name, value: quantity(p.value, unit)}));
  showTip(event, `${bar.run.label}, ${bar.period}`, rows.concat({name: "Sum", value: quantity(bar.sum, unit)}));
}

function drawBars(svg, width, q, state, data) {
  const stacks = barStacks(data, state, q), most = Math.max(0, ...stacks.bars.map(b => b.top)),
        least = Math.min(0, ...stacks.bars.map(b => b.bottom));
  const fitted = fit(q.unit, Math.max(most, -least)), height = width < 500 ? 240 : 320;
  const y = d3.scaleLinear().domain([least * fitted.factor, (most || (least ? 0 : 1)) * fitted.factor]).nice(6).range([
    height, 0
  ]);
  const left = axisRoom(y, 6), room = width - left - SVG_SPACE.right;
  const x = d3.scaleBand().domain(stacks.periods).range([0, room]).paddingInner(0.22).paddingOuter(0.1);
  const inner = d3.scaleBand().domain(stacks.shown.map(run => run.index)).range([0, x.bandwidth()]).paddingInner(0.12);
  if (inner.bandwidth() > 90) {
    const w = 90 * stacks.shown.length + 12 * (stacks.shown.length - 1);
    inner.range([(x.bandwidth() - w) / 2, (x.bandwidth() + w) / 2]);
  }
  size(svg, width, height + SVG_SPACE.top + SVG_SPACE.bottom + 6);
  svg.attr("data-pixels-per-unit", (y(0) - y(fitted.factor)).toPrecision(9));
  const g = svg.append("g").attr("transform", `translate(${left},${SVG_SPACE.top})`);
  valueAxis(g, y, room, fitted.unit, 6);
  const bars = g.selectAll("g.bar")
                 .data(stacks.bars)
                 .enter()
                 .append("g")
                 .attr("class", "bar")
                 .on("mousemove", d => barTip(d3.event, d, q.unit))
                 .on("mouseleave", hideTip);
  bars.selectAll("rect")
    .data(d => d.pieces)
    .enter()
    .append("rect")
    .attr("x", d => x(d.period) + inner(d.run.index))
    .attr("width", inner.bandwidth())
    .attr("y", d => y(Math.max(d.from, d.to) * fitted.factor))
    .attr("height", d => Math.abs(y(d.from * fitted.factor) - y(d.to * fitted.factor)))
    .attr("fill", d => fillOf(d.name))
    .attr("class", "piece")
    .attr("data-run", d => d.run.index)
    .attr("data-period", d => d.period)
    .attr("data-name", d => d.name)
    .attr("data-value", d => d.value);
  bars.filter(d => d.pieces.length > 1 || state.difference)
    .append("line")
    .attr("class", "sum")
    .attr("x1", d => x(d.period) + inner(d.run.index) - 2)
    .attr("x2", d => x(d.period) + inner(d.run.index) + inner.bandwidth() + 2)
    .attr("y1", d => y(d.sum * fitted.factor))
    .attr("y2", d => y(d.sum * fitted.factor))
    .style(
      "display",
      d =>
        state.difference || d.bottom < -0.01 * Math.max(most, -least) && Math.abs(d.sum) > 0.01 * most ? null : "none");
  drawBarLabels(g, stacks, x, inner, height);
}

function barsSection(id, title, caption, candidates) {
  const list = quantities(candidates);
  if (!list.length) return null;
  const state = {q: list[0], region: "", difference: false, hidden: new Set()};
  const legendBox = el("div"), regionBox = el("div", {class: "choice-box"});
  let data = gather(state.q, "");
  const drawing = figure(title, (svg, width) => drawBars(svg, width, state.q, state, data));
  const showLegend = () => legendBox.replaceChildren(legend(data.names, state.hidden, drawing.redraw));
  const update = () => {
    data = gather(state.q, state.region);
    showLegend();
    drawing.redraw();
  };
  const showRegions = () => {
    if (!state.q.regions.includes(state.region)) state.region = "";
    regionBox.replaceChildren(choice("Region", toOptions(state.q.regions, "All regions"), state.region, value => {
      state.region = value;
      update();
    }));
  };
  const chosen = choice("Quantity", list.map(q => ({value: q.value, label: q.label})), 0, value => {
    state.q = list[value];
    showRegions();
    update();
  });
  const difference = runs.length > 1 ?
    switcher(
      "What the bars show", [{value: false, label: "Totals"}, {value: true, label: "Difference to " + base.label}],
      false,
      value => {
        state.difference = value;
        drawing.redraw();
      }) :
    null;
  showRegions();
  showLegend();
  restyles.push(showLegend);
  return section(id, title, caption, controls(chosen, regionBox, difference), drawing, legendBox, runKey());
}

const restyles = [];

// Which number is which run.
function runKey() {
  return runs.length < 2 ? null : el("p", {class: "run-key"}, runs.map(run => el("span", {}, badge(run), run.label)));
}

const CAPACITY = [
  {label: "Capacity", parts: [["Optimal Capacity", 1]]}, {label: "New capacity", parts: [["Expanded Capacity", 1]]},
  {label: "Existing capacity", parts: [["Installed Capacity", 1]]},
  {label: "Storage", parts: [["Optimal Storage Capacity", 1]]},
  {label: "New storage", parts: [["Expanded Storage Capacity", 1]]},
  {label: "Existing storage", parts: [["Installed Storage Capacity", 1]]},
  {label: "Transmission", parts: [["Transmission Capacity Length", 1]]}
];
const GENERATION = unique(runs.flatMap(run => run.operation ? run.operation.carriers : []))
                     .map(c => ({label: capitalise(c), parts: [["Fed in: " + c, 1], ["Taken: " + c, -1]]}))
                     .concat([
                       {label: "All carriers", parts: [["Supply", 1], ["Withdrawal", -1]]},
                       {label: "Curtailment", parts: [["Curtailment", 1]]}
                     ]);
const COSTS = [
  {label: "Annual cost", parts: [["Annual System Cost", 1]]},
  {label: "System cost, present value", parts: [["System Cost", 1]]},
  {label: "Capital cost", parts: [["Capital Expenditure", 1]]},
  {label: "Operating cost", parts: [["Operational Expenditure", 1]]},
  {label: "Carbon payments", parts: [["Carbon Payments", 1]]},
  {label: "CO\u2082 emissions", parts: [["Emissions CO2", 1]]}, {label: "Revenue", parts: [["Revenue", 1]]}
];
