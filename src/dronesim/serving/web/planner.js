// The planner's page: sliders that ask, an answer that is an estimate first and real days then, and what it draws of it.

/** @typedef {{mean: number | null, low: number | null, high: number | null}} Band */
/** @typedef {Band & {count: number, late_by_hour: Record<string, number>, late_by_airport: Record<string, number>}} RealDays */
/**
 * @typedef {object} Answer
 * @property {number} number
 * @property {string} [trouble] why no real days are run
 * @property {Band} estimate
 * @property {number} target
 * @property {(Band & {drones: number})[]} curve
 * @property {Band} enough
 * @property {Record<string, number>} late_by_hour
 * @property {Record<string, number>} late_by_airport
 * @property {RealDays} real
 * @property {number} days
 * @property {number} other_settings
 * @property {string[]} command
 */
/** @typedef {{key: string, label: string, unit: string, value: any, low: number, high: number, step: number, choices: string[], fixed: string | null}} Slider */
/** @typedef {{slider: Slider, input: HTMLInputElement | HTMLSelectElement, output: HTMLOutputElement}} Row */
/** @typedef {{id: string, x: number, y: number}} Site */
/** @typedef {{takeoff_points: Site[], airports: Site[], zones: number[][][], buildings: number[][][]}} Sites */

const SVG = "http://www.w3.org/2000/svg";
const WAIT_MS = 120;

/** @param {number | null} share @param {number} digits */
const percent = (share, digits = 1) => (share === null ? "no data" : `${(100 * share).toFixed(digits)} %`);

/** @param {number | null} share */
const clip = (share) => (share === null ? null : Math.min(1, Math.max(0, share)));

/** @param {Band} band */
const width = (band) => (band.low === null || band.high === null ? Infinity : band.high - band.low);

/** Whether real days tell more than the estimate: all of them do, and few where they agree. @param {Answer} answer */
const isReal = ({ real, days, estimate }) => real.count >= days || (real.count >= 2 && width(real) <= width(estimate));

/** What stands in large letters, what it means for the target, and what it rests on. @param {Answer} answer */
function told(answer) {
  const { real, estimate, target, days } = answer;
  const found = isReal(answer) ? real : estimate;
  const isMet = found.low !== null && found.low >= target;
  const isMissed = found.high !== null && found.high < target;
  const word = isMet ? "meets" : isMissed ? "misses" : "may or may not meet";
  const many = `${real.count} of ${days} real days`;
  const others = answer.other_settings;
  return {
    headline: found.mean === null ? "No orders in range" : `${percent(found.mean)} on time (${percent(clip(found.low))} to ${percent(clip(found.high))})`,
    kind: isMet ? "good" : isMissed ? "bad" : "",
    verdict: found.mean === null ? "There is nothing to be on time." : `This ${word} the target of ${percent(target)}. ${enough(answer)}`,
    basis: isReal(answer)
      ? `From ${many}, 95 % interval; the estimate beforehand says ${percent(estimate.mean)} (${percent(estimate.low)} to ${percent(estimate.high)}).`
      : `An estimate with its 95 % band${real.count ? `; ${many} so far, ${percent(real.mean)} on average` : ""}. It goes by outlines of ${days} days` +
        (others ? ` and real days of ${others} other setting${others === 1 ? "" : "s"}.` : "."),
  };
}

/** How many drones meet the target. @param {Answer} answer */
function enough({ enough: { low, mean, high } }) {
  if (mean === null) return "By the estimate no fleet on the curve meets it.";
  const range = high === null ? `${low} or more` : low === high ? `${low}` : `${low} to ${high}`;
  return `By the estimate about ${mean} drones meet it (${range}).`;
}

