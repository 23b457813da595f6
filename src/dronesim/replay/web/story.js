// What is told of one thing: the way of an order with its waits named, the day of a drone, a site as it is now.

/** @typedef {{kind: "order" | "drone" | "site", row: number}} Chosen */
/** @typedef {{at: number, text: string, kind: "milestone" | "wait" | "stage" | "trouble"}} Line */

/**
 * Makes an element; its texts are texts, whatever stands in them.
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} content
 * @returns {HTMLElement}
 */
function element(tag, attributes, ...content) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...content);
  return made;
}

/** Makes a button that does something. @param {string} text @param {() => void} act @param {Record<string, string>} [attributes] */
function button(text, act, attributes = {}) {
  const made = element("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", act);
  return made;
}

class Stories {
  /** @type {Map<number, number> | null} the place of each delivered order among them */
  codeRows = null;
  /** @type {Uint8Array | null} */
  signatures = null;

  /** @param {Day} day @param {{choose: (chosen: Chosen | null) => void, jump: (time: number) => void, follow: () => void}} act */
  constructor(day, act) {
    this.day = day;
    this.act = act;
  }

  /** @param {Chosen} chosen @param {number} time @returns {HTMLElement} */
  tell(chosen, time) {
    const told = { order: () => this.#order(chosen.row, time), drone: () => this.#drone(chosen.row, time), site: () => this.#site(chosen.row, time) };
    return told[chosen.kind]();
  }

  /** What an order does at a time, in words. @param {number} order @param {number} time @returns {string} */
  doing(order, time) {
    const { orders, told } = this.day;
    const phase = this.day.phase(order, time);
    const end = told.endStates[orders.state[order]];
    const words = {
      ahead: "not placed yet",
      kitchen: "in the kitchen",
      courier: "with a courier",
      waiting: this.waitAt(order, time) ?? "ready, waiting",
      loading: this.waitAt(order, time) ?? "being loaded",
      flying: "in the air",
      unloading: "being unloaded",
      box: "in its box",
      over: `${told.stateWords[end] ?? end}${this.#why(order)}`,
    };
    return words[phase];
  }

  /** @param {number} order */
  #why(order) {
    const reason = this.day.told.reasons[this.day.orders.reason[order]];
    return reason ? `: ${this.day.told.refusalWords[reason] ?? reason.replaceAll("_", " ")}` : "";
  }

  /** What an order waits for at a time. @param {number} order @param {number} time @returns {string | null} */
  waitAt(order, time) {
    const { from, lasts, reason } = this.day.waits;
    const row = (this.day.waitsOf.get(order) ?? []).find((wait) => from[wait] <= time && time < from[wait] + lasts[wait]);
    return row === undefined ? null : this.day.told.waitWords[reason[row]];
  }

