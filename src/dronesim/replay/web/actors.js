// Paints who moves and what fills: drones, trails, parcels, couriers, pads, cabinets, queues, trouble.

/** Colours of heights from the ground up, told apart in both schemes. */
const HEIGHTS = ["#e8a317", "#7fb23a", "#1fa088", "#2277c9", "#6a4bd0", "#b02f9b"];
const TRAIL_S = 50;
const TRAIL_STEPS = 5;
/** Trouble shows as a ring for so many seconds of the day. */
const RING_S = 90;
const QUEUE_SHOWN = 20;
/** Pixels a metre below which sites are marks without details. */
const FAR = 0.06;

class Actors {
  /** @param {Day} day */
  constructor(day) {
    this.day = day;
    this.drones = Array.from({ length: day.droneCount }, anyDrone);
    this.topM = Math.max(40, ...Array.from(new Set(day.legs.level)).filter((level) => !Number.isNaN(level)));
    /** @type {Place} */
    this.spare = anyDrone().place;
    this.trips = this.#tripsOnFoot();
    this.cabinetSizes = day.sites.map((site) => Math.ceil(Math.sqrt(site.boxes * 1.8)) || 1);
  }

  /** The rows of couriers and riders who are out, ordered by their beginning. */
  #tripsOnFoot() {
    const { resource, from, lasts } = this.day.stays;
    /** @type {number[]} */
    const rows = [];
    for (let row = 0; row < resource.length; row++) {
      if (["courier", "rider"].includes(this.day.told.resources[resource[row]])) rows.push(row);
    }
    rows.sort((a, b) => from[a] - from[b]);
    const longest = rows.reduce((most, row) => Math.max(most, lasts[row]), 0);
    return { rows, begins: rows.map((row) => from[row]), longest };
  }

  /** Brings all drones to a time. @param {number} time */
  moveTo(time) {
    for (let drone = 0; drone < this.drones.length; drone++) this.day.drone(drone, time, this.drones[drone]);
  }

  /** @param {number} z @returns {string} */
  heightColor(z) {
    return HEIGHTS[Math.min(Math.floor((HEIGHTS.length * Math.max(z, 0)) / (this.topM + 1)), HEIGHTS.length - 1)];
  }

  /** @param {CanvasRenderingContext2D} pen @param {Camera} camera @param {Palette} colors @param {number} time */
  paintTrails(pen, camera, colors, time) {
    pen.strokeStyle = colors.trail;
    pen.lineWidth = camera.scale < FAR ? 1 : 2;
    pen.lineCap = "butt";
    const { spare, day } = this;
    for (let step = 0; step < TRAIL_STEPS; step++) {
      pen.globalAlpha = 0.5 * (1 - step / TRAIL_STEPS);
      pen.beginPath();
      for (const drone of this.drones) {
        if (drone.state !== "flying") continue;
        const begin = Math.max(time - (TRAIL_S * (step + 1)) / TRAIL_STEPS, day.legs.departed[drone.leg]);
        const end = time - (TRAIL_S * step) / TRAIL_STEPS;
        if (end <= begin) continue;
        day.along(drone.leg, end, spare);
        const [px, py] = [camera.toX(spare.x), camera.toY(spare.y)];
        if (px < -90 || py < -90 || px > camera.width + 90 || py > camera.height + 90) continue;
        pen.moveTo(px, py);
        day.along(drone.leg, begin, spare);
        pen.lineTo(camera.toX(spare.x), camera.toY(spare.y));
      }
      pen.stroke();
    }
    pen.globalAlpha = 1;
  }

  /** @param {CanvasRenderingContext2D} pen @param {Camera} camera @param {Palette} colors */
  paintDrones(pen, camera, colors) {
    const isFar = camera.scale < FAR;
    const size = isFar ? 4.5 : Math.min(Math.max(6.5 + 5 * camera.scale, 7), 12);
    /** @type {Map<string, Path2D>} */
    const darts = new Map();
    const parcels = new Path2D();
    const outlines = new Path2D();
    for (const drone of this.drones) {
      if (drone.state !== "flying" && drone.state !== "gone") continue;
      const [px, py] = [camera.toX(drone.place.x), camera.toY(drone.place.y)];
      if (px < -20 || py < -20 || px > camera.width + 20 || py > camera.height + 20) continue;
      if (drone.state === "gone") {
        outlines.moveTo(px - 4, py - 4);
        outlines.lineTo(px + 4, py + 4);
        outlines.moveTo(px + 4, py - 4);
        outlines.lineTo(px - 4, py + 4);
        continue;
      }
      const color = this.heightColor(drone.place.z);
      let path = darts.get(color);
      if (!path) darts.set(color, (path = new Path2D()));
      dart(path, px, py, drone.place.heading, size);
      if (drone.order >= 0 && !isFar) parcels.rect(px - size * 0.24, py - size * 0.24, size * 0.48, size * 0.48);
    }
    pen.lineJoin = "round";
    pen.strokeStyle = colors.halo;
    pen.lineWidth = 2.6;
    if (!isFar) for (const path of darts.values()) pen.stroke(path);
    for (const [color, path] of darts) {
      pen.fillStyle = color;
      pen.fill(path);
    }
    pen.fillStyle = "#fff";
    pen.fill(parcels);
    pen.strokeStyle = colors.parcel === "#ffd9a8" ? "#5a3208" : colors.parcel;
    pen.lineWidth = 0.9;
    pen.stroke(parcels);
    pen.strokeStyle = colors.late;
    pen.lineWidth = 2.4;
    pen.stroke(outlines);
  }

  /** Couriers between take-off point and merchant, riders between take-off point and airport. @param {CanvasRenderingContext2D} pen @param {Camera} camera @param {Palette} colors @param {number} time */
  paintWalkers(pen, camera, colors, time) {
    const { rows, begins, longest } = this.trips;
    const stays = this.day.stays;
    const last = upTo(begins, time);
    for (let place = upTo(begins, time - longest); place < last; place++) {
      const row = rows[place];
      if (time >= stays.from[row] + stays.lasts[row]) continue;
      const isRider = this.day.told.resources[stays.resource[row]] === "rider";
      const where = isRider ? this.#rides(row, time) : this.#walks(row, time);
      if (!where) continue;
      pen.fillStyle = isRider ? colors.rider : colors.courier;
      pen.beginPath();
      pen.arc(camera.toX(where[0]), camera.toY(where[1]), isRider ? 3.2 : 2.3, 0, 7);
      pen.fill();
    }
  }

  /** Out at walking speed, then waiting, then back in time for boxing. @param {number} row @param {number} time */
  #walks(row, time) {
    const { stays, orders, told, sites } = this.day;
    const order = stays.holder[row];
    const place = told.merchantPlaces[orders.merchant[order]];
    const home = sites[stays.site[row]];
    if (!place || !home || !told.walkMps) return null;
    const apart = Math.hypot(place[0] - home.x, place[1] - home.y);
    const way = Math.min(apart / told.walkMps, stays.lasts[row] / 2);
    const back = stays.from[row] + stays.lasts[row] - told.boxingS - way;
    const out = Math.min((time - stays.from[row]) / way, 1);
    const share = Math.max(Math.min(out, 1 - (time - back) / way), 0);
    return [home.x + share * (place[0] - home.x), home.y + share * (place[1] - home.y)];
  }

  /** There and back in equal parts. @param {number} row @param {number} time */
  #rides(row, time) {
    const { stays, orders, sites } = this.day;
    const home = sites[stays.site[row]];
    const to = sites[orders.airport[stays.holder[row]]];
    if (!home || !to) return null;
    const share = 1 - Math.abs(1 - (2 * (time - stays.from[row])) / stays.lasts[row]);
    return [home.x + share * (to.x - home.x), home.y + share * (to.y - home.y)];
  }

  /** @param {CanvasRenderingContext2D} pen @param {Camera} camera @param {Palette} colors @param {number} time */
  paintSites(pen, camera, colors, time) {
    const shut = new Map();
    for (const spell of this.day.spells(time)) {
      if (["closure", "takeoff_point", "cabinet"].includes(spell.kind)) shut.set(spell.name, spell.kind);
    }
    const isFar = camera.scale < FAR;
    const near = Math.min(Math.max(camera.scale / 0.16, camera.width < 500 ? 0.75 : 1), 2.4);
    this.day.sites.forEach((site, row) => {
      const [px, py] = [camera.toX(site.x), camera.toY(site.y)];
      if (px < -120 || py < -120 || px > camera.width + 120 || py > camera.height + 120) return;
      if (isFar) this.#paintMark(pen, px, py, row, colors, time);
      else if (site.kind === "airport") this.#paintAirport(pen, px, py, near, row, colors, time);
      else this.#paintTakeoffPoint(pen, px, py, near, row, colors, time);
      if (shut.has(site.id)) cross(pen, px, py, 9 * near, colors.late);
      if (!isFar || this.day.sites.length <= 40) this.#label(pen, site.id, px, py - (isFar ? 5 : 9 * near), colors, near);
    });
  }

  /** A site from afar: its cabinet or its queue as a bar. @param {CanvasRenderingContext2D} pen @param {number} px @param {number} py @param {number} row @param {Palette} colors @param {number} time */
  #paintMark(pen, px, py, row, colors, time) {
    const site = this.day.sites[row];
    const isAirport = site.kind === "airport";
    pen.fillStyle = isAirport ? colors.airport : colors.takeoff;
    pen.fillRect(px - 2.5, py - 2.5, 5, 5);
    const held = isAirport ? this.day.held("box", row, time) / Math.max(site.boxes, 1) : this.day.waitingAt[row].at(time) / QUEUE_SHOWN;
    pen.fillStyle = isAirport ? colors.box : colors.queue;
    pen.fillRect(px - 5, py + 4, 10 * Math.min(held, 1), 2.5);
  }

  /** @param {CanvasRenderingContext2D} pen @param {number} px @param {number} py @param {number} near @param {number} row @param {Palette} colors @param {number} time */
  #paintAirport(pen, px, py, near, row, colors, time) {
    const site = this.day.sites[row];
    pen.fillStyle = colors.card;
    pen.strokeStyle = colors.airport;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(px, py, 5.5 * near, 0, 7);
    pen.fill();
    pen.stroke();
    this.#paintPads(pen, px + 8 * near, py - 5 * near, near, row, colors, time);
    const cell = 3.4 * near;
    const columns = this.cabinetSizes[row];
    const [left, top] = [px - (columns * cell) / 2, py + 8 * near];
    pen.fillStyle = colors.card;
    pen.strokeStyle = colors.line;
    pen.lineWidth = 1;
    const rows = Math.ceil(site.boxes / columns);
    pen.fillRect(left - 1.5, top - 1.5, columns * cell + 3, rows * cell + 3);
    pen.strokeRect(left - 1.5, top - 1.5, columns * cell + 3, rows * cell + 3);
    for (let box = 0; box < site.boxes; box++) {
      const stay = this.day.stayOf("box", row, box, time);
      const isFilled = stay >= 0 && this.day.orders.delivered[this.day.stays.holder[stay]] <= time;
      pen.fillStyle = stay < 0 ? colors.empty : isFilled ? colors.box : colors.booked;
      pen.fillRect(left + (box % columns) * cell + 0.4, top + Math.floor(box / columns) * cell + 0.4, cell - 0.8, cell - 0.8);
    }
  }

  /** @param {CanvasRenderingContext2D} pen @param {number} px @param {number} py @param {number} near @param {number} row @param {Palette} colors @param {number} time */
  #paintTakeoffPoint(pen, px, py, near, row, colors, time) {
    const half = 5.5 * near;
    pen.fillStyle = colors.takeoff;
    pen.strokeStyle = colors.halo;
    pen.lineWidth = 2;
    pen.strokeRect(px - half, py - half, 2 * half, 2 * half);
    pen.fillRect(px - half, py - half, 2 * half, 2 * half);
    this.#paintPads(pen, px + 8 * near, py - 5 * near, near, row, colors, time);
    const waiting = this.day.waitingAt[row].at(time);
    const cell = 4 * near;
    pen.fillStyle = colors.queue;
    for (let place = 0; place < Math.min(waiting, QUEUE_SHOWN); place++) {
      const [column, line] = [place % 10, Math.floor(place / 10)];
      pen.fillRect(px - half + column * cell, py + 8 * near + line * cell, cell - 1.2, cell - 1.2);
    }
    if (waiting > QUEUE_SHOWN) {
      pen.font = `600 ${Math.round(9 * near)}px system-ui, sans-serif`;
      pen.textAlign = "left";
      pen.textBaseline = "top";
      pen.fillText(`+${waiting - QUEUE_SHOWN}`, px - half, py + 8 * near + 2 * cell);
    }
  }

  /** A mark for each pad, filled where it is held. @param {CanvasRenderingContext2D} pen @param {number} left @param {number} top @param {number} near @param {number} row @param {Palette} colors @param {number} time */
  #paintPads(pen, left, top, near, row, colors, time) {
    const site = this.day.sites[row];
    const cell = 3.6 * near;
    for (let pad = 0; pad < Math.min(site.pads, 40); pad++) {
      const isHeld = this.day.stayOf("pad", row, pad, time) >= 0;
      const [x, y] = [left + Math.floor(pad / 3) * cell, top + (pad % 3) * cell];
      pen.fillStyle = isHeld ? colors.ink : colors.card;
      pen.strokeStyle = colors.faint;
      pen.lineWidth = 0.8;
      pen.beginPath();
      pen.arc(x + cell / 2, y + cell / 2, cell * 0.36, 0, 7);
      pen.fill();
      pen.stroke();
    }
  }

  /** @param {CanvasRenderingContext2D} pen @param {string} text @param {number} px @param {number} py @param {Palette} colors @param {number} near */
  #label(pen, text, px, py, colors, near) {
    const shown = text.length > 14 ? `${text.slice(0, 13)}…` : text;
    pen.font = `600 ${Math.round(9.5 + 1.5 * near)}px system-ui, sans-serif`;
    pen.textAlign = "center";
    pen.textBaseline = "bottom";
    pen.lineJoin = "round";
    pen.lineWidth = 3.4;
    pen.strokeStyle = colors.halo;
    pen.strokeText(shown, px, py);
    pen.fillStyle = colors.ink;
    pen.fillText(shown, px, py);
  }

  /** Rings where something has just gone wrong. @param {CanvasRenderingContext2D} pen @param {Camera} camera @param {Palette} colors @param {number} time */
  paintTrouble(pen, camera, colors, time) {
    const { time: times, drone, site } = this.day.incidents;
    pen.strokeStyle = colors.ring;
    for (let row = upTo(times, time - RING_S); row < upTo(times, time); row++) {
      // of a drone's trouble the site is where it goes
      const at = this.drones[drone[row]]?.place ?? this.day.sites[site[row]];
      if (!at) continue;
      const share = (time - times[row]) / RING_S;
      pen.globalAlpha = 1 - share;
      pen.lineWidth = 2.5;
      pen.beginPath();
      pen.arc(camera.toX(at.x), camera.toY(at.y), 8 + 22 * Math.sqrt(share), 0, 7);
      pen.stroke();
    }
    pen.globalAlpha = 1;
  }
}

/** Adds the outline of a drone that faces a way. @param {Path2D} path @param {number} px @param {number} py @param {number} heading @param {number} size */
function dart(path, px, py, heading, size) {
  const [cos, sin] = [Math.cos(heading) * size, Math.sin(heading) * size];
  path.moveTo(px + cos * 1.25, py - sin * 1.25);
  path.lineTo(px - cos * 0.75 - sin * 0.75, py + sin * 0.75 - cos * 0.75);
  path.lineTo(px - cos * 0.35, py + sin * 0.35);
  path.lineTo(px - cos * 0.75 + sin * 0.75, py + sin * 0.75 + cos * 0.75);
  path.lineTo(px + cos * 1.25, py - sin * 1.25);
}

/** @param {CanvasRenderingContext2D} pen @param {number} px @param {number} py @param {number} half @param {string} color */
function cross(pen, px, py, half, color) {
  pen.strokeStyle = color;
  pen.lineWidth = 3;
  pen.beginPath();
  pen.moveTo(px - half, py - half);
  pen.lineTo(px + half, py + half);
  pen.moveTo(px + half, py - half);
  pen.lineTo(px - half, py + half);
  pen.stroke();
}
