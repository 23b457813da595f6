// The day as it was: who was where at a time, what waited, and the key figures so far, all from the same columns.

/** @typedef {{x: number, y: number, z: number, heading: number, climb: number}} Place */
/**
 * @typedef {object} DroneNow
 * @property {"flying" | "pad" | "stand" | "gone" | "unused"} state
 * @property {number} leg the leg it flies or has flown last, -1 for none
 * @property {number} site where it stands, -1 in the air
 * @property {number} order whose parcel it has, -1 for none
 * @property {Place} place
 */
/** @typedef {"ahead" | "kitchen" | "courier" | "waiting" | "loading" | "flying" | "unloading" | "box" | "over"} Phase */

/**
 * Counts values up to and including one, in an array that ascends.
 * @param {ArrayLike<number>} sorted
 * @param {number} value
 */
function upTo(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Counts what runs at a time, from its first moment until before its last. */
class Running {
  /** @param {number[]} from @param {number[]} to */
  constructor(from, to) {
    this.from = Float64Array.from(from).sort();
    this.to = Float64Array.from(to).sort();
  }

  /** @param {number} time */
  at(time) {
    return upTo(this.from, time) - upTo(this.to, time);
  }

  /** The time from which on most run. */
  mostAt() {
    let best = -1;
    let when = this.from.length ? this.from[0] : 0;
    for (const time of this.from) {
      const count = this.at(time);
      if (count > best) [best, when] = [count, time];
    }
    return when;
  }
}

/**
 * Lists rows by a key, in their order; rows without one are left out.
 * @param {ArrayLike<number>} keys
 * @returns {Map<number, number[]>}
 */
function rowsBy(keys) {
  /** @type {Map<number, number[]>} */
  const found = new Map();
  for (let row = 0; row < keys.length; row++) {
    if (Number.isNaN(keys[row])) continue;
    const rows = found.get(keys[row]);
    if (rows) rows.push(row);
    else found.set(keys[row], [row]);
  }
  return found;
}

/** The first of some times that is known. @param {...number} times */
function firstKnown(...times) {
  return times.find((time) => !Number.isNaN(time)) ?? NaN;
}

class Day {
  // what is counted at any time
  making = new Running([], []);
  waiting = new Running([], []);
  notGone = new Running([], []);
  boxed = new Running([], []);
  aloft = new Running([], []);
  /** @type {Running[]} by site */
  makingAt = [];
  /** @type {Running[]} by site */
  waitingAt = [];
  /** @type {Map<string, Running>} by resource and site */
  heldAt = new Map();
  /** @type {Map<string, number[]>} by resource, site and unit */
  staysOfUnit = new Map();
  placed = new Float64Array(0);
  delivered = new Float64Array(0);
  settled = new Float64Array(0);
  onTime = new Float64Array(0);
  /** @type {number[]} orders in range that were not on time, by when that was known */
  late = [];
  worstS = 0;

  /** @param {Unpacked} unpacked */
  constructor({ told, columns }) {
    this.told = told;
    this.columns = columns;
    this.legs = part(columns, "legs");
    this.corners = part(columns, "corners");
    this.orders = part(columns, "orders");
    this.stays = part(columns, "stays");
    this.waits = part(columns, "waits");
    this.incidents = part(columns, "incidents");
    this.scans = part(columns, "scans");
    this.orderCount = this.orders.placed.length;
    this.legCount = this.legs.departed.length;
    /** @type {any[]} */
    this.sites = told.sites;
    this.beginS = told.horizon.start;
    this.closedS = told.horizon.closed;
    this.firstCorner = new Int32Array(this.legCount + 1);
    for (let leg = 0; leg < this.legCount; leg++) {
      this.firstCorner[leg + 1] = this.firstCorner[leg] + this.corners.count[leg];
    }
    this.legsOf = rowsBy(this.legs.drone);
    for (const [drone, legs] of this.legsOf) {
      const flown = legs.filter((leg) => this.corners.count[leg] > 0);
      flown.sort((a, b) => this.legs.departed[a] - this.legs.departed[b]);
      this.legsOf.set(drone, flown);
    }
    this.droneCount = Math.max(told.drones, ...Array.from(this.legsOf.keys(), (drone) => drone + 1));
    /** @type {number[]} where each drone stood at first: they are numbered from one take-off point to the next */
    this.homes = told.sites.flatMap((/** @type {any} */ site, /** @type {number} */ row) => Array(site.drones).fill(row));
    this.waitsOf = rowsBy(this.waits.order);
    this.scansOf = rowsBy(this.scans.order);
    this.ordersFrom = rowsBy(this.orders.takeoffPoint);
    this.ordersTo = rowsBy(this.orders.airport);
    this.legsOfOrder = rowsBy(this.legs.order);
    this.#listStays();
    this.#count();
  }

  /** Sorts what is held by resource and site, and what is held one by one by its unit. */
  #listStays() {
    /** @type {Map<string, number[]>} */
    const staysAt = new Map();
    const { resource, site, unit } = this.stays;
    for (let row = 0; row < resource.length; row++) {
      const key = `${this.told.resources[resource[row]]} ${site[row]}`;
      push(staysAt, key, row);
      if (!Number.isNaN(unit[row])) push(this.staysOfUnit, `${key} ${unit[row]}`, row);
    }
    for (const [key, rows] of staysAt) {
      const from = rows.map((row) => this.stays.from[row]);
      this.heldAt.set(key, new Running(from, rows.map((row) => this.stayEnd(row))));
    }
  }

  /** Prepares what is counted at any time. */
  #count() {
    const orders = this.orders;
    const rows = Array.from({ length: this.orderCount }, (_, order) => order);
    /** @param {(order: number) => number} from @param {(order: number) => number} to @param {number[]} of */
    const running = (from, to, of = rows) => {
      const some = of.filter((order) => to(order) > from(order));
      return new Running(some.map(from), some.map(to));
    };
    const over = (/** @type {number} */ order) => this.over(order);
    const loading = (/** @type {number} */ order) => firstKnown(orders.loading[order], over(order));
    const ready = (/** @type {number} */ order) => firstKnown(orders.ready[order], over(order));
    const taken = (/** @type {number} */ order) => firstKnown(orders.departed[order], over(order));
    const placed = (/** @type {number} */ order) => orders.placed[order];
    this.making = running(placed, (order) => Math.min(ready(order), over(order)));
    this.waiting = running(ready, loading);
    this.notGone = running(ready, taken);
    this.boxed = running((order) => orders.delivered[order], over);
    this.makingAt = this.#perSite(this.ordersFrom, (of) =>
      running(placed, (order) => Math.min(ready(order), over(order)), of),
    );
    this.waitingAt = this.#perSite(this.ordersFrom, (of) => running(ready, loading, of));
    const flown = Array.from({ length: this.legCount }, (_, leg) => leg).filter((leg) => this.corners.count[leg] > 0);
    this.aloft = new Running(
      flown.map((leg) => this.legs.departed[leg]),
      flown.map((leg) => this.legEnd(leg)),
    );
    this.placed = Float64Array.from(orders.placed).sort();
    this.delivered = known(orders.delivered);
    this.settled = Float64Array.from(rows.filter((order) => orders.isInRange[order]), (order) => this.settledS(order)).sort();
    const onTime = rows.filter((order) => orders.isOnTime[order]);
    this.onTime = Float64Array.from(onTime, (order) => orders.delivered[order]).sort();
    this.late = rows.filter((order) => orders.isInRange[order] && !orders.isOnTime[order]);
    this.late.sort((a, b) => this.settledS(a) - this.settledS(b));
    this.worstS = this.notGone.from.length ? this.notGone.mostAt() : this.beginS;
  }

  /**
   * @param {Map<number, number[]>} rows
   * @param {(rows: number[]) => Running} count
   */
  #perSite(rows, count) {
    return this.sites.map((_, site) => count(rows.get(site) ?? []));
  }

  /** When the way of an order was over. @param {number} order */
  over(order) {
    return firstKnown(this.orders.ended[order], this.closedS);
  }

  /** When it is known whether an order is on time: it is there, or its time or its way is over. @param {number} order */
  settledS(order) {
    if (this.orders.isOnTime[order]) return this.orders.delivered[order];
    const clock = this.orders[this.told.service.clock][order];
    const due = Number.isNaN(clock) ? Infinity : clock + this.told.service.limit_s;
    return Math.min(due, this.over(order), this.closedS);
  }

  /** @param {number} leg */
  legEnd(leg) {
    return this.legs.departed[leg] + this.corners.t[this.firstCorner[leg + 1] - 1];
  }

  /**
   * Where a leg was at a time, on the straight way between the corners before and after it.
   * @param {number} leg
   * @param {number} time
   * @param {Place} place filled and given back
   */
  along(leg, time, place) {
    const { t, x, y, z } = this.corners;
    const first = this.firstCorner[leg];
    const last = this.firstCorner[leg + 1] - 1;
    const since = time - this.legs.departed[leg];
    let low = first;
    let high = last;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (t[middle] <= since) low = middle;
      else high = middle - 1;
    }
    const next = Math.min(low + 1, last);
    const lasts = t[next] - t[low];
    const share = lasts > 0 ? Math.min(Math.max((since - t[low]) / lasts, 0), 1) : 0;
    place.x = x[low] + share * (x[next] - x[low]);
    place.y = y[low] + share * (y[next] - y[low]);
    place.z = z[low] + share * (z[next] - z[low]);
    place.climb = lasts > 0 ? (z[next] - z[low]) / lasts : 0;
    place.heading = this.#heading(low, first, last);
    return place;
  }

  /** The way a drone faces, radians from the east: of the way it flies, or flies next, or has flown. @param {number} corner @param {number} first @param {number} last */
  #heading(corner, first, last) {
    const { x, y } = this.corners;
    for (let after = corner; after < last; after++) {
      const [east, north] = [x[after + 1] - x[after], y[after + 1] - y[after]];
      if (Math.abs(east) + Math.abs(north) > 1) return Math.atan2(north, east);
    }
    for (let before = Math.min(corner, last - 1); before >= first; before--) {
      const [east, north] = [x[before + 1] - x[before], y[before + 1] - y[before]];
      if (Math.abs(east) + Math.abs(north) > 1) return Math.atan2(north, east);
    }
    return Math.PI / 2;
  }

  /** The last leg of a drone that has begun, by its place among its legs; -1 for none. @param {number} drone @param {number} time */
  legBefore(drone, time) {
    const legs = this.legsOf.get(drone) ?? [];
    let low = 0;
    let high = legs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.legs.departed[legs[middle]] <= time) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /**
   * @param {number} drone
   * @param {number} time
   * @param {DroneNow} now filled and given back
   */
  drone(drone, time, now) {
    const legs = this.legsOf.get(drone) ?? [];
    const place = this.legBefore(drone, time);
    const next = legs[place + 1] ?? -1;
    now.leg = place < 0 ? -1 : legs[place];
    now.order = -1;
    if (place < 0) return this.#atSite(now, next < 0 ? (this.homes[drone] ?? -1) : this.legs.from[next], next, time);
    if (time < this.legEnd(now.leg)) {
      this.along(now.leg, time, now.place);
      now.state = "flying";
      now.site = -1;
      const order = this.legs.order[now.leg];
      const has = !Number.isNaN(order) && this.told.legKinds[this.legs.kind[now.leg]] !== "return";
      now.order = has ? order : -1;
      return now;
    }
    if (this.told.legOutcomes[this.legs.outcome[now.leg]] !== "landed" && next < 0) {
      this.along(now.leg, Infinity, now.place);
      now.state = "gone";
      now.site = -1;
      return now;
    }
    const landed = this.legs.order[now.leg];
    if (!Number.isNaN(landed) && time < this.orders.delivered[landed]) now.order = landed;
    return this.#atSite(now, this.legs.to[now.leg], next, time);
  }

  /** Puts a drone on the pad or the stand of a site. @param {DroneNow} now @param {number} site @param {number} next @param {number} time */
  #atSite(now, site, next, time) {
    const stands = this.sites[site];
    now.site = stands ? site : -1;
    now.state = stands ? "stand" : "unused";
    if (!stands) return now;
    Object.assign(now.place, { x: stands.x, y: stands.y, z: 0, climb: 0 });
    const order = next < 0 ? NaN : this.legs.order[next];
    const isLoading = !Number.isNaN(order) && this.orders.loading[order] <= time;
    if (isLoading && this.orders.loaded[order] <= time) now.order = order;
    if (stands.kind === "airport" || isLoading) now.state = "pad";
    return now;
  }

  /** @param {number} order @param {number} time @returns {Phase} */
  phase(order, time) {
    const { placed, prepared, ready, loading, departed, landed, delivered, ended } = this.orders;
    if (!(placed[order] <= time)) return "ahead";
    if (ended[order] <= time) return "over";
    if (delivered[order] <= time) return "box";
    if (landed[order] <= time) return "unloading";
    if (departed[order] <= time) return "flying";
    if (loading[order] <= time) return "loading";
    if (ready[order] <= time) return "waiting";
    return prepared[order] <= time ? "courier" : "kitchen";
  }

  /** The stay of a unit that runs at a time, -1 for none. @param {string} resource @param {number} site @param {number} unit @param {number} time */
  stayOf(resource, site, unit, time) {
    const rows = this.staysOfUnit.get(`${resource} ${site} ${unit}`);
    if (!rows) return -1;
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.stays.from[rows[middle]] <= time) low = middle + 1;
      else high = middle;
    }
    const row = low ? rows[low - 1] : -1;
    return row >= 0 && time < this.stayEnd(row) ? row : -1;
  }

  /** When a stay is over, with the day at the latest: its steps are wider. @param {number} row */
  stayEnd(row) {
    return Math.min(this.stays.from[row] + this.stays.lasts[row], this.closedS);
  }

  /** How many of a resource are held at a site. @param {string} resource @param {number} site @param {number} time */
  held(resource, site, time) {
    return this.heldAt.get(`${resource} ${site}`)?.at(time) ?? 0;
  }

  /** The key figures of the day up to a time. @param {number} time */
  figures(time) {
    const settled = upTo(this.settled, time);
    const onTime = upTo(this.onTime, time);
    return {
      placed: upTo(this.placed, time),
      delivered: upTo(this.delivered, time),
      settled,
      onTime,
      share: settled ? onTime / settled : null,
      aloft: this.aloft.at(time),
      waiting: this.waiting.at(time),
      making: this.making.at(time),
      boxed: this.boxed.at(time),
    };
  }

  /** What is out or shut at a time. @param {number} time @returns {any[]} */
  spells(time) {
    return this.told.spells.filter((/** @type {any} */ spell) => spell.fromS <= time && time < spell.toS);
  }

  /** @param {any} zone @param {number} time */
  isInForce(zone, time) {
    return (zone.fromS ?? -Infinity) <= time && time < (zone.toS ?? Infinity);
  }

  /** The wind at a time. @param {number} time @returns {any} */
  wind(time) {
    return this.told.winds.findLast((/** @type {any} */ row) => row.fromS <= time) ?? this.told.winds[0];
  }

  /** The name of an order, as its planner knows it. @param {number} order @returns {string} */
  orderId(order) {
    return this.told.orderIds ? (this.told.orderIds[order] ?? "") : `o${order}`;
  }
}

/**
 * The columns of a table by their own names.
 * @param {Record<string, Float64Array>} columns
 * @param {string} table
 */
function part(columns, table) {
  /** @type {Record<string, Float64Array>} */
  const found = {};
  for (const name of Object.keys(columns)) {
    if (name.startsWith(`${table}.`)) found[name.slice(table.length + 1)] = columns[name];
  }
  return found;
}

/** @param {Float64Array} times */
function known(times) {
  return times.filter((time) => !Number.isNaN(time)).sort();
}

/** @param {Map<string, number[]>} rows @param {string} key @param {number} row */
function push(rows, key, row) {
  const known = rows.get(key);
  if (known) known.push(row);
  else rows.set(key, [row]);
}

/** A drone whose state is to be filled in. @returns {DroneNow} */
function anyDrone() {
  return { state: "unused", leg: -1, site: -1, order: -1, place: { x: 0, y: 0, z: 0, heading: Math.PI / 2, climb: 0 } };
}