  /** The story of an order, line by line in the order of time. @param {number} order @returns {Line[]} */
  lines(order) {
    const { orders, waits, told, sites, incidents, scans } = this.day;
    const site = (/** @type {number} */ row) => sites[row]?.id ?? "";
    const leg = (this.day.legsOfOrder.get(order) ?? [])[0];
    const [home, airport] = [site(orders.takeoffPoint[order]), site(orders.airport[order])];
    const drone = Number.isNaN(orders.drone[order]) ? "" : ` on drone ${orders.drone[order]}`;
    /** @type {[string, string][]} */
    const milestones = [
      ["placed", `placed at ${told.merchants[orders.merchant[order]] ?? "a merchant"}, from ${told.communities[orders.community[order]] ?? "a customer"}`],
      ["prepared", "prepared by the kitchen"],
      ["ready", `ready at ${home}: walked there and boxed`],
      ["assigned", `assigned${drone.replace(" on", " to")}`],
      ["loading", `loading begins${drone}`],
      ["loaded", "loaded"],
      ["departed", `takes off${leg === undefined ? "" : ` for ${site(this.day.legs.to[leg])}`}`],
      ["arrived", `arrives over ${airport}`],
      ["landed", "lands"],
      ["delivered", `delivered into box ${orders.box[order]} of ${airport}; its code is issued`],
      ["collected", "collected"],
    ];
    /** @type {Line[]} */
    const lines = milestones
      .filter(([name]) => !Number.isNaN(orders[name][order]))
      .map(([name, text]) => ({ at: orders[name][order], text, kind: "milestone" }));
    for (const row of this.day.waitsOf.get(order) ?? []) {
      if (waits.lasts[row] > 0) lines.push({ at: waits.from[row], text: `${told.waitWords[waits.reason[row]]}, ${lasting(waits.lasts[row])}`, kind: "wait" });
    }
    incidents.order.forEach((of, row) => {
      if (of === order) lines.push({ at: incidents.time[row], text: this.incident(row), kind: "trouble" });
    });
    for (const row of this.day.scansOf.get(order) ?? []) {
      lines.push({ at: scans.time[row], text: `a scan is refused: ${told.verdicts[scans.verdict[row]]} code`, kind: "trouble" });
    }
    const end = told.endStates[orders.state[order]];
    if (end !== "collected" && !Number.isNaN(orders.ended[order])) {
      lines.push({ at: orders.ended[order], text: `${told.stateWords[end] ?? end}${this.#why(order)}`, kind: "trouble" });
    }
    // of one moment what has happened comes before what is waited for then
    const rank = { milestone: 0, stage: 0, trouble: 1, wait: 2 };
    return lines.sort((a, b) => a.at - b.at || rank[a.kind] - rank[b.kind]);
  }

  /** @param {number} row @returns {string} */
  incident(row) {
    const { incidents, told, sites } = this.day;
    const kind = told.kinds[incidents.kind[row]].replaceAll("_", " ");
    const site = sites[incidents.site[row]]?.id;
    const action = told.actions[incidents.action[row]] ?? "";
    if (Number.isNaN(incidents.drone[row])) return `${kind}${site ? ` at ${site}` : ""}: ${action}`;
    return `${kind}, drone ${incidents.drone[row]}${site ? ` on its sortie to ${site}` : ""}: ${action}`;
  }

