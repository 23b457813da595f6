// Sets the page going: time that passes, controls, keys, figures, what is chosen.

const SPEEDS = [1, 10, 30, 60, 120, 300, 600];
const TEXT_MS = 250;
const SAID_MS = 15000;
const LISTED = 1000;

class Player {
  /** @param {Day} day */
  constructor(day) {
    this.day = day;
    this.time = day.beginS;
    this.speed = 60;
    this.isPlaying = false;
    this.isFollowing = false;
    this.isDirty = true;
    this.textAt = -Infinity;
    this.saidAt = -Infinity;
    this.frames = 0;
    /** When the first frame was painted, milliseconds after the page was asked for. */
    this.firstMs = NaN;
    this.told = "";
    /** @type {Chosen | null} */
    this.chosen = null;
    /** @type {{what: string, place: number, time: number} | null} the late order or the incident that was gone to last */
    this.visited = null;
    this.lateTimes = day.late.map((order) => day.settledS(order));
    /** @type {"light" | "dark" | null} */
    this.scheme = null;
    const act = { choose: (/** @type {Chosen | null} */ chosen) => this.choose(chosen), moved: () => (this.isDirty = true) };
    this.stage = new Stage(day, act);
    this.stories = new Stories(day, { choose: act.choose, jump: (time) => this.jump(time), follow: () => this.follow(true) });
    this.around = new Around(day, act.choose);
    this.strip = new Strip(day, /** @type {HTMLCanvasElement} */ (byId("strip")));
    this.scrub = /** @type {HTMLInputElement} */ (byId("scrub"));
    this.dark = window.matchMedia("(prefers-color-scheme: dark)");
    this.#dress();
    this.#listen();
  }

  start() {
    const asked = new URLSearchParams(location.hash.slice(1));
    this.#resize();
    this.time = Math.max(this.day.worstS - 300, this.day.beginS);
    for (const kind of /** @type {("order" | "drone")[]} */ (["order", "drone"])) {
      if (asked.has(kind)) this.find(`${kind} ${asked.get(kind)}`);
    }
    const at = /^(\d+):(\d+)(?::(\d+))?$/.exec(asked.get("at") ?? "");
    if (at) this.jump(Number(at[1]) * 3600 + Number(at[2]) * 60 + Number(at[3] ?? 0));
    const isStill = window.matchMedia("(prefers-reduced-motion: reduce)").matches || at !== null;
    this.play(!isStill);
    this.last = performance.now();
    requestAnimationFrame((now) => this.#frame(now));
  }

  /** @param {number} now */
  #frame(now) {
    const passed = Math.min((now - (this.last ?? now)) / 1000, 0.25);
    this.last = now;
    if (this.isPlaying) {
      this.time = Math.min(this.time + passed * this.speed, this.day.closedS);
      this.isDirty = true;
      if (this.time >= this.day.closedS) this.play(false);
    }
    if (this.isDirty || this.stage.isMoving) {
      this.isDirty = false;
      this.#paint(now);
    }
    if (this.frames++ === 0) this.firstMs = performance.now();
    requestAnimationFrame((next) => this.#frame(next));
  }

  /** @param {number} now */
  #paint(now) {
    this.stage.paint(this.time, this.isFollowing);
    this.strip.paint(this.time, this.stage.colors);
    if (!this.isPlaying || now - this.textAt > TEXT_MS) this.#write(now);
  }

