// Lines: how a method converged, and how machines and voltages move after a disturbance.
const LINE_COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c5a2b", "#3b3b3b"];

function lineStyle(k) {
  return {
    colour: LINE_COLOURS[k % LINE_COLOURS.length],
    dash: DASHES[Math.floor(k / LINE_COLOURS.length) % DASHES.length]
  };
}

// chart: {x: [], lines: {name: []}, log, xTitle, unit, height}
function drawLines(svg, fullWidth, chart, hidden) {
  const names = Object.keys(chart.lines), shown = names.filter(name => !hidden.has(name)), height = chart.height || 240;
  const values =
    shown.flatMap(name => chart.lines[name]).filter(v => v !== null && isFinite(v) && (!chart.log || v > 0));
  const [low, high] = values.length ? d3.extent(values) : [chart.log ? 0.1 : 0, 1],
              spread = high - low || Math.abs(high) * 0.01 || 1;
  const y = chart.log ?
    d3.scaleLog().domain([low, high > low ? high : 10 * low]).nice().range([height, 0]) :
    d3.scaleLinear()
      .domain([low >= 0 ? Math.max(0, low - 0.04 * spread) : low - 0.04 * spread, high + 0.04 * spread])
      .nice(5)
      .range([height, 0]);
  const left = chart.log ? 62 : axisRoom(y, 5), width = fullWidth - left - 14,
        x = d3.scaleLinear().domain(d3.extent(chart.x)).range([0, width]);
  size(svg, fullWidth, height + 84);
  const g = svg.append("g").attr("transform", `translate(${left},${SVG_SPACE.top})`);
  chart.log ? logAxis(g, y, width) : valueAxis(g, y, width, chart.unit, 5);
  const axis = g.append("g").attr("class", "axis").attr("transform", `translate(0,${height})`),
        ticks = x.ticks(Math.max(2, width / 90)), decimals = tickDecimals(ticks);
  axis.selectAll("text")
    .data(ticks)
    .enter()
    .append("text")
    .attr("x", d => x(d))
    .attr("y", 20)
    .attr("text-anchor", "middle")
    .text(d => number(d, decimals));
  axis.append("text")
    .attr("class", "axis-title")
    .attr("x", width / 2)
    .attr("y", 42)
    .attr("text-anchor", "middle")
    .text(chart.xTitle);
  const line =
    d3.line().defined(d => d !== null && isFinite(d) && (!chart.log || d > 0)).x((d, k) => x(chart.x[k])).y(d => y(d));
  g.selectAll("path.series")
    .data(names)
    .enter()
    .append("path")
    .attr("class", "series")
    .attr("data-name", d => d)
    .attr("d", d => hidden.has(d) ? null : line(chart.lines[d]))
    .attr("stroke", (d, k) => lineStyle(k).colour)
    .attr("stroke-dasharray", (d, k) => lineStyle(k).dash || null);
  g.append("rect")
    .attr("class", "cover")
    .attr("width", width)
    .attr("height", height)
    .on(
      "mousemove",
      () => {
        const at = x.invert(d3.mouse(g.node())[0]), k = Math.min(chart.x.length - 1, d3.bisectLeft(chart.x, at));
        showTip(
          d3.event, `${chart.xTitle}: ${number(chart.x[k], decimals + 1)}`,
          shown.map(
            name =>
              ({name: name, value: chart.log ? scientific(chart.lines[name][k]) : number(chart.lines[name][k], 4)})));
      })
    .on("mouseleave", hideTip);
}

const SUPERSCRIPTS = {
  "-": "\u207b",
  0: "\u2070",
  1: "\u00b9",
  2: "\u00b2",
  3: "\u00b3",
  4: "\u2074",
  5: "\u2075",
  6: "\u2076",
  7: "\u2077",
  8: "\u2078",
  9: "\u2079"
};

function power10(k) {
  return "10" + String(k).split("").map(c => SUPERSCRIPTS[c]).join("");
}

function scientific(v) {
  if (v === null || v === undefined || !isFinite(v)) return NONE;
  if (v === 0) return "0";
  const k = Math.floor(Math.log10(Math.abs(v)));
  return number(v / Math.pow(10, k), 2) + "\u00d7" + power10(k);
}

