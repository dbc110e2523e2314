// Hour by hour: what feeds in and what takes, what is stored, and the price, over one axis of time that zooms and pans.
const HOUR = 3.6e6, DAY = 24 * HOUR;
const STRIDES = [1, 2, 3, 6, 12, 24, 48, 168, 336, 720, 2160, 8760].map(h => h * HOUR);
const utc = {
  hour: d3.utcFormat("%H:%M"),
  day: d3.utcFormat("%-d %b"),
  dayHour: d3.utcFormat("%-d %b, %H:%M"),
  full: d3.utcFormat("%a %-d %b %Y, %H:%M")
};

// Intervals stand side by side at their position, so that representative days follow each other without gaps.
function timeLabel(run, period, time) {
  return run.operation.periods[period].start === null ? "hour " + number(time / HOUR, 0) : utc.full(new Date(time));
}

function timeTicks(run, period, times, from, to, width) {
  const dated = run.operation.periods[period].start !== null, first = Math.max(0, Math.ceil(from)),
        last = Math.min(times.length - 1, Math.floor(to));
  const step = times.length > 1 ? times[1] - times[0] : HOUR, most = Math.max(2, width / 78);
  const stride = STRIDES.find(s => (last - first) * step / s <= most) || STRIDES[STRIDES.length - 1];
  const ticks = [];
  for (let k = first; k <= last; k++) {
    const at = stride > DAY ? times[k] - times[0] : times[k];
    if (at % stride < step && (k === 0 || times[k] !== times[k - 1]))
      ticks.push({
        at: k,
        label: !dated          ? number(times[k] / HOUR, 0) :
          stride >= DAY        ? utc.day(new Date(times[k])) :
          times[k] % DAY === 0 ? utc.day(new Date(times[k])) :
                                 utc.hour(new Date(times[k]))
      });
  }
  return ticks;
}

// Means of so many neighbours that about one value falls on each pixel: positions and values of [from, to).
function thinned(values, from, to, width) {
  const first = Math.max(0, Math.floor(from)), last = Math.min(values.length, Math.ceil(to) + 1);
  const bin = Math.max(1, Math.ceil((last - first) / Math.max(200, width)));
  const out = [];
  for (let k = first; k < last; k += bin) {
    let sum = 0, n = 0;
    for (let i = k; i < Math.min(last, k + bin); i++)
      if (isFinite(values[i])) {
        sum += values[i];
        n++;
      }
    out.push({at: k, to: Math.min(last, k + bin), value: n ? sum / n : NaN});
  }
  return out;
}

function hoursData(state) {
  const run = runs[state.run], get = kind => seriesOf(run, state.period, kind, state.carrier, state.region);
  const power = get("power").sort((a, b) => byRank(a.technology, b.technology));
  const load = get("load"), energy = get("energy").sort((a, b) => byRank(a.technology, b.technology)),
        price = get("price");
  const thin = (power[0] || load[0] || energy[0] || price[0] || {thin: 1}).thin;
  return {
    run: run,
    power: power,
    load: load[0],
    energy: energy,
    price: price[0],
    thin: thin,
    times: timesOf(run, state.period, thin),
    names: unique(power.concat(energy).map(s => s.technology))
  };
}

// Layers upward of what is positive, downward of what is negative; both for each technology.
function layers(data, state, from, to, width) {
  const up = [], down = [], out = [];
  for (const s of data.power) {
    if (state.hidden.has(s.technology)) continue;
    const points = thinned(s.values, from, to, width), above = [], below = [];
    points.forEach((p, k) => {
      const v = isFinite(p.value) ? p.value : 0;
      const u = up[k] || 0, d = down[k] || 0;
      above.push({at: p.at, to: p.to, from: u, value: u + Math.max(0, v)});
      below.push({at: p.at, to: p.to, from: d, value: d + Math.min(0, v)});
      up[k] = u + Math.max(0, v);
      down[k] = d + Math.min(0, v);
    });
    out.push({name: s.technology, side: "above", points: above}, {name: s.technology, side: "below", points: below});
  }
  return {
    layers: out.filter(l => l.points.some(p => p.value !== p.from)),
    most: Math.max(0, ...up),
    least: Math.min(0, ...down)
  };
}

