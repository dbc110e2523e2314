// The page: heading, navigation, sections that have data, and what printing needs.
function describe(run) {
  const words = [run.kind === "plan" ? "plan" : "dispatch"];
  if (run.kind === "plan")
    words.push(run.periods.filter(p => p !== "").join(", "));
  else
    words.push(
      run.start && run.start !== run.end ? `${run.start.slice(0, 10)}, ${run.model === "dc" ? "DC" : "AC"}` : "");
  if (run.study) words.unshift(run.study);
  return words.filter(w => w).join(", ");
}

function heading() {
  const kinds = unique(runs.map(run => run.kind)), count = runs.length;
  const what = count === 1 ? (kinds[0] === "plan" ? "One plan" : "One run") :
                             `${count} ${
                               kinds.length > 1      ? "runs and plans" :
                                 kinds[0] === "plan" ? "plans" :
                                                       "runs"}, compared with ${base.label}`;
  return el(
    "header", {}, el("p", {class: "overline"}, "Archipelago report"), el("h1", {}, report.title),
    el("p", {class: "lead"}, what + "."),
    el(
      "ul", {class: "runs"},
      runs.map(
        run => el(
          "li", {}, badge(run),
          el(
            "div", {}, el("strong", {}, run.label, run === base && count > 1 ? el("em", {}, "base") : null),
            el("span", {}, describe(run)))))));
}

function notes() {
  const list =
    runs.flatMap(run => (run.notes || []).filter(n => typeof n === "string").map(n => ({run: run, text: n})));
  return list.length ? section(
                         "notes", "Notes", "What the runs had to say about themselves.",
                         el("ul", {class: "notes"}, list.map(n => el("li", {}, badge(n.run), n.text)))) :
                       null;
}

function navigation() {
  return el("nav", {"aria-label": "Sections"}, sections.map(s => el("a", {href: "#" + s.id}, s.title)));
}

// The study's own colours are there for the asking.
function colourSwitch() {
  if (!runs.some(run => Object.values(run.carrier_styles || {}).some(s => s.colour))) return null;
  return switcher(
    "Colours", [{value: false, label: "Colours for all eyes"}, {value: true, label: "Colours of the study"}], false,
    value => {
      studyColours = value;
      redraws.concat(restyles).forEach(f => f());
    });
}

function preparePrint() {
  printing = true;
  document.querySelectorAll("details").forEach(d => {
    d.dataset.was = String(d.open);
    d.open = true;
  });
}

function endPrint() {
  printing = false;
  document.querySelectorAll("details").forEach(d => {
    d.open = d.dataset.was === "true";
  });
}

function build() {
  const patterns = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  patterns.setAttribute("id", "patterns");
  patterns.setAttribute("width", "0");
  patterns.setAttribute("height", "0");
  patterns.setAttribute("aria-hidden", "true");
  document.body.prepend(patterns);
  const parts = [
    summarySection(),
    barsSection("capacity", "Capacity", "What is built by technology, in each period and run.", CAPACITY),
    barsSection(
      "generation", "Generation", "Energy by technology over a period: supplied above zero, used below.", GENERATION),
    barsSection("costs", "Costs and emissions", "What each technology costs and emits, by period and run.", COSTS),
    differencesSection(), pricesSection(), hoursSection(), durationSection(), mapSection(), reliabilitySection(),
    stabilitySection(), settlementSection(), ledgerSection(), convergenceSection(), notes()
  ].filter(Boolean);
  document.getElementById("page").append(
    heading(), navigation(), el("main", {}, colourSwitch(), parts),
    el("footer", {}, "Made by archipelago report. The page is complete in itself and loads nothing."));
}

addEventListener("beforeprint", preparePrint);
addEventListener("afterprint", endPrint);
addEventListener("scroll", hideTip, {passive: true});
addEventListener("keydown", event => {
  if (event.key === "Escape") hideTip();
});
build();