  /** @param {string} title @param {string} status @param {...Node} parts */
  #frame(title, status, ...parts) {
    const close = button("×", () => this.act.choose(null), { class: "close", "aria-label": "Close" });
    const head = element("div", { class: "head" }, element("h2", {}, title), close);
    return element("div", { class: "story" }, head, element("p", { class: "status" }, status), ...parts);
  }

  /** @param {[string, string][]} pairs */
  #facts(pairs) {
    const list = element("dl", { class: "facts" });
    for (const [name, value] of pairs) list.append(element("dt", {}, name), element("dd", {}, value));
    return list;
  }

  /** Lines one below the other, each with a button that goes to its time. @param {Line[]} lines @param {number} time */
  #timeline(lines, time) {
    const list = element("ol", { class: "timeline" });
    for (const line of lines) {
      const when = button(clock(line.at), () => this.act.jump(line.at), { class: "when" });
      list.append(element("li", { class: `${line.kind}${line.at <= time ? " past" : ""}` }, when, element("span", {}, line.text)));
    }
    return list;
  }

  /** @param {number} order @param {number} time */
  #order(order, time) {
    const { orders, told, sites } = this.day;
    const since = orders.delivered[order] - orders.placed[order];
    const drone = orders.drone[order];
    const buttons = element("div", { class: "buttons" }, button("Follow", () => this.act.follow(), { "data-follow": "" }));
    if (!Number.isNaN(drone)) buttons.append(button(`Drone ${drone}`, () => this.act.choose({ kind: "drone", row: drone })));
    buttons.append(button("From its beginning", () => this.act.jump(orders.placed[order])));
    const list = this.#timeline(this.lines(order), time);
    return this.#frame(
      `Order ${order} (${this.day.orderId(order)})`,
      this.doing(order, time),
      buttons,
      this.#facts([
        ["Verdict", this.#verdict(order)],
        ["To the door", Number.isNaN(since) ? "not delivered" : lasting(since)],
        ["From, to", `${sites[orders.takeoffPoint[order]]?.id ?? "?"} to ${sites[orders.airport[order]]?.id ?? "?"}, ${Math.round(orders.distance[order])} m`],
        ["Parcel", `${orders.mass[order].toFixed(2)} kg`],
      ]),
      list,
      this.#code(order, time),
    );
  }

  /** @param {number} order @returns {string} */
  #verdict(order) {
    const { orders, told } = this.day;
    if (!orders.isInRange[order]) return "out of range, does not count";
    if (orders.isOnTime[order]) return "on time";
    const late = orders.delivered[order] - orders[told.service.clock][order] - told.service.limit_s;
    return Number.isNaN(late) ? "missed: not brought by a drone" : `late by ${lasting(late)}`;
  }

  /** The pickup code of an order that was delivered. @param {number} order @param {number} time */
  #code(order, time) {
    const { orders, told } = this.day;
    const token = this.token(order);
    const box = element("div", { class: "code" }, element("h3", {}, "Pickup code"));
    if (Number.isNaN(orders.delivered[order])) box.append(element("p", {}, "No code: it was not delivered to a box."));
    else if (orders.delivered[order] > time) box.append(element("p", {}, `Issued on delivery, at ${clock(orders.delivered[order])}.`));
    else if (token === null) box.append(element("p", {}, told.codes.note));
    else box.append(qrPicture(token), element("code", {}, token), element("p", { class: "note" }, told.codes.note));
    return box;
  }

  /** The token that the cabinet checked, null where it is not told. @param {number} order @returns {string | null} */
  token(order) {
    const { orders, told, columns } = this.day;
    if (!told.codes.signatures || Number.isNaN(orders.delivered[order])) return null;
    this.codeRows ??= new Map(
      Array.from(orders.delivered, (_, row) => row)
        .filter((row) => !Number.isNaN(orders.delivered[row]))
        .map((row, place) => [row, place]),
    );
    this.signatures ??= fromBase64(told.codes.signatures);
    const place = /** @type {number} */ (this.codeRows.get(order));
    const expiresMs = Math.round(orders.delivered[order] * 10) * 100 + told.codes.holdMs + columns["codes.beyondMs"][place];
    const bytes = Array.from(this.signatures.subarray(16 * place, 16 * place + 16));
    const signature = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const airports = this.day.sites.filter((site) => site.kind === "airport");
    const airport = airports.indexOf(this.day.sites[orders.airport[order]]);
    return `${order}.${airport}.${orders.box[order]}.${expiresMs}.${signature}`;
  }

  /** @param {number} drone @param {number} time */
  #drone(drone, time) {
    const { legs, told, sites } = this.day;
    const now = this.day.drone(drone, time, anyDrone());
    const order = now.order;
    const site = sites[now.site]?.id;
    const flying = () => `${told.legKinds[legs.kind[now.leg]]} to ${sites[legs.to[now.leg]]?.id ?? "somewhere"}, ${Math.round(now.place.z)} m high`;
    const words = {
      flying: () => `in the air: ${flying()}`,
      pad: () => `on a pad at ${site}`,
      stand: () => `stands at ${site}`,
      gone: () => "out of service: it came down or was lost",
      unused: () => "has not flown",
    };
    const mine = this.day.legsOf.get(drone) ?? [];
    const buttons = element("div", { class: "buttons" }, button("Follow", () => this.act.follow(), { "data-follow": "" }));
    if (order >= 0) buttons.append(button(`Order ${order}`, () => this.act.choose({ kind: "order", row: order })));
    /** @type {Line[]} */
    const lines = [];
    for (const leg of mine) {
      const parcel = Number.isNaN(legs.order[leg]) ? "" : `, order ${legs.order[leg]}`;
      const ended = told.legOutcomes[legs.outcome[leg]];
      const held = legs.hold[leg] > 0 ? `, held ${lasting(legs.hold[leg])}` : "";
      const text = `${told.legKinds[legs.kind[leg]]} ${sites[legs.from[leg]]?.id ?? "in the air"} to ${sites[legs.to[leg]]?.id ?? "?"}${parcel}${held}${ended === "landed" ? "" : `: ${ended}`}`;
      lines.push({ at: legs.departed[leg], text, kind: "milestone" });
    }
    this.day.incidents.drone.forEach((of, row) => {
      if (of === drone) lines.push({ at: this.day.incidents.time[row], text: this.incident(row), kind: "trouble" });
    });
    lines.sort((a, b) => a.at - b.at);
    const charge = now.leg < 0 ? NaN : now.state === "flying" ? legs.chargeStart[now.leg] : legs.chargeEnd[now.leg];
    return this.#frame(
      `Drone ${drone}`,
      words[now.state](),
      buttons,
      this.#facts([
        ["Flights of the day", String(mine.length)],
        [now.state === "flying" ? "Charge at take-off" : "Charge when it landed", Number.isNaN(charge) ? "not known" : `${Math.round(100 * charge)} %`],
      ]),
      this.#timeline(lines, time),
    );
  }

  /** @param {number} row @param {number} time */
  #site(row, time) {
    const site = this.day.sites[row];
    const isAirport = site.kind === "airport";
    const held = (/** @type {string} */ name, /** @type {number} */ of) => `${this.day.held(name, row, time)} of ${of}`;
    /** @type {[string, string][]} */
    const facts = [["Pads held", held("pad", site.pads)]];
    if (isAirport) facts.push(["Boxes held", held("box", site.boxes)], ["Unloaders busy", held("unloader", site.unloaders)]);
    else {
      facts.push(
        ["Parcels waiting", String(this.day.waitingAt[row].at(time))],
        ["In kitchens and with couriers", String(this.day.makingAt[row].at(time))],
        ["Couriers out", held("courier", site.couriers)],
        ["Loaders busy", held("loader", site.loaders)],
        ["Packs charging", held("charger", site.chargers)],
      );
    }
    const standing = Array.from({ length: this.day.droneCount }, (_, drone) => this.day.drone(drone, time, anyDrone()));
    facts.push(["Drones on the ground", String(standing.filter((drone) => drone.site === row).length)]);
    for (const spell of this.day.spells(time)) if (spell.name === site.id) facts.push(["Now", spell.words]);
    const waits = new Map();
    for (const order of isAirport ? [] : (this.day.ordersFrom.get(row) ?? [])) {
      const reason = this.day.phase(order, time) === "waiting" ? (this.waitAt(order, time) ?? "waiting") : null;
      if (reason) waits.set(reason, (waits.get(reason) ?? 0) + 1);
    }
    for (const [reason, count] of waits) facts.push([`… ${reason}`, String(count)]);
    const present = (isAirport ? this.day.ordersTo : this.day.ordersFrom).get(row) ?? [];
    const phases = isAirport ? ["unloading", "box"] : ["waiting", "loading"];
    const here = present.filter((order) => phases.includes(this.day.phase(order, time))).slice(0, 60);
    const list = element("ol", { class: "timeline" });
    for (const order of here) {
      const open = button(`Order ${order}`, () => this.act.choose({ kind: "order", row: order }), { class: "when" });
      list.append(element("li", { class: "milestone past" }, open, element("span", {}, this.doing(order, time))));
    }
    return this.#frame(`${isAirport ? "Airport" : "Take-off point"} ${site.id}`, here.length ? "" : "no parcel here now", this.#facts(facts), list);
  }
}

/** @param {string} token @returns {HTMLCanvasElement} */
function qrPicture(token) {
  const dark = qrCode(token);
  const canvas = /** @type {HTMLCanvasElement} */ (element("canvas", { class: "qr", role: "img", "aria-label": "Pickup code as a QR code" }));
  const [dots, quiet] = [6, 4];
  canvas.width = canvas.height = (dark.length + 2 * quiet) * dots;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#000";
  dark.forEach((line, row) => line.forEach((isDark, column) => {
    if (isDark) pen.fillRect((column + quiet) * dots, (row + quiet) * dots, dots, dots);
  }));
  return canvas;
}
