// The map: places at their coordinates (an equirectangular drawing), and what flows between them in an hour.
const LOADING =
  d3.scaleLinear().domain([0, 0.6, 0.9, 1]).range(["#7b8794", "#e69f00", "#d55e00", "#a5002b"]).clamp(true);

// Coordinates, or a circle where there are none.
function positions(map, regions) {
  const places = map.places, spread = d3.extent(places, p => p.x), tall = d3.extent(places, p => p.y);
  const none = spread[1] - spread[0] < 1e-9 && tall[1] - tall[0] < 1e-9 && places.length > 1;
  if (!none) return {geographic: true, at: places.map(p => [p.x, p.y])};
  return {
    geographic: false,
    at: places.map((p, k) => [Math.cos(2 * Math.PI * k / places.length), Math.sin(2 * Math.PI * k / places.length)])
  };
}

// Degrees to pixels: a degree of longitude is shorter by the cosine of the latitude.
function projection(at, width, height, margin) {
  const xs = d3.extent(at, p => p[0]), ys = d3.extent(at, p => p[1]),
        shrink = Math.cos(Math.max(-80, Math.min(80, (ys[0] + ys[1]) / 2)) * Math.PI / 180);
  const w = Math.max((xs[1] - xs[0]) * shrink, 1e-6), h = Math.max(ys[1] - ys[0], 1e-6),
        scale = Math.min((width - 2 * margin) / w, (height - 2 * margin) / h);
  const cx = (xs[0] + xs[1]) / 2, cy = (ys[0] + ys[1]) / 2;
  const place = p => [width / 2 + (p[0] - cx) * shrink * scale, height / 2 - (p[1] - cy) * scale];
  place.invert = (px, py) => [cx + (px - width / 2) / shrink / scale, cy - (py - height / 2) / scale];
  return place;
}

function graticule(g, place, width, height) {
  const [west, north] = place.invert(0, 0), [east, south] = place.invert(width, height);
  const lines = g.append("g").attr("class", "graticule");
  const degrees = (v, pos, neg, step) =>
    number(Math.abs(v), tickDecimals([0, step])) + "\u00b0" + THIN + (v >= 0 ? pos : neg);
  const xs = d3.ticks(west, east, Math.max(2, width / 150)), ys = d3.ticks(south, north, Math.max(2, height / 110));
  lines.selectAll("line.x")
    .data(xs)
    .enter()
    .append("line")
    .attr("x1", d => place([d, 0])[0])
    .attr("x2", d => place([d, 0])[0])
    .attr("y2", height);
  lines.selectAll("line.y")
    .data(ys)
    .enter()
    .append("line")
    .attr("x2", width)
    .attr("y1", d => place([0, d])[1])
    .attr("y2", d => place([0, d])[1]);
  lines.selectAll("text.x")
    .data(xs)
    .enter()
    .append("text")
    .attr("x", d => place([d, 0])[0] + 4)
    .attr("y", height - 6)
    .text(d => degrees(d, "E", "W", xs[1] - xs[0]));
  lines.selectAll("text.y")
    .data(ys.filter(d => place([0, d])[1] > 20 && place([0, d])[1] < height - 24))
    .enter()
    .append("text")
    .attr("x", 6)
    .attr("y", d => place([0, d])[1] - 4)
    .text(d => degrees(d, "N", "S", ys[1] - ys[0]));
}

// Edges of a carrier with their flows in a period; drawn from place to place.
function mapData(state) {
  const run = runs[state.run],
        edges = run.map.edges.filter(e => e.carrier === state.carrier)
                  .map(e => ({
                         name: e.name,
                         from: e.from,
                         to: e.to,
                         parallel: e.parallel,
                         limit: e.limit[state.period],
                         values: decode(e.flow[state.period]),
                         thin: e.flow[state.period].thin
                       }))
                  .filter(e => e.limit === null || e.limit > 1e-6 || d3.max(e.values, Math.abs) > 1e-6);
  const thin = edges.length ? edges[0].thin : 1, times = timesOf(run, state.period, thin);
  const prices =
    run.operation.regions.map(region => seriesOf(run, state.period, "price", state.carrier, region)[0] || null);
  const all = prices.filter(Boolean).flatMap(s => Array.from(s.values)).filter(isFinite).sort(d3.ascending);
  return {
    run: run,
    carrier: run.operation.carriers.indexOf(state.carrier),
    edges: edges,
    times: times,
    thin: thin,
    prices: prices,
    priceDomain: [d3.quantile(all, 0.02), d3.quantile(all, 0.98)],
    most: d3.max(edges, e => Math.max(e.limit || 0, d3.max(e.values, Math.abs))) || 1
  };
}

function priceAt(data, region, hour) {
  const s = data.prices[region];
  return s ? s.values[Math.min(s.values.length - 1, Math.floor(hour * data.thin / s.thin))] : NaN;
}

function priceColour(data) {
  const [low, high] = data.priceDomain,
              scale = d3.scaleSequential(d3.interpolateViridis).domain([high + 1e-9, low]).clamp(true);
  return v => isFinite(v) && isFinite(low) ? scale(v) : "var(--muted)";
}