/** @param {string} id @returns {HTMLElement} */
function el(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element ${id}`);
  return found;
}

/** @param {string} name @param {Record<string, string | number>} attributes @param {string} [text] */
function draw(name, attributes, text) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  if (text !== undefined) node.textContent = text;
  return node;
}

function begin() {
  /** @type {{sliders: Slider[]}} */
  const data = JSON.parse(el("data").textContent ?? "");
  let number = 0;
  let sent = 0;
  let timer = 0;
  /** @type {Sites | null} */
  let sites = null;
  /** @type {Answer | null} */
  let shown = null;
  let asking = new AbortController();
  let isAsking = false;
  /** Days of an answer that is still on its way, the last of each number. @type {Map<number, Answer>} */
  const early = new Map();
  /** What inputs say before anybody moves them. @type {Map<string, string>} */
  // sliders

  /** @type {Map<string, Row>} */
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
        const input = slider.choices.length ? choiceOf(slider) : rangeOf(slider);
        input.id = slider.key;
        input.value = String(slider.value);
        input.addEventListener("input", () => { tell(slider); later(); });
        const unit = document.createElement("small");
        unit.textContent = slider.unit;
        row.append(input, unit);
        inputs.set(slider.key, { slider, input, output });
      }
      el("sliders").append(row);
      tell(slider);
    }
  }

  /** @param {Slider} slider */
  function choiceOf(slider) {
    const input = document.createElement("select");
    input.append(...slider.choices.map((choice) => new Option(choice, choice)));
    return input;
  }

  /** @param {Slider} slider */
  function rangeOf(slider) {
    const input = document.createElement("input");
    input.type = "range";
    // before the value, which would be clipped otherwise
    [input.min, input.max, input.step] = [slider.low, slider.high, slider.step].map(String);
    return input;
  }

  /** @param {Slider} slider */
  function tell(slider) {
    const row = inputs.get(slider.key);
    if (!row || slider.choices.length) return;
    const value = Number(row.input.value);
    const text = slider.key === "service.target" ? percent(value) : String(value);
    row.output.textContent = text;
    row.input.setAttribute("aria-valuetext", `${text} ${slider.unit}`);
  }

  /** What differs from the scenario; a slider that stands where it was says just what the scenario says. */
  function values() {
    /** @type {Record<string, string | number>} */
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
    for (const { slider, input } of inputs.values()) { input.value = String(slider.value); tell(slider); }
    ask();
  }

  function later() {
    window.clearTimeout(timer);
    timer = window.setTimeout(ask, WAIT_MS);
  }

  /** @param {string} path @param {AbortSignal} [signal] */
  async function post(path, signal) {
    const reply = await fetch(path, {
      method: "POST",
      signal,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ values: values() }),
    });
    const isJson = (reply.headers.get("content-type") || "").startsWith("application/json");
    const content = isJson ? await reply.json() : { problems: [await reply.text()] };
    return { isGood: reply.ok, content };
  }

  async function ask() {
    const mine = ++sent;
    // an answer that nobody wants any more need not be worked out
    asking.abort();
    asking = new AbortController();
    isAsking = true;
    try {
      const { isGood, content } = await post("ask", asking.signal);
      if (mine !== sent) return;
      el("trouble").textContent = isGood ? content.trouble : content.problems.join("\n");
      if (!isGood) return;
      number = content.number;
      const newer = early.get(number);
      early.clear();
      show(newer || content);
    } catch {
      if (mine === sent) el("trouble").textContent = "The server does not answer; is it still running?";
    } finally {
      if (mine === sent) isAsking = false;
    }
  }

  async function save() {
    try {
      const { isGood, content } = await post("save");
      el("saved").textContent = isGood ? `Saved as ${content.path}` : content.problems.join("\n");
    } catch {
      el("saved").textContent = "Not saved: the server does not answer.";
    }
  }

  // answers

  /** @param {Answer} answer */
  function show(answer) {
    shown = answer;
    const { headline, kind, verdict, basis } = told(answer);
    el("headline").textContent = headline;
    el("verdict").className = kind;
    el("verdict").textContent = verdict;
    el("basis").textContent = basis;
    el("days").textContent = answer.command[0];
    el("size").textContent = answer.command[1];
    drawCurve(answer);
    drawHours(answer);
    drawMap();
  }

  /** Clears a drawing and rules it; gives where a share of up to ``top`` lies. @param {HTMLElement} svg @param {number} top @param {number[]} ticks */
  function frame(svg, top, ticks) {
    svg.replaceChildren();
    const left = 44;
    const y = (/** @type {number} */ share) => 220 - (200 * share) / top;
    for (const tick of ticks) {
      svg.append(draw("line", { class: "axis", x1: left, x2: 410, y1: y(tick), y2: y(tick) }));
      svg.append(draw("text", { x: left - 6, y: y(tick) + 4, "text-anchor": "end" }, `${Math.round(100 * tick)} %`));
    }
    return y;
  }

  /** @param {Answer} answer */
  function drawCurve(answer) {
    const svg = el("curve");
    const points = answer.curve.flatMap(({ drones, mean, low, high }) => (mean === null || low === null || high === null ? [] : [{ drones, mean, low, high }]));
    const y = frame(svg, 1, [0, 0.25, 0.5, 0.75, 1]);
    if (!points.length) return;
    const least = points[0].drones;
    const most = points[points.length - 1].drones;
    const x = (/** @type {number} */ drones) => 54 + (346 * (drones - least)) / Math.max(1, most - least);
    const upper = points.map((point) => `${x(point.drones)},${y(point.high)}`);
    const lower = points.map((point) => `${x(point.drones)},${y(point.low)}`).reverse();
    svg.append(draw("polygon", { class: "band", points: [...upper, ...lower].join(" ") }));
    svg.append(draw("polyline", { class: "curve", points: points.map((p) => `${x(p.drones)},${y(p.mean)}`).join(" ") }));
    svg.append(draw("line", { class: "target", x1: 44, x2: 410, y1: y(answer.target), y2: y(answer.target) }));
    const drones = Number(inputs.get("fleet.drones")?.input.value ?? least);
    if (answer.estimate.mean !== null) svg.append(draw("circle", { class: "here", cx: x(drones), cy: y(answer.estimate.mean), r: 5 }));
    if (answer.real.count && answer.real.mean !== null) {
      if (answer.real.low !== null && answer.real.high !== null) svg.append(draw("line", { class: "real", x1: x(drones), x2: x(drones), y1: y(Math.max(0, answer.real.low)), y2: y(Math.min(1, answer.real.high)) }));
      svg.append(draw("circle", { class: "real", cx: x(drones), cy: y(answer.real.mean), r: 4 }));
    }
    for (const end of new Set([least, drones, most])) svg.append(draw("text", { x: x(end), y: 240, "text-anchor": "middle" }, String(end)));
    svg.append(draw("text", { x: 227, y: 256, "text-anchor": "middle" }, "drones"));
  }

  /** @param {Answer} answer */
  function drawHours(answer) {
    const svg = el("hours");
    const hours = Object.keys(answer.late_by_hour).map(Number).sort((a, b) => a - b);
    const shares = [...Object.values(answer.late_by_hour), ...Object.values(answer.real.late_by_hour)];
    const top = Math.max(0.1, Math.ceil(10 * Math.max(0, ...shares)) / 10);
    const y = frame(svg, top, [0, top / 2, top]);
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
    const x = (/** @type {number} */ at) => 420 + (at - (west + east) / 2) * scale;
    const y = (/** @type {number} */ at) => 260 - (at - (south + north) / 2) * scale;
    if (!svg.querySelector(".ground")) {
      const ground = draw("g", { class: "ground" });
      const ring = (/** @type {string} */ kind) => (/** @type {number[][]} */ points) => ground.append(draw("polygon", { class: kind, points: points.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join(" ") }));
      sites.buildings.forEach(ring("house"));
      sites.zones.forEach(ring("zone"));
      svg.append(ground, draw("g", { class: "sites" }));
    }
    const isRun = Object.keys(shown?.real.late_by_airport ?? {}).length > 0;
    const late = (isRun ? shown?.real : shown)?.late_by_airport ?? {};
    const told = isRun ? "late on real days" : "late by the estimate";
    const nodes = [];
    for (const site of sites.airports) {
      const share = late[site.id];
      const words = share === undefined ? site.id : `${site.id}: ${percent(share)} ${told}`;
      const circle = draw("circle", { class: "airport", cx: x(site.x), cy: y(site.y), r: 9 });
      circle.append(draw("title", {}, words));
      nodes.push(circle);
      if (share) nodes.push(draw("circle", { class: isRun ? "real" : "fill", cx: x(site.x), cy: y(site.y), r: 8 * Math.sqrt(share) }));
      nodes.push(draw("text", { x: x(site.x) + 12, y: y(site.y) + 4 }, share === undefined ? site.id : `${site.id} ${percent(share, 0)}`));
    }
    for (const site of sites.takeoff_points) {
      nodes.push(draw("rect", { class: "takeoff", x: x(site.x) - 7, y: y(site.y) - 7, width: 14, height: 14 }));
      nodes.push(draw("text", { x: x(site.x) + 11, y: y(site.y) - 6 }, site.id));
    }
    svg.querySelector(".sites")?.replaceChildren(...nodes);
  }

  function listen() {
    const stream = new EventSource("events");
    stream.addEventListener("message", (event) => {
      const news = JSON.parse(event.data);
      if (news.trouble) el("trouble").textContent = news.trouble;
      else if (news.number === number) show(news);
      else if (isAsking) early.set(news.number, news);
      else if (news.number > number) el("trouble").textContent = "Another page asks for other days, which run instead; move a slider to have the days of this one.";
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
}

if (typeof document !== "undefined") begin();
