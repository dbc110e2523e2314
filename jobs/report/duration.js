// Price duration curves: the prices of a period from the highest to the lowest.
function durationCurve(run, period, carrier, region) {
  const s = seriesOf(run, period, "price", carrier, region)[0];
  if (!s) return null;
  const weights = weightsOf(run, period, s.thin), points = [];
  s.values.forEach((v, k) => isFinite(v) && points.push({price: v, hours: weights[k]}));
  if (!points.length) return null;
  points.sort((a, b) => b.price - a.price);
  const all = d3.sum(points, p => p.hours);
  let passed = 0;
  for (const p of points) {
    p.from = passed / all;
    p.to = (passed += p.hours) / all;
  }
  return {
    run: run,
    points: points,
    mean: d3.sum(points, p => p.price * p.hours) / all,
    most: points[0].price,
    least: points[points.length - 1].price,
    median: points.find(p => p.to >= 0.5).price,
    hours: all
  };
}

function curvesOf(state) {
  const label = state.period;
  return withHours
    .map(run => {
      const p = run.operation.periods.findIndex(period => period.label === label);
      return p < 0 ? null : durationCurve(run, p, state.carrier, state.region);
    })
    .filter(Boolean);
}

// Scarce hours can cost a hundred times the others: the axis may end at the 99th of a hundred.
function drawDuration(svg, fullWidth, state, curves) {
  const height = fullWidth < 500 ? 220 : 300;
  if (!curves.length) return size(svg, fullWidth, 1);
  const quantile = d3.max(curves, c => c.points.find(p => p.to >= 0.01).price), top = d3.max(curves, c => c.most);
  const cut = state.cut && quantile > 0 && top > 4 * quantile ? 1.25 * quantile : top;
  const y = d3.scaleLinear().domain([Math.min(0, d3.min(curves, c => c.least)), Math.max(0, cut) || 1]).nice(6).range([
    height, 0
  ]);
  const left = axisRoom(y, 6), width = fullWidth - left - 14, x = d3.scaleLinear().domain([0, 1]).range([0, width]);
  size(svg, fullWidth, height + 86);
  svg.append("defs")
    .append("clipPath")
    .attr("id", "duration-clip")
    .append("rect")
    .attr("width", width + 4)
    .attr("height", height + 4)
    .attr("y", -2);
  const g = svg.append("g").attr("transform", `translate(${left},${SVG_SPACE.top})`);
  valueAxis(g, y, width, base.currency + "/MWh", 6);
  const axis = g.append("g").attr("class", "axis").attr("transform", `translate(0,${height})`);
  axis.selectAll("text")
    .data([0, 0.25, 0.5, 0.75, 1])
    .enter()
    .append("text")
    .attr("x", d => x(d))
    .attr("y", 20)
    .attr(
      "text-anchor",
      d => d === 0 ? "start" :
        d === 1    ? "end" :
                     "middle")
    .text(d => number(100 * d, 0) + THIN + "%");
  axis.append("text")
    .attr("class", "axis-title")
    .attr("x", width / 2)
    .attr("y", 42)
    .attr("text-anchor", "middle")
    .text("Share of the hours of the period");
  const plot = g.append("g").attr("clip-path", "url(#duration-clip)");
  plot.selectAll("path")
    .data(curves)
    .enter()
    .append("path")
    .attr("class", "curve")
    .attr("data-run", d => d.run.index)
    .attr("stroke", d => runColour(d.run))
    .attr("stroke-dasharray", d => dash(d.run.index) || null)
    .attr("d", d => stepPath(d.points.map(p => ({at: p.from, to: p.to, value: p.price})), x, null, p => y(p.value)));
  g.append("rect")
    .attr("class", "cover")
    .attr("width", width)
    .attr("height", height)
    .on(
      "mousemove",
      () => {
        const share = Math.min(0.9999, Math.max(0, x.invert(d3.mouse(g.node())[0])));
        showTip(
          d3.event, `${number(100 * share, 1)}${THIN}% of the hours cost at least`,
          curves.map(c => ({
                       name: c.run.label,
                       value: number(c.points.find(p => p.to > share).price, 2) + " " + c.run.currency + "/MWh"
                     })));
      })
    .on("mouseleave", hideTip);
}

function durationTable(curves) {
  return table(
    [base.currency + "/MWh", "Mean", "Highest", "Median", "Lowest"],
    curves.map(
      c => el(
        "tr", {}, el("th", {scope: "row"}, badge(c.run), c.run.label),
        [c.mean, c.most, c.median, c.least].map(v => el("td", {}, number(v, 2))))),
    {label: "Prices"});
}

function durationSection() {
  const priced = withHours.filter(run => run.operation.series.some(s => s.kind === "price"));
  if (!priced.length) return null;
  const periods = unique(priced.flatMap(run => run.periods)).sort(comparePeriods),
        carriers = unique(priced.flatMap(
          run => run.operation.series.filter(s => s.kind === "price").map(s => run.operation.carriers[s.carrier])));
  const regions = unique(priced.flatMap(run => run.operation.regions.length > 1 ? run.operation.regions : []));
  const state = {period: periods[0], region: "", carrier: carriers[0], cut: true};
  const tableBox = el("div");
  let curves = [];
  const drawing = figure("Price duration curves", (svg, width) => drawDuration(svg, width, state, curves));
  const update = () => {
    curves = curvesOf(state);
    tableBox.replaceChildren(durationTable(curves));
    drawing.redraw();
  };
  const set = key => value => {
    state[key] = value;
    update();
  };
  update();
  return section(
    "duration", "Price duration", "All prices of the period in falling order: how many hours cost at least so much.",
    controls(
      choice("Period", periods.map(p => ({value: p, label: p || "all"})), state.period, set("period")),
      choice("Region", toOptions(regions, "All regions"), "", set("region")),
      choice("Carrier", carriers.map(c => ({value: c, label: capitalise(c)})), state.carrier, set("carrier")),
      switcher(
        "Scale of the prices",
        [{value: true, label: "Without the dearest 1\u202f%"}, {value: false, label: "All prices"}], true, set("cut"))),
    drawing,
    runs.length > 1 ?
      lineKey(
        priced.map(run => ({label: run.number + "  " + run.label, colour: runColour(run), dash: dash(run.index)}))) :
      null,
    tableBox);
}