// Lines between the same two places lie side by side.
function edgePath(e, xy, edges) {
  const a = xy[e.from], b = xy[e.to],
        same = edges.filter(o => (o.from === e.from && o.to === e.to) || (o.from === e.to && o.to === e.from));
  const k = same.indexOf(e) - (same.length - 1) / 2, dx = b[0] - a[0], dy = b[1] - a[1],
        length = Math.hypot(dx, dy) || 1;
  return {
    a: a,
    b: b,
    x: (a[0] + b[0]) / 2 - dy / length * 14 * k,
    y: (a[1] + b[1]) / 2 + dx / length * 14 * k,
    angle: Math.atan2(dy, dx) * 180 / Math.PI,
    length: length
  };
}

function edgeTip(event, data, e, hour) {
  const flow = e.values[hour], names = data.run.map.places, from = names[flow < 0 ? e.to : e.from].name,
        to = names[flow < 0 ? e.from : e.to].name;
  const rows = [{name: `${from} \u2192 ${to}`, value: quantity(Math.abs(flow), "MW")}];
  if (e.limit)
    rows.push(
      {name: "Limit", value: quantity(e.limit, "MW")},
      {name: "Loading", value: number(100 * Math.abs(flow) / e.limit, 0) + THIN + "%"});
  if (e.parallel > 1) rows.push({name: "Lines and links", value: String(e.parallel)});
  showTip(event, e.name, rows);
}

function drawMap(svg, width, state, data) {
  const height = Math.round(Math.min(560, Math.max(300, width * 0.55))), spot = positions(data.run.map),
        place = projection(spot.at, width, height, width < 500 ? 46 : 70);
  size(svg, width, height);
  svg.append("rect").attr("class", "sea").attr("width", width).attr("height", height).attr("rx", 6);
  const xy = spot.at.map(place), thick = d3.scaleSqrt().domain([0, data.most]).range([1.2, width < 500 ? 9 : 14]);
  if (spot.geographic) graticule(svg, place, width, height);
  const edges = svg.append("g")
                  .selectAll("g")
                  .data(data.edges)
                  .enter()
                  .append("g")
                  .attr("class", "edge")
                  .attr("data-name", d => d.name)
                  .on("mousemove", d => edgeTip(d3.event, data, d, state.hour))
                  .on("mouseleave", hideTip);
  const path = d => {
    const p = edgePath(d, xy, data.edges);
    return `M${p.a}Q${2 * p.x - (p.a[0] + p.b[0]) / 2},${2 * p.y - (p.a[1] + p.b[1]) / 2} ${p.b}`;
  };
  edges.append("path")
    .attr("class", "limit")
    .attr("d", path)
    .attr("stroke-width", d => d.limit ? thick(d.limit) + 3 : 1);
  edges.append("path").attr("class", "flow").attr("d", path);
  edges.append("path").attr("class", "arrow").attr("d", "M-6,-5.5L7,0L-6,5.5Z");
  if (data.edges.length <= 14 && width > 500)
    edges.append("text").attr("class", "flow-label").attr("text-anchor", "middle").attr("dy", "0.32em");
  const nodes =
    svg.append("g")
      .selectAll("g")
      .data(data.run.map.places)
      .enter()
      .append("g")
      .attr("class", "place")
      .attr("transform", (d, k) => `translate(${xy[k]})`)
      .style("display", d => d.carriers.includes(data.carrier) ? null : "none")
      .on(
        "mousemove",
        d => showTip(
          d3.event, d.name,
          [
            {name: "Region", value: data.run.operation.regions[d.region]},
            {name: "Price", value: number(priceAt(data, d.region, state.hour), 2) + " " + data.run.currency + "/MWh"}
          ]))
      .on("mouseleave", hideTip);
  nodes.append("circle").attr("r", data.run.map.places.length > 60 ? 4 : 8);
  drawRegionNames(svg, data, xy, width, height);
  state.show = () => showHour(svg, data, state, thick, priceColour(data), d => edgePath(d, xy, data.edges));
  state.show();
}

function drawRegionNames(svg, data, xy, width, height) {
  const names =
    data.run.operation.regions
      .map((name, r) => {
        const own = xy.filter(
          (p, k) => data.run.map.places[k].region === r && data.run.map.places[k].carriers.includes(data.carrier));
        return {name: name, x: d3.mean(own, p => p[0]), y: d3.min(own, p => p[1]), low: d3.max(own, p => p[1])};
      })
      .filter(n => isFinite(n.x));
  svg.append("g")
    .selectAll("text")
    .data(names)
    .enter()
    .append("text")
    .attr("class", "region-name")
    .attr(
      "text-anchor",
      d => d.x < 70      ? "start" :
        d.x > width - 70 ? "end" :
                           "middle")
    .attr("x", d => Math.max(8, Math.min(width - 8, d.x)))
    .attr("y", d => d.low > height / 2 ? Math.min(height - 24, d.low + 26) : Math.max(16, d.y - 15))
    .text(d => d.name);
}