  /** Writes what the page says in words, a few times a second. @param {number} now */
  #write(now) {
    this.textAt = now;
    const { day, time } = this;
    const figures = day.figures(time);
    byId("clock").textContent = clock(time);
    this.scrub.value = String(Math.round(time));
    this.scrub.setAttribute("aria-valuetext", clock(time));
    const share = figures.share === null ? "–" : `${(100 * figures.share).toFixed(1)} %`;
    byId("share").textContent = share;
    byId("share").classList.toggle("bad", figures.share !== null && figures.share < day.told.service.target);
    byId("of").textContent = `${figures.onTime.toLocaleString("en")} of ${figures.settled.toLocaleString("en")} orders in range that are settled`;
    for (const name of /** @type {const} */ (["aloft", "waiting", "making", "boxed", "placed", "delivered"])) {
      byId(`n-${name}`).textContent = figures[name].toLocaleString("en");
    }
    this.around.write(time, this.chosen !== null);
    if (this.chosen) this.#tell();
    if (!this.isPlaying || now - this.saidAt > SAID_MS) {
      this.saidAt = now;
      byId("said").textContent = `${clock(time)}: ${some(figures.aloft, "drone")} in the air, ${some(figures.waiting, "parcel")} waiting, ${figures.boxed} in boxes, ${share} on time so far.`;
    }
  }

  /** Tells the story of what is chosen: whole when it changes, else its state and what is past. */
  #tell() {
    if (!this.chosen) return;
    const panel = byId("chosen");
    const key = `${this.chosen.kind} ${this.chosen.row}`;
    const story = this.stories.tell(this.chosen, this.time);
    if (this.told === key && !this.#isNews(panel, story)) return;
    const focus = /** @type {HTMLElement | null} */ (document.activeElement);
    const place = focus && panel.contains(focus) ? Array.from(panel.querySelectorAll("button")).indexOf(/** @type {HTMLButtonElement} */ (focus)) : -1;
    const down = panel.scrollTop;
    panel.replaceChildren(story);
    if (this.told === key) panel.scrollTop = down;
    if (place >= 0 && this.told === key) panel.querySelectorAll("button")[place]?.focus({ preventScroll: true });
    this.told = key;
    for (const each of panel.querySelectorAll("[data-follow]")) each.setAttribute("aria-pressed", String(this.isFollowing));
  }

  /** @param {HTMLElement} panel @param {HTMLElement} story */
  #isNews(panel, story) {
    const before = panel.firstElementChild;
    const past = (/** @type {Element | null} */ of) => of?.querySelectorAll(".past").length;
    const isFollowed = panel.querySelector("[data-follow]")?.getAttribute("aria-pressed") ?? "false";
    return before?.textContent !== story.textContent || past(before) !== past(story) || isFollowed !== String(this.isFollowing);
  }

  /** @param {boolean} isPlaying */
  play(isPlaying) {
    if (isPlaying && this.time >= this.day.closedS) this.time = this.day.beginS;
    this.isPlaying = isPlaying;
    byId("play").textContent = isPlaying ? "❚❚" : "▶";
    byId("play").setAttribute("aria-label", isPlaying ? "Pause" : "Play");
    byId("play").setAttribute("aria-pressed", String(isPlaying));
    this.isDirty = true;
  }

  /** @param {number} time */
  jump(time) {
    this.time = Math.min(Math.max(time, this.day.beginS), this.day.closedS);
    this.#refresh();
  }

  /** @param {number} step places in the list of speeds */
  faster(step) {
    const place = SPEEDS.indexOf(this.speed) + step;
    this.speed = SPEEDS[Math.min(Math.max(place, 0), SPEEDS.length - 1)];
    /** @type {HTMLSelectElement} */ (byId("speed")).value = String(this.speed);
  }

  /** @param {Chosen | null} chosen */
  choose(chosen) {
    this.chosen = this.stage.chosen = chosen;
    this.told = "";
    if (!chosen) this.isFollowing = false;
    byId("chosen").hidden = !chosen;
    byId("nothing").hidden = Boolean(chosen);
    byId("chosen").scrollTop = 0;
    this.#refresh();
  }

  /** @param {boolean} isOn */
  follow(isOn) {
    this.isFollowing = isOn && !(this.isFollowing && isOn) && this.chosen !== null;
    if (this.isFollowing && this.stage.camera.scale < 0.3) this.stage.camera.scale = 0.3;
    this.told = "";
    this.#refresh();
  }

  /** Says at once what has changed, and paints it in the next frame. */
  #refresh() {
    this.isDirty = true;
    this.#write(performance.now());
  }

  /** Opens what is asked for: "drone 12", "order 7", a number, or the id of an order or a site. @param {string} text @returns {boolean} */
  find(text) {
    const wanted = text.trim();
    const [, kind, number] = /^(drone|order|d)?\s*(\d+)$/i.exec(wanted) ?? [];
    const ids = this.day.told.orderIds;
    const byName = ids ? ids.indexOf(wanted) : -1;
    const site = this.day.sites.findIndex((each) => each.id.toLowerCase() === wanted.toLowerCase());
    const row = Number(number ?? NaN);
    if (byName >= 0) this.open({ kind: "order", row: byName });
    else if (site >= 0) this.open({ kind: "site", row: site });
    else if (kind && kind.toLowerCase() !== "order" && row < this.day.droneCount) this.open({ kind: "drone", row });
    else if ((!kind || kind.toLowerCase() === "order") && row < this.day.orderCount) this.open({ kind: "order", row });
    else if (/^o\d+$/i.test(wanted) && !ids && Number(wanted.slice(1)) < this.day.orderCount) this.open({ kind: "order", row: Number(wanted.slice(1)) });
    else return false;
    return true;
  }

  /** Chooses something, and goes to an order's time where now it is not under way. @param {Chosen} chosen */
  open(chosen) {
    this.choose(chosen);
    if (chosen.kind !== "order") return;
    const phase = this.day.phase(chosen.row, this.time);
    if (phase === "ahead" || phase === "over") this.jump(firstKnown(this.day.orders.ready[chosen.row], this.day.orders.placed[chosen.row]));
  }

  worst() {
    this.jump(this.day.worstS);
  }

  /** Goes to the late order before or after now. @param {number} step */
  late(step) {
    const place = this.#next("late", this.lateTimes, step);
    if (place >= 0) this.#showLate(place);
  }

  /** @param {number} place among the late orders */
  #showLate(place) {
    this.#visit("late", place, this.lateTimes[place]);
    const order = this.day.late[place];
    /** @type {HTMLSelectElement} */ (byId("late-list")).value = place < LISTED ? String(place) : "";
    this.choose({ kind: "order", row: order });
  }

  /** Goes to the incident before or after now. @param {number} step */
  incident(step) {
    const place = this.#next("incident", this.day.incidents.time, step);
    if (place >= 0) this.#showIncident(place);
  }

  /** @param {number} row */
  #showIncident(row) {
    const { time, order, drone, site } = this.day.incidents;
    this.#visit("incident", row, time[row] + 1);
    /** @type {HTMLSelectElement} */ (byId("incident-list")).value = row < LISTED ? String(row) : "";
    if (!Number.isNaN(order[row])) this.choose({ kind: "order", row: order[row] });
    else if (!Number.isNaN(drone[row])) this.choose({ kind: "drone", row: drone[row] });
    else if (this.day.sites[site[row]]) this.choose({ kind: "site", row: site[row] });
    else this.choose(null);
  }

  /** Jumps to a time, and remembers to what: of several at one moment the next one is wanted then. @param {string} what @param {number} place @param {number} time */
  #visit(what, place, time) {
    this.jump(time);
    this.visited = { what, place, time: this.time };
  }

  /** @param {string} what @param {ArrayLike<number>} times ascending @param {number} step */
  #next(what, times, step) {
    if (!times.length) return -1;
    const { visited } = this;
    const isThere = visited !== null && visited.what === what && visited.time === this.time;
    const place = isThere ? visited.place + step : step > 0 ? upTo(times, this.time) : upTo(times, this.time - 0.001) - 1;
    return (place + times.length) % times.length;
  }

  /** @param {boolean} [isTurned] */
  setScheme(isTurned = false) {
    const now = this.scheme ?? (this.dark.matches ? "dark" : "light");
    if (isTurned) this.scheme = now === "dark" ? "light" : "dark";
    const scheme = this.scheme ?? now;
    document.documentElement.dataset.scheme = scheme;
    this.stage.colors = PALETTES[scheme];
    this.stage.painted = null;
    this.strip.redraw(this.stage.colors);
    this.isDirty = true;
  }

  #resize() {
    this.stage.resize();
    this.setScheme();
  }

  /** Fills lists and the legend. */
  #dress() {
    const { day } = this;
    Object.assign(this.scrub, { min: String(Math.floor(day.beginS)), max: String(Math.ceil(day.closedS)), step: "1" });
    byId("speed").append(...SPEEDS.map((speed) => element("option", { value: String(speed) }, `${speed}×`)));
    /** @type {HTMLSelectElement} */ (byId("speed")).value = String(this.speed);
    const late = day.late;
    const incidents = Array.from(day.incidents.time.keys());
    this.#fill("late-list", `Late orders (${late.length.toLocaleString("en")})`, late.map((order, place) => [place, `${clock(this.lateTimes[place])} order ${order}`]));
    this.#fill("incident-list", `Incidents (${incidents.length.toLocaleString("en")})`, incidents.map((row) => [row, `${clock(day.incidents.time[row])} ${this.stories.incident(row)}`.slice(0, 90)]));
    const top = this.stage.actors.topM;
    byId("heights").append(...HEIGHTS.map((color, place) => {
      const swatch = element("i", {});
      swatch.style.background = color;
      return element("span", {}, swatch, `${Math.round((place * top) / HEIGHTS.length)}`);
    }), "m");
  }

  /** @param {string} id @param {string} title @param {[number, string][]} rows */
  #fill(id, title, rows) {
    const more = rows.length > LISTED ? `, the first ${LISTED.toLocaleString("en")}` : "";
    const options = rows.slice(0, LISTED).map(([row, text]) => element("option", { value: String(row) }, text));
    const list = /** @type {HTMLSelectElement} */ (byId(id));
    list.append(element("option", { value: "" }, title + more), ...options);
    list.disabled = rows.length === 0;
    for (const each of document.querySelectorAll(`[data-of=${id}]`)) /** @type {HTMLButtonElement} */ (each).disabled = rows.length === 0;
  }

  #listen() {
    /** @type {Record<string, () => void>} */
    const presses = {
      play: () => this.play(!this.isPlaying),
      back: () => this.jump(this.time - 60),
      ahead: () => this.jump(this.time + 60),
      worst: () => this.worst(),
      "late-before": () => this.late(-1),
      "late-next": () => this.late(1),
      "incident-before": () => this.incident(-1),
      "incident-next": () => this.incident(1),
      nearer: () => this.stage.zoomBy(1.5),
      farther: () => this.stage.zoomBy(1 / 1.5),
      whole: () => this.whole(),
      scheme: () => this.setScheme(true),
    };
    for (const [id, act] of Object.entries(presses)) byId(id).addEventListener("click", act);
    this.scrub.addEventListener("input", () => this.jump(Number(this.scrub.value)));
    byId("speed").addEventListener("change", (event) => (this.speed = Number(/** @type {HTMLSelectElement} */ (event.target).value)));
    byId("late-list").addEventListener("change", (event) => {
      const list = /** @type {HTMLSelectElement} */ (event.target);
      if (list.value !== "") this.#showLate(Number(list.value));
    });
    byId("incident-list").addEventListener("change", (event) => {
      const list = /** @type {HTMLSelectElement} */ (event.target);
      if (list.value !== "") this.#showIncident(Number(list.value));
    });
    byId("find").addEventListener("submit", (event) => {
      event.preventDefault();
      const isFound = this.find(/** @type {HTMLInputElement} */ (byId("wanted")).value);
      byId("found").textContent = isFound ? "" : "Nothing of that name; try order 12, drone 3 or the id of a site.";
    });
    byId("words").addEventListener("toggle", () => this.#refresh());
    this.dark.addEventListener("change", () => this.setScheme());
    new ResizeObserver(() => this.#resize()).observe(byId("map"));
    document.addEventListener("keydown", (event) => this.#key(event));
  }

  whole() {
    this.isFollowing = false;
    this.told = "";
    this.stage.fit();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const at = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || ["INPUT", "SELECT"].includes(at.tagName)) return;
    const far = event.shiftKey ? 600 : 10;
    const pan = (/** @type {number} */ dx, /** @type {number} */ dy) => {
      this.stage.camera.pan(dx, dy);
      this.isDirty = true;
    };
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => this.jump(this.time - far),
      ArrowRight: () => this.jump(this.time + far),
      Home: () => this.jump(this.day.beginS),
      End: () => this.jump(this.day.closedS),
      "+": () => this.stage.zoomBy(1.5),
      "=": () => this.stage.zoomBy(1.5),
      "-": () => this.stage.zoomBy(1 / 1.5),
      0: () => this.whole(),
      a: () => pan(80, 0),
      d: () => pan(-80, 0),
      s: () => pan(0, -80),
      e: () => pan(0, 80),
      w: () => this.worst(),
      l: () => this.late(1),
      L: () => this.late(-1),
      i: () => this.incident(1),
      I: () => this.incident(-1),
      f: () => this.follow(true),
      t: () => this.setScheme(true),
      "[": () => this.faster(-1),
      "]": () => this.faster(1),
      Escape: () => this.choose(null),
    };
    const isPress = at.tagName === "BUTTON" || at.tagName === "SUMMARY";
    const act = event.key === " " && !isPress ? () => this.play(!this.isPlaying) : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
}

/** @param {number} count @param {string} name @returns {string} */
function some(count, name) {
  return `${count.toLocaleString("en")} ${name}${count === 1 ? "" : "s"}`;
}

async function begin() {
  const day = new Day(await unpacked(byId("day").textContent ?? ""));
  const player = new Player(day);
  player.start();
  Object.assign(window, { replay: player });
  document.documentElement.dataset.ready = "yes";
}

if (typeof document !== "undefined") {
  begin().catch((error) => {
    byId("said").textContent = `This replay can't be shown: ${error}. It needs a browser of 2023 or newer.`;
    byId("said").className = "failed";
    throw error;
  });
}
