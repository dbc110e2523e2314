// Parts that all sections are made of: elements, sections, selections, legends, hints, axes.
function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {}))
    if (key.startsWith("on"))
      node.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false)
      node.setAttribute(key, value === true ? "" : value);
  node.append(...children.flat().filter(child => child !== null && child !== undefined));
  return node;
}

const sections = [];
const redraws = [];

function section(id, title, caption, ...children) {
  const node = el(
    "section", {id: id, "aria-labelledby": id + "-title"}, el("h2", {id: id + "-title"}, title),
    caption ? el("p", {class: "caption"}, caption) : null, children);
  sections.push({id: id, title: title, node: node});
  return node;
}

// A drawing that is made anew when its width, its data or the colours change; draw(svg, width).
function figure(label, draw) {
  const node = el("div", {class: "figure"});
  const svg = d3.select(node).append("svg").attr("role", "img").attr("aria-label", label);
  let width = 0;
  const redraw = () => {
    if (!width) return;
    svg.selectAll("*").remove();
    draw(svg, width);
  };
  new ResizeObserver(entries => {
    const now = Math.round(entries[0].contentRect.width);
    if (printing || !now || now === width) return;
    width = now;
    redraw();
  }).observe(node);
  redraws.push(redraw);
  node.redraw = redraw;
  return node;
}
let printing = false;

function size(svg, width, height) {
  svg.attr("viewBox", `0 0 ${width} ${height}`).attr("width", width).attr("height", height);
}

let selects = 0;

// A labelled selection; shown only when there is something to choose.
function choice(label, options, value, change) {
  const id = "select-" + ++selects;
  const node = el(
    "select", {id: id, onchange: event => change(options[event.target.selectedIndex].value)},
    options.map(o => el("option", {value: String(o.value), selected: o.value === value}, o.label)));
  return el("div", {class: "choice", hidden: options.length < 2}, el("label", {for: id
            }, label), node);
}

function toOptions(values, all) {
  return (all ? [{value: "", label: all}] : []).concat(values.map(v => ({value: v, label: String(v)})));
}

function runOptions(list) {
  return list.map(run => ({value: run.index, label: run.number + "  " + run.label}));
}

// Two or more buttons of which one is pressed.
function switcher(label, options, value, change) {
  const buttons = options.map(
    o => el(
      "button", {
        type: "button",
        "aria-pressed": String(o.value === value),
        onclick: () => {
          buttons.forEach((b, k) => b.setAttribute("aria-pressed", String(options[k] === o)));
          change(o.value);
        }
      },
      o.label));
  return el("div", {class: "switcher", role: "group", "aria-label": label}, buttons);
}

function controls(...children) {
  const shown = children.flat().filter(Boolean);
  return el("div", {class: "controls", hidden: !shown.some(c => !c.hidden)}, shown);
}

function swatch(name) {
  const node = el("span", {class: "swatch"}), svg = d3.select(node).append("svg").attr("width", 14).attr("height", 14);
  svg.append("rect").attr("width", 14).attr("height", 14).attr("rx", 3).attr("fill", fillOf(name));
  return node;
}

// Names with their colours; each is a button that hides and shows it.
function legend(names, hidden, change) {
  return el(
    "div", {class: "legend", role: "group", "aria-label": "Legend: press a name to hide or show it"},
    names.map(
      name => el(
        "button", {
          type: "button",
          "data-name": name,
          "aria-pressed": String(!hidden.has(name)),
          onclick: event => {
            hidden.has(name) ? hidden.delete(name) : hidden.add(name);
            event.currentTarget.setAttribute("aria-pressed", String(!hidden.has(name)));
            change();
          }
        },
        swatch(name), name)));
}

function lineKey(items) {
  return el("div", {class: "legend key"}, items.map(item => {
    const node = el("span", {class: "item"}), svg = d3.select(node).append("svg").attr("width", 22).attr("height", 10);
    svg.append("line")
      .attr("x1", 1)
      .attr("x2", 21)
      .attr("y1", 5)
      .attr("y2", 5)
      .attr("stroke", item.colour)
      .attr("stroke-width", 2.4)
      .attr("stroke-dasharray", item.dash || null);
    node.append(item.label);
    return node;
  }));
}

function badge(run) {
  return el("span", {class: "badge", style: `background:${runColour(run)}`}, String(run.number));
}

const tip = document.getElementById("tip");

// A hint beside the pointer: a heading and rows of name and value.
function showTip(event, heading, rows) {
  tip.replaceChildren(
    el("strong", {}, heading),
    el(
      "table", {},
      el(
        "tbody", {},
        rows.map(
          row => el("tr", {}, el("th", {}, row.mark ? swatch(row.mark) : null, row.name), el("td", {}, row.value))))));
  tip.hidden = false;
  const box = tip.getBoundingClientRect(), gap = 14;
  const x = event.clientX + gap + box.width > innerWidth ? event.clientX - gap - box.width : event.clientX + gap;
  const y = Math.min(Math.max(8, event.clientY - box.height / 2), innerHeight - box.height - 8);
  tip.style.transform = `translate(${Math.max(4, x)}px,${Math.max(4, y)}px)`;
}

function hideTip() {
  tip.hidden = true;
}

// Value axis at the left with lines across; the unit stands above it.
function valueAxis(g, scale, width, unit, ticks) {
  const axis = g.append("g").attr("class", "axis");
  axis.selectAll("line")
    .data(scale.ticks(ticks))
    .enter()
    .append("line")
    .attr("class", d => d === 0 ? "zero" : "grid")
    .attr("x2", width)
    .attr("y1", d => scale(d))
    .attr("y2", d => scale(d));
  const decimals = tickDecimals(scale.ticks(ticks));
  axis.selectAll("text.tick")
    .data(scale.ticks(ticks))
    .enter()
    .append("text")
    .attr("class", "tick")
    .attr("x", -8)
    .attr("dy", "0.32em")
    .attr("text-anchor", "end")
    .attr("y", d => scale(d))
    .text(d => number(d, decimals));
  if (unit) axis.append("text").attr("class", "unit").attr("x", 0).attr("y", scale.range()[1] - 13).text(unit);
  return axis;
}

function tickDecimals(ticks) {
  const step = ticks.length > 1 ? Math.abs(ticks[1] - ticks[0]) : 1;
  return Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
}

// Room that the numbers of an axis need at the left.
function axisRoom(scale, ticks) {
  const list = scale.ticks(ticks), decimals = tickDecimals(list);
  return 16 + 6.6 * Math.max(4, ...list.map(d => number(d, decimals).length));
}

const SVG_SPACE = {
  top: 30,
  right: 10,
  bottom: 40
};

const TEXT_COLUMNS = new Set(["Unit", "Hour, UTC", "Verdict"]);

function table(head, rows, options) {
  const o = options || {};
  return el(
    "div", {class: "table-wrap", tabindex: "0", role: "region", "aria-label": o.label || "Table"},
    el(
      "table", {class: o.class || "numbers"}, o.caption ? el("caption", {}, o.caption) : null,
      el(
        "thead", {},
        el("tr", {}, head.map(h => el("th", {scope: "col", class: TEXT_COLUMNS.has(h) ? "text" : null}, h)))),
      el("tbody", {}, rows)));
}