// One hour's flows and prices.
function showHour(svg, data, state, thick, colour, where) {
  const h = Math.min(state.hour, data.times.length - 1);
  const loading = e => e.limit ? Math.abs(e.values[h]) / e.limit : 0.3;
  const flows = svg.selectAll("g.edge").attr("data-flow", e => e.values[h].toPrecision(6));
  flows.select("path.flow")
    .attr("stroke-width", e => thick(Math.abs(e.values[h])))
    .attr("stroke", e => LOADING(loading(e)));
  flows.select("path.arrow")
    .attr(
      "transform",
      e => {
        const p = where(e), size = Math.min(1.6, 0.6 + thick(Math.abs(e.values[h])) / 10);
        return `translate(${p.x},${p.y}) rotate(${p.angle + (e.values[h] < 0 ? 180 : 0)}) scale(${size})`;
      })
    .style("display", e => Math.abs(e.values[h]) < 1e-4 * data.most ? "none" : null);
  flows.select("text.flow-label").each(function(e) {
    const p = where(e), turn = p.angle * Math.PI / 180, away = 10 + thick(Math.abs(e.values[h])) / 2,
          side = Math.sin(turn) > 0 ? 1 : -1;
    const x = p.x + side * Math.sin(turn) * away, y = p.y - side * Math.cos(turn) * away,
          flat = Math.abs(Math.sin(turn)) < 0.35;
    d3.select(this)
      .attr("x", x)
      .attr("y", y)
      .attr("text-anchor", flat ? "middle" : "start")
      .text(p.length > 84 ? quantity(Math.abs(e.values[h]), "MW") : "");
  });
  svg.selectAll("g.place circle").attr("fill", d => colour(priceAt(data, d.region, h)));
}

function mapLegend(data) {
  const [low, high] = data.priceDomain, node = el("div", {class: "map-legend"});
  const ramp = (title, colours, from, to) => el(
    "div", {class: "ramp"}, el("span", {}, title), el("span", {}, from),
    el("i", {style: `background:linear-gradient(to right,${colours.join(",")})`}), el("span", {}, to));
  if (data.edges.some(e => e.limit))
    node.append(
      ramp("Lines: flow over limit", [0, 0.3, 0.6, 0.9, 1].map(LOADING), "0" + THIN + "%", "100" + THIN + "%"));
  if (isFinite(low))
    node.append(ramp(
      "Places: price", [0, 0.25, 0.5, 0.75, 1].map(t => d3.interpolateViridis(1 - t)), number(low, 0),
      number(high, 0) + " " + data.run.currency + "/MWh"));
  return node;
}

function hourSlider(state, label) {
  const output = el("output", {}), input = el("input", {
                                     type: "range",
                                     min: 0,
                                     value: 0,
                                     "aria-label": "Hour",
                                     oninput: () => {
                                       state.hour = Number(input.value);
                                       show();
                                     }
                                   });
  let timer = null;
  const play = el(
    "button", {
      type: "button",
      "aria-pressed": "false",
      title: "Let the hours pass",
      onclick: () => {
        if (timer)
          timer = clearInterval(timer);
        else
          timer = setInterval(() => {
            state.hour = (state.hour + 1) % state.data.times.length;
            input.value = state.hour;
            show();
          }, 250);
        play.setAttribute("aria-pressed", String(Boolean(timer)));
        play.textContent = timer ? "Stop" : "Play";
      }
    },
    "Play");
  const show = () => {
    output.textContent = label();
    if (state.show) state.show();
  };
  const reset = () => {
    input.max = state.data.times.length - 1;
    input.value = state.hour;
    output.textContent = label();
  };
  return {node: el("div", {class: "controls slider"}, play, input, output), reset: reset};
}

// The hour in which the most flows.
function busiest(data) {
  let best = 0, most = -1;
  data.times.forEach((t, k) => {
    const sum = d3.sum(data.edges, e => Math.abs(e.values[k]));
    if (sum > most) {
      most = sum;
      best = k;
    }
  });
  return best;
}

function mapSection() {
  const mapped = withHours.filter(run => run.map && run.map.edges.length);
  if (!mapped.length) return null;
  const state = {run: mapped[0].index, period: 0, region: "", carrier: "electricity", hour: 0, data: null};
  const legendBox = el("div"), note = el("p", {class: "note"});
  const slider = hourSlider(state, () => timeLabel(state.data.run, state.period, state.data.times[state.hour]));
  const box = viewControls(state, mapped, key => update(key), {run: true});
  const drawing = figure("Map of places and flows", (svg, width) => drawMap(svg, width, state, state.data));
  const update = key => {
    state.data = mapData(state);
    if (key !== "carrier" || state.hour >= state.data.times.length) state.hour = busiest(state.data);
    const map = state.data.run.map;
    note.textContent = [
      map.whole_regions ? "There are many places: each region is drawn as one." : "",
      positions(map).geographic ? "" : "The buses have no coordinates: they stand on a circle."
    ].join(" ").trim();
    legendBox.replaceChildren(mapLegend(state.data));
    slider.reset();
    drawing.redraw();
  };
  update("run");
  return section(
    "map", "Map", "Flows between places in one hour. Arrows point where the power goes; the pale band is the limit.",
    box, slider.node, drawing, legendBox, note);
}