// Steps: each interval is as wide as it lasts.
function stepPath(points, x, y0, y1) {
  let there = "", back = "";
  points.forEach((p, k) => {
    const a = x(p.at).toFixed(1), b = x(p.to).toFixed(1);
    there += (k ? "L" : "M") + a + "," + y1(p).toFixed(1) + "L" + b + "," + y1(p).toFixed(1);
    if (y0) back = "L" + b + "," + y0(p).toFixed(1) + "L" + a + "," + y0(p).toFixed(1) + back;
  });
  return y0 ? there + back + "Z" : there;
}

function lineSteps(values, from, to, width, x, y) {
  return stepPath(thinned(values, from, to, width).filter(p => isFinite(p.value)), x, null, p => y(p.value));
}

function panelTitle(g, unit, text) {
  g.append("text")
    .attr("class", "panel-title")
    .attr("x", 0)
    .attr("y", -13)
    .text(unit)
    .append("tspan")
    .attr("class", "panel-text")
    .attr("dx", 8)
    .text(text);
}

function drawPower(g, data, state, x, width, height) {
  const [from, to] = state.domain, stack = layers(data, state, from, to, width),
               load = data.load && thinned(data.load.values, from, to, width);
  const most = Math.max(stack.most, load ? d3.max(load, d => d.value) : 0), f = fit("MW", Math.max(most, -stack.least));
  const y = d3.scaleLinear().domain([stack.least * f.factor, most * f.factor || 1]).nice(6).range([height, 0]);
  valueAxis(g, y, width, "", 6);
  const plot = g.append("g").attr("clip-path", "url(#hours-clip)");
  plot.selectAll("path.layer")
    .data(stack.layers)
    .enter()
    .append("path")
    .attr("class", "layer")
    .attr("data-name", d => d.name)
    .attr("data-side", d => d.side)
    .attr("fill", d => fillOf(d.name))
    .attr("d", d => stepPath(d.points, x, p => y(p.from * f.factor), p => y(p.value * f.factor)));
  plot.append("line").attr("class", "zero").attr("x2", width).attr("y1", y(0)).attr("y2", y(0));
  if (data.load)
    plot.append("path")
      .attr("class", "load")
      .attr("d", lineSteps(data.load.values, from, to, width, x, v => y(v * f.factor)));
  panelTitle(g, f.unit, "power by technology" + (data.load ? "; the line is demand" : ""));
}

function drawEnergy(g, data, state, x, width, height) {
  const [from, to] = state.domain, sums = [];
  const shown = data.energy.filter(s => !state.hidden.has(s.technology))
                  .map(s => ({
                         name: s.technology,
                         points: thinned(s.values, from, to, width).map((p, k) => {
                           const low = sums[k] || 0;
                           sums[k] = low + Math.max(0, isFinite(p.value) ? p.value : 0);
                           return {at: p.at, to: p.to, from: low, value: sums[k]};
                         })
                       }));
  const most = Math.max(0, ...sums), f = fit("MWh", most),
        y = d3.scaleLinear().domain([0, most * f.factor || 1]).nice(3).range([height, 0]);
  valueAxis(g, y, width, "", 3);
  g.append("g")
    .attr("clip-path", "url(#hours-clip)")
    .selectAll("path.stored")
    .data(shown)
    .enter()
    .append("path")
    .attr("class", "stored")
    .attr("data-name", d => d.name)
    .attr("fill", d => fillOf(d.name))
    .attr("d", d => stepPath(d.points, x, p => y(p.from * f.factor), p => y(p.value * f.factor)));
  panelTitle(g, f.unit, "energy in storage");
}

function drawPrice(g, data, state, x, width, height) {
  const [from, to] = state.domain, points = thinned(data.price.values, from, to, width).filter(p => isFinite(p.value));
  const y = d3.scaleLinear()
              .domain([Math.min(0, d3.min(points, d => d.value) || 0), Math.max(0, d3.max(points, d => d.value) || 1)])
              .nice(3)
              .range([height, 0]);
  valueAxis(g, y, width, "", 3);
  g.append("g")
    .attr("clip-path", "url(#hours-clip)")
    .append("path")
    .attr("class", "price")
    .attr("d", lineSteps(data.price.values, from, to, width, x, y));
  panelTitle(g, data.run.currency + "/MWh", "mean price, weighted with demand");
}

