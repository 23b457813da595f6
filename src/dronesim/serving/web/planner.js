"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const el = (id) => document.getElementById(id);
  const SVG = "http://www.w3.org/2000/svg";
  const WAIT_MS = 120;
  let number = 0;
  let sent = 0;
  let timer = 0;
  let sites = null;
  let shown = null;
  /** Days of an answer that is still on its way, the last of each number. @type {Map<number, object>} */
  const early = new Map();

  /** @param {number|null} share @param {number} digits */
  const percent = (share, digits = 1) => (share === null ? "no data" : `${(100 * share).toFixed(digits)} %`);

  /** @param {number|null} share */
  const clip = (share) => (share === null ? null : Math.min(1, Math.max(0, share)));

  /** @param {string} name @param {Record<string, string|number>} attributes @param {string} [text] */
  function draw(name, attributes, text) {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
    if (text !== undefined) node.textContent = text;
    return node;
  }

  // sliders

  const inputs = new Map();
  function makeSliders() {
    for (const slider of data.sliders) {
      const row = document.createElement("div");
      row.className = "slider";
      const label = document.createElement("label");
      label.textContent = slider.label;
      label.htmlFor = slider.key;
      const output = document.createElement("output");
      row.append(label, output);
      if (slider.fixed) {
        const why = document.createElement("small");
        why.textContent = slider.fixed;
        row.append(why);
      } else {
        const input = slider.choices.length ? document.createElement("select") : document.createElement("input");
        input.id = slider.key;
        if (slider.choices.length) {
          for (const choice of slider.choices) input.append(new Option(choice, choice));
        } else {
          input.type = "range";
          // before the value, which would be clipped otherwise
          input.min = slider.low;
          input.max = slider.high;
          input.step = slider.step;
        }
        input.value = slider.value;
        input.addEventListener("input", () => { tell(slider); later(); });
        const unit = document.createElement("small");
        unit.textContent = slider.unit;
        row.append(input, unit);
        inputs.set(slider.key, { slider, input, output, isMoved: false });
      }
      el("sliders").append(row);
      tell(slider);
    }
  }

  function tell(slider) {
    const row = inputs.get(slider.key);
    if (!row) return;
    const value = slider.choices.length ? "" : Number(row.input.value);
    row.output.textContent = slider.choices.length ? "" : slider.key === "service.target" ? percent(value) : String(value);
  }

  /** What differs from the scenario; a slider that stands where it was says just what the scenario says. */
  function values() {
    const found = {};
    for (const [key, { slider, input }] of inputs) {
      const value = slider.choices.length ? input.value : Number(input.value);
      const first = slider.choices.length ? slider.value : Number(defaults.get(key));
      if (value !== first) found[key] = value;
    }
    return found;
  }
  const defaults = new Map();

  function reset() {
    for (const { slider, input } of inputs.values()) { input.value = slider.value; tell(slider); }
    ask();
  }

  function later() {
    window.clearTimeout(timer);
    timer = window.setTimeout(ask, WAIT_MS);
  }

  async function post(path) {
    const reply = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ values: values() }),
    });
    const isJson = (reply.headers.get("content-type") || "").startsWith("application/json");
    const content = isJson ? await reply.json() : { problems: [await reply.text()] };
    return { isGood: reply.ok, content };
  }

  async function ask() {
    const mine = ++sent;
    try {
      const { isGood, content } = await post("ask");
      if (mine !== sent) return;
      el("trouble").textContent = isGood ? "" : content.problems.join("\n");
      if (!isGood) return;
      number = content.number;
      const newer = early.get(number);
      early.clear();
      show(newer || content);
    } catch {
      el("trouble").textContent = "The server does not answer; is it still running?";
    }
  }

  async function save() {
    const { isGood, content } = await post("save");
    el("saved").textContent = isGood ? `Saved as ${content.path}` : content.problems.join("\n");
  }

  // answers

  function show(answer) {
    shown = answer;
    const real = answer.real;
    const width = (band) => (band.low === null ? Infinity : band.high - band.low);
    // two or three days alone tell less than the estimate
    const isReal = real.count >= answer.days || (real.count >= 2 && width(real) <= width(answer.estimate));
    const found = isReal ? real : answer.estimate;
    el("headline").textContent = found.mean === null ? "No orders in range"
      : `${percent(found.mean)} on time (${percent(clip(found.low))} to ${percent(clip(found.high))})`;
    const verdict = el("verdict");
    const isMet = found.low !== null && found.low >= answer.target;
    const isMissed = found.high !== null && found.high < answer.target;
    verdict.className = isMet ? "good" : isMissed ? "bad" : "";
    const word = isMet ? "meets" : isMissed ? "misses" : "may or may not meet";
    verdict.textContent = `This ${word} the target of ${percent(answer.target)}. ${enough(answer)}`;
    const many = `${real.count} of ${answer.days} real days`;
    el("basis").textContent = isReal
      ? `From ${many}, 95 % interval; the estimate beforehand says ${percent(answer.estimate.mean)} (${percent(answer.estimate.low)} to ${percent(answer.estimate.high)}).`
      : `An estimate with its 95 % band${real.count ? `; ${many} so far, ${percent(real.mean)} on average` : ""}. It goes by outlines of ${answer.days} days` +
        (answer.other_settings ? ` and real days of ${answer.other_settings} other settings.` : ".");
    el("days").textContent = answer.command[0];
    el("size").textContent = answer.command[1];
    drawCurve(answer);
    drawHours(answer);
    drawMap();
  }

  function enough(answer) {
    const { low, mean, high } = answer.enough;
    if (mean === null) return "By the estimate no fleet on the curve meets it.";
    const range = high === null ? `${low} or more` : low === high ? `${low}` : `${low} to ${high}`;
    return `By the estimate about ${mean} drones meet it (${range}).`;
  }

  function frame(svg, { top, ticks, left = 44 }) {
    svg.replaceChildren();
    const y = (share) => 220 - (200 * share) / top;
    for (const tick of ticks) {
      svg.append(draw("line", { class: "axis", x1: left, x2: 410, y1: y(tick), y2: y(tick) }));
      svg.append(draw("text", { x: left - 6, y: y(tick) + 4, "text-anchor": "end" }, `${Math.round(100 * tick)} %`));
    }
    return y;
  }

  function drawCurve(answer) {
    const svg = el("curve");
    const points = answer.curve.filter((point) => point.mean !== null);
    const y = frame(svg, { top: 1, ticks: [0, 0.25, 0.5, 0.75, 1] });
    if (!points.length) return;
    const least = points[0].drones;
    const most = points[points.length - 1].drones;
    const x = (drones) => 54 + (346 * (drones - least)) / Math.max(1, most - least);
    const upper = points.map((point) => `${x(point.drones)},${y(point.high)}`);
    const lower = points.map((point) => `${x(point.drones)},${y(point.low)}`).reverse();
    svg.append(draw("polygon", { class: "band", points: [...upper, ...lower].join(" ") }));
    svg.append(draw("polyline", { class: "curve", points: points.map((p) => `${x(p.drones)},${y(p.mean)}`).join(" ") }));
    svg.append(draw("line", { class: "target", x1: 44, x2: 410, y1: y(answer.target), y2: y(answer.target) }));
    const drones = Number((inputs.get("fleet.drones") || { input: { value: least } }).input.value);
    if (answer.estimate.mean !== null) svg.append(draw("circle", { class: "here", cx: x(drones), cy: y(answer.estimate.mean), r: 5 }));
    if (answer.real.count && answer.real.mean !== null) {
      if (answer.real.low !== null) svg.append(draw("line", { class: "real", x1: x(drones), x2: x(drones), y1: y(Math.max(0, answer.real.low)), y2: y(Math.min(1, answer.real.high)) }));
      svg.append(draw("circle", { class: "real", cx: x(drones), cy: y(answer.real.mean), r: 4 }));
    }
    for (const end of new Set([least, drones, most])) svg.append(draw("text", { x: x(end), y: 240, "text-anchor": "middle" }, String(end)));
    svg.append(draw("text", { x: 227, y: 256, "text-anchor": "middle" }, "drones"));
  }

  function drawHours(answer) {
    const svg = el("hours");
    const hours = Object.keys(answer.late_by_hour).map(Number).sort((a, b) => a - b);
    const shares = [...Object.values(answer.late_by_hour), ...Object.values(answer.real.late_by_hour)];
    const top = Math.max(0.1, Math.ceil(10 * Math.max(0, ...shares)) / 10);
    const y = frame(svg, { top, ticks: [0, top / 2, top] });
    const wide = 360 / Math.max(1, hours.length);
    hours.forEach((hour, place) => {
      const left = 48 + place * wide;
      const late = answer.real.late_by_hour[String(hour)];
      if (late !== undefined) svg.append(draw("rect", { class: "real", x: left + wide * 0.2, width: wide * 0.6, y: y(late), height: Math.max(0, 220 - y(late)) }));
      const guess = answer.late_by_hour[String(hour)];
      svg.append(draw("rect", { class: "guess", x: left + wide * 0.1, width: wide * 0.8, y: y(guess), height: Math.max(0, 220 - y(guess)) }));
      svg.append(draw("text", { x: left + wide / 2, y: 240, "text-anchor": "middle" }, String(hour)));
    });
    svg.append(draw("text", { x: 227, y: 256, "text-anchor": "middle" }, "hour of the day"));
  }

  function drawMap() {
    if (!sites) return;
    const svg = el("map");
    const all = [...sites.takeoff_points, ...sites.airports];
    const xs = all.map((site) => site.x);
    const ys = all.map((site) => site.y);
    const [west, east, south, north] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const scale = Math.min(780 / Math.max(1, east - west), 460 / Math.max(1, north - south));
    const x = (at) => 420 + (at - (west + east) / 2) * scale;
    const y = (at) => 260 - (at - (south + north) / 2) * scale;
    if (!svg.querySelector(".ground")) {
      const ground = draw("g", { class: "ground" });
      const ring = (kind) => (points) => ground.append(draw("polygon", { class: kind, points: points.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join(" ") }));
      sites.buildings.forEach(ring("house"));
      sites.zones.forEach(ring("zone"));
      svg.append(ground, draw("g", { class: "sites" }));
    }
    const late = shown ? shown.real.late_by_airport : {};
    const nodes = [];
    for (const site of sites.airports) {
      const share = late[site.id];
      const told = share === undefined ? site.id : `${site.id}: ${percent(share)} late`;
      const circle = draw("circle", { class: "airport", cx: x(site.x), cy: y(site.y), r: 9 });
      circle.append(draw("title", {}, told));
      nodes.push(circle);
      if (share) nodes.push(draw("circle", { class: "real", cx: x(site.x), cy: y(site.y), r: 8 * Math.sqrt(share) }));
      nodes.push(draw("text", { x: x(site.x) + 12, y: y(site.y) + 4 }, share === undefined ? site.id : `${site.id} ${percent(share, 0)}`));
    }
    for (const site of sites.takeoff_points) {
      nodes.push(draw("rect", { class: "takeoff", x: x(site.x) - 7, y: y(site.y) - 7, width: 14, height: 14 }));
      nodes.push(draw("text", { x: x(site.x) + 11, y: y(site.y) - 6 }, site.id));
    }
    svg.querySelector(".sites").replaceChildren(...nodes);
  }

  function listen() {
    const stream = new EventSource("events");
    stream.addEventListener("message", (event) => {
      const told = JSON.parse(event.data);
      if (told.trouble) el("trouble").textContent = told.trouble;
      else if (told.number === number) show(told);
      else if (told.number > number) early.set(told.number, told);
    });
  }

  makeSliders();
  for (const [key, { input }] of inputs) defaults.set(key, input.value);
  el("reset").addEventListener("click", reset);
  el("save").addEventListener("click", save);
  el("sliders").addEventListener("submit", (event) => event.preventDefault());
  listen();
  ask();
  fetch("map").then((reply) => reply.json()).then((found) => { sites = found; drawMap(); }).catch(() => {
    el("maptold").textContent = "The map could not be read.";
  });
})();