function logAxis(g, y, width) {
  const [low, high] = y.domain().map(v => Math.round(Math.log10(v))), step = Math.max(1, Math.ceil((high - low) / 7));
  const ticks = d3.range(low, high + 1, step), axis = g.append("g").attr("class", "axis");
  axis.selectAll("line")
    .data(ticks)
    .enter()
    .append("line")
    .attr("class", "grid")
    .attr("x2", width)
    .attr("y1", d => y(Math.pow(10, d)))
    .attr("y2", d => y(Math.pow(10, d)));
  axis.selectAll("text")
    .data(ticks)
    .enter()
    .append("text")
    .attr("class", "tick")
    .attr("x", -8)
    .attr("dy", "0.32em")
    .attr("text-anchor", "end")
    .attr("y", d => y(Math.pow(10, d)))
    .text(power10);
}

function lineLegend(names, hidden, change) {
  return el(
    "div", {class: "legend", role: "group", "aria-label": "Legend: press a name to hide or show it"},
    names.map((name, k) => {
      const style = lineStyle(k), button = el("button", {
                                    type: "button",
                                    "data-name": name,
                                    "aria-pressed": "true",
                                    onclick: () => {
                                      hidden.has(name) ? hidden.delete(name) : hidden.add(name);
                                      button.setAttribute("aria-pressed", String(!hidden.has(name)));
                                      change();
                                    }
                                  });
      d3.select(button)
        .append("svg")
        .attr("width", 22)
        .attr("height", 10)
        .append("line")
        .attr("x1", 1)
        .attr("x2", 21)
        .attr("y1", 5)
        .attr("y2", 5)
        .attr("stroke", style.colour)
        .attr("stroke-width", 2.4)
        .attr("stroke-dasharray", style.dash || null);
      button.append(name);
      return button;
    }));
}

function lineFigure(label, chart) {
  const hidden = new Set(), drawing = figure(label, (svg, width) => drawLines(svg, width, chart, hidden));
  return [drawing, lineLegend(Object.keys(chart.lines), hidden, drawing.redraw)];
}

// Records of all runs; one is chosen.
function convergenceSection() {
  const list = runs.flatMap(run => (run.convergence || []).map(record => ({run: run, record: record})));
  if (!list.length) return null;
  const box = el("div"), name = item => capitalise(item.record.name.replace(/[-_]/g, " "));
  const show = k => box.replaceChildren(...lineFigure(
    "Convergence",
    {x: list[k].record.iteration, lines: tidyNames(list[k].record.lines), log: true, xTitle: "Iteration"}));
  show(0);
  return section(
    "convergence", "Convergence", "How far the method still was from its goal after each iteration.",
    controls(choice(
      "Record", list.map((item, k) => ({value: k, label: `${item.run.number}  ${item.run.label}: ${name(item)}`})), 0,
      show)),
    box);
}

function tidyNames(lines) {
  return Object.fromEntries(
    Object.entries(lines).map(([name, values]) => [capitalise(name.replace(/_/g, " ")), values]));
}

const CHANNELS = {
  bus_vm_pu: ["Voltage at buses", "per unit"],
  bus_frequency_hz: ["Frequency at buses", "Hz"],
  machine_angle_deg: ["Rotor angles of machines", "degrees"]
};

function trajectoryFigures() {
  const list = runs.flatMap(run => run.stability ? run.stability.trajectories.map(t => ({run: run, t: t})) : []);
  if (!list.length) return null;
  const box = el("div", {class: "small-multiples"});
  const show = k => box.replaceChildren(...list[k].t.channels.map(
    c => el(
      "div", {}, el("h4", {}, (CHANNELS[c.channel] || [c.channel])[0]),
      lineFigure((CHANNELS[c.channel] || [c.channel])[0], {
        x: list[k].t.time,
        lines: c.lines,
        xTitle: "Time in seconds",
        unit: (CHANNELS[c.channel] || ["", ""])[1],
        height: 180
      }),
      Object.keys(c.lines).length < c.of ?
        el("p", {class: "note"}, `The ${Object.keys(c.lines).length} of ${c.of} that move most.`) :
        null)));
  show(0);
  return el(
    "div", {}, el("h3", {}, "Trajectories"),
    controls(choice(
      "Event", list.map((item, k) => ({value: k, label: `${item.run.number}  ${item.run.label}: ${item.t.name}`})), 0,
      show)),
    box);
}