function drawTimeAxis(g, data, state, x, width) {
  const ticks = timeTicks(data.run, state.period, data.times, state.domain[0], state.domain[1], width);
  const axis = g.append("g").attr("class", "axis");
  axis.selectAll("line")
    .data(ticks)
    .enter()
    .append("line")
    .attr("class", "tick-mark")
    .attr("x1", d => x(d.at))
    .attr("x2", d => x(d.at))
    .attr("y2", 5);
  axis.selectAll("text")
    .data(ticks)
    .enter()
    .append("text")
    .attr("x", d => x(d.at))
    .attr("y", 19)
    .attr(
      "text-anchor",
      d => x(d.at) < 16      ? "start" :
        x(d.at) > width - 16 ? "end" :
                               "middle")
    .text(d => d.label);
}

// The whole period in small; what is shown is brushed.
function drawOverview(g, data, state, width, height, zoomTo) {
  const n = data.times.length, x = d3.scaleLinear().domain([0, n]).range([0, width]);
  const values = (data.load || data.power[0] || data.price || data.energy[0]).values,
        y = d3.scaleLinear().domain(d3.extent(Array.from(values).concat(0))).range([height - 2, 2]);
  g.append("rect").attr("class", "overview-back").attr("width", width).attr("height", height).attr("rx", 3);
  g.append("path")
    .attr("class", "overview")
    .attr("d", stepPath(thinned(values, 0, n, width).filter(p => isFinite(p.value)), x, () => y(0), p => y(p.value)));
  const brush = d3.brushX().extent([[0, 0], [width, height]]).on("brush end", () => {
    if (!d3.event.sourceEvent || d3.event.sourceEvent.type === "zoom") return;
    const s = d3.event.selection;
    if (s && s[1] - s[0] > 1)
      zoomTo(x.invert(s[0]), x.invert(s[1]), d3.event.type === "brush");
    else if (d3.event.type === "end")
      zoomTo(0, n);
  });
  const layer = g.append("g").attr("class", "brush").call(brush);
  layer.call(brush.move, state.domain.map(x));
  return to => layer.call(brush.move, to.map(x));
}

function hoursTip(event, data, state, k) {
  const rows = data.power.filter(s => !state.hidden.has(s.technology) && Math.abs(s.values[k]) > 5e-7)
                 .map(s => ({name: s.technology, mark: s.technology, value: quantity(s.values[k], "MW")}))
                 .reverse();
  if (data.load) rows.push({name: "Demand", value: quantity(data.load.values[k], "MW")});
  for (const s of data.energy)
    if (!state.hidden.has(s.technology))
      rows.push({name: s.technology + ", stored", mark: s.technology, value: quantity(s.values[k], "MWh")});
  if (data.price) rows.push({name: "Price", value: number(data.price.values[k], 2) + " " + data.run.currency + "/MWh"});
  showTip(event, timeLabel(data.run, state.period, data.times[k]), rows);
}

function panelsOf(data, narrow) {
  const list = [];
  if (data.power.length || data.load) list.push({draw: drawPower, height: narrow ? 220 : 300});
  if (data.energy.length) list.push({draw: drawEnergy, height: 90});
  if (data.price) list.push({draw: drawPrice, height: 90});
  return list;
}

// Everything that changes with the shown domain.
function drawPanels(g, data, state, width, panels) {
  const x = d3.scaleLinear().domain(state.domain).range([0, width]);
  g.selectAll("*").remove();
  let top = 0;
  for (const panel of panels) {
    panel.draw(g.append("g").attr("transform", `translate(0,${top})`), data, state, x, width, panel.height);
    top += panel.height + 50;
  }
  drawTimeAxis(g.append("g").attr("transform", `translate(0,${top - 46})`), data, state, x, width);
  return x;
}

function clampDomain(domain, n) {
  const span = Math.min(n, Math.max(Math.min(n, 4), domain[1] - domain[0]));
  const from = Math.max(0, Math.min(n - span, domain[0]));
  return [from, from + span];
}

function listenToPointer(cover, svg, data, state, width, height, zoomTo, hover) {
  const n = data.times.length,
        at = () => state.domain[0] + d3.mouse(cover.node())[0] / width * (state.domain[1] - state.domain[0]);
  cover.on("wheel", () => {
    const e = d3.event, sideways = Math.abs(e.deltaX) > Math.abs(e.deltaY), span = state.domain[1] - state.domain[0];
    if (!sideways && e.deltaY > 0 && span >= n) return;
    e.preventDefault();
    if (sideways) return zoomTo(state.domain[0] + e.deltaX / width * span, state.domain[1] + e.deltaX / width * span);
    const factor = Math.pow(1.0016, e.deltaMode ? 20 * e.deltaY : e.deltaY), c = at();
    zoomTo(c - (c - state.domain[0]) * factor, c + (state.domain[1] - c) * factor);
  });
  cover.call(d3.drag().on("drag", () => {
    const move = -d3.event.dx / width * (state.domain[1] - state.domain[0]);
    zoomTo(state.domain[0] + move, state.domain[1] + move);
  }));
  cover
    .on(
      "mousemove",
      () => {
        const k = Math.floor(at());
        if (k < 0 || k >= n) return;
        hover.attr("x1", d3.mouse(cover.node())[0]).attr("x2", d3.mouse(cover.node())[0]).style("display", null);
        hoursTip(d3.event, data, state, k);
      })
    .on(
      "mouseleave",
      () => {
        hover.style("display", "none");
        hideTip();
      })
    .on("dblclick", () => zoomTo(0, n));
}

function listenToKeys(svg, state, n, zoomTo) {
  svg.attr("tabindex", 0).on("keydown", () => {
    const [a, b] = state.domain, span = b - a, middle = (a + b) / 2, step = span / 8;
    const moves = {
      ArrowLeft: [a - step, b - step],
      ArrowRight: [a + step, b + step],
      "+": [middle - span / 4, middle + span / 4],
      "=": [middle - span / 4, middle + span / 4],
      "-": [middle - span, middle + span],
      Home: [0, n],
      "0": [0, n]
    };
    const to = moves[d3.event.key];
    if (!to) return;
    d3.event.preventDefault();
    zoomTo(to[0], to[1]);
  });
}

function drawHours(svg, fullWidth, state, data) {
  const panels = panelsOf(data, fullWidth < 500), left = fullWidth < 500 ? 52 : 64, width = fullWidth - left - 12,
        n = data.times.length;
  const inner = panels.reduce((sum, p) => sum + p.height + 50, 0), overview = 40;
  if (!panels.length) return size(svg, fullWidth, 1);
  state.domain = clampDomain(state.domain || [0, n], n);
  size(svg, fullWidth, inner + overview + 46);
  svg.append("defs")
    .append("clipPath")
    .attr("id", "hours-clip")
    .append("rect")
    .attr("width", width)
    .attr("y", -2)
    .attr("height", 400);
  const top = svg.append("g").attr("transform", `translate(${left},34)`), g = top.append("g");
  const hover = top.append("line").attr("class", "hover").attr("y2", inner - 50).style("display", "none");
  const cover = top.append("rect").attr("class", "cover").attr("width", width).attr("height", inner - 50);
  const below = svg.append("g").attr("transform", `translate(${left},${inner + 28})`);
  const show = () => {
    drawPanels(g, data, state, width, panels);
    svg.attr("data-from", state.domain[0].toFixed(3)).attr("data-to", state.domain[1].toFixed(3));
  };
  let moveBrush = null;
  const zoomTo = (from, to, brushed) => {
    state.domain = clampDomain([from, to], n);
    show();
    if (!brushed) moveBrush(state.domain);
  };
  moveBrush = drawOverview(below, data, state, width, overview, zoomTo);
  listenToPointer(cover, svg, data, state, width, inner, zoomTo, hover);
  listenToKeys(svg, state, n, zoomTo);
  state.zoomTo = zoomTo;
  show();
}

// The week (or day) with the highest demand: where a long period is first shown.
function peakDomain(data, hours) {
  const n = data.times.length, step = (data.times[1] - data.times[0]) / HOUR || 1, span = Math.round(hours / step);
  const values = (data.load || data.power[0] || {values: []}).values;
  if (n <= 1.5 * span) return [0, n];
  let best = 0;
  for (let k = 1; k < values.length; k++)
    if (values[k] > values[best]) best = k;
  const from = Math.floor(best / Math.round(24 / step)) * Math.round(24 / step) -
    Math.floor(span / 2 / (24 / step)) * Math.round(24 / step);
  return clampDomain([from, from + span], n);
}

function zoomButtons(state) {
  const go = change => () => {
    const [from, to] = state.domain, n = state.data.times.length,
                 step = (state.data.times[1] - state.data.times[0]) / HOUR || 1;
    const [a, b] = change(from, to, n, step);
    state.zoomTo(a, b);
  };
  const button = (label, title, change) => el("button", {type: "button", title: title, onclick: go(change)}, label);
  return el(
    "div", {class: "buttons", role: "group", "aria-label": "Zoom"},
    button("\u2190", "Earlier", (a, b) => [a - (b - a) / 2, b - (b - a) / 2]),
    button("\u2192", "Later", (a, b) => [a + (b - a) / 2, b + (b - a) / 2]),
    button("+", "Zoom in", (a, b) => [a + (b - a) / 4, b - (b - a) / 4]),
    button("\u2212", "Zoom out", (a, b) => [a - (b - a) / 2, b + (b - a) / 2]),
    button("Day", "One day", (a, b, n, step) => [Math.floor(a), Math.floor(a) + 24 / step]),
    button("Week", "One week", (a, b, n, step) => [Math.floor(a), Math.floor(a) + 168 / step]),
    button("All", "The whole period", (a, b, n) => [0, n]));
}

function thinNote(data) {
  const step = data.times.length > 1 ? (data.times[1] - data.times[0]) / HOUR : 1;
  const days = data.run.operation.periods.some(p => p.times) ? "Each day stands for many days of the year. " : "";
  return days + (data.thin > 1 ? `Each value is the mean of ${number(step)} hours.` : "");
}

// Selections of run, region, carrier and period that stay valid when one of them changes.
function viewControls(state, list, changed, want) {
  const box = el("div", {class: "controls"});
  const show = () => {
    const run = runs[state.run], op = run.operation;
    const carriers = op.carriers.filter(c => op.series.some(s => op.carriers[s.carrier] === c));
    if (!carriers.includes(state.carrier)) state.carrier = carriers[0];
    if (state.region !== "" && !op.regions.includes(state.region)) state.region = "";
    state.period = Math.min(state.period, op.periods.length - 1);
    const set = key => value => {
      state[key] = value;
      show();
      changed(key);
    };
    box.replaceChildren(
      ...
        [want.run ? choice("Run", runOptions(list), state.run, set("run")) : null,
         choice("Period", op.periods.map((p, k) => ({value: k, label: p.label || "all"})), state.period, set("period")),
         want.region ? choice(
                         "Region", op.regions.length > 1 ? toOptions(op.regions, "All regions") : toOptions(op.regions),
                         state.region, set("region")) :
                       null,
         choice(
           "Carrier", toOptions(carriers.map(c => c)).map(o => ({value: o.value, label: capitalise(o.label)})),
           state.carrier, set("carrier"))]
          .filter(Boolean));
  };
  show();
  return box;
}

function hoursSection() {
  if (!withHours.length) return null;
  const state = {run: withHours[0].index, period: 0, region: "", carrier: "electricity", hidden: new Set()};
  const legendBox = el("div"), note = el("span");
  const box = viewControls(state, withHours, key => update(key), {run: true, region: true});
  const drawing = figure("Dispatch by hour", (svg, width) => drawHours(svg, width, state, state.data));
  drawing.classList.add("hours");
  const showLegend = () => legendBox.replaceChildren(legend(state.data.names, state.hidden, drawing.redraw));
  const update = key => {
    const before = state.data && state.data.times.length;
    state.data = hoursData(state);
    if (key !== "region" && key !== "carrier" || before !== state.data.times.length)
      state.domain = peakDomain(state.data, 168);
    note.textContent = thinNote(state.data);
    showLegend();
    drawing.redraw();
  };
  update("run");
  restyles.push(showLegend);
  return section(
    "dispatch", "Dispatch",
    "Above zero what feeds in, below zero what is charged, converted or sent away. The line is demand.", box,
    el(
      "div", {class: "controls"}, zoomButtons(state),
      el("span", {class: "hint"}, "Turn the wheel to zoom, drag to move, or brush the strip below. ", note)),
    drawing, legendBox);
}
