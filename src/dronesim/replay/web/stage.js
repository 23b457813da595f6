// The window on the district: two canvases, one that seldom changes; and hands that move, pinch and point.

const MARGIN_SHARE = 0.3;
const REPAINT_MS = 140;
const REACH_PX = 14;
const STILL_PX = 5;

/** @param {string} id @returns {HTMLElement} */
function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element ${id}`);
  return found;
}

class Stage {
  /** @param {Day} day @param {{choose: (chosen: Chosen | null) => void, moved: () => void}} act */
  constructor(day, act) {
    this.day = day;
    this.act = act;
    this.box = byId("map");
    this.under = /** @type {HTMLCanvasElement} */ (byId("ground"));
    this.over = /** @type {HTMLCanvasElement} */ (byId("actors"));
    this.camera = new Camera();
    this.ground = new Ground(day);
    this.actors = new Actors(day);
    /** @type {Palette} */
    this.colors = PALETTES.light;
    /** @type {Chosen | null} */
    this.chosen = null;
    this.time = day.beginS;
    this.dots = 1;
    /** @type {{x: number, y: number, scale: number} | null} */
    this.painted = null;
    this.paintedAt = 0;
    this.margin = 0;
    /** @type {Map<number, {x: number, y: number}>} */
    this.fingers = new Map();
    this.travelled = 0;
    this.#listen();
  }

  /** Takes the size of its window, and shows all of the district if nothing was shown yet. */
  resize() {
    const { width, height } = this.box.getBoundingClientRect();
    const isFirst = this.painted === null;
    Object.assign(this.camera, { width: Math.max(width, 1), height: Math.max(height, 1) });
    this.dots = Math.min(window.devicePixelRatio || 1, 2);
    this.margin = Math.round(MARGIN_SHARE * Math.max(width, height));
    this.over.width = Math.round(width * this.dots);
    this.over.height = Math.round(height * this.dots);
    this.under.width = Math.round((width + 2 * this.margin) * this.dots);
    this.under.height = Math.round((height + 2 * this.margin) * this.dots);
    for (const [canvas, margin] of /** @type {[HTMLCanvasElement, number][]} */ ([[this.over, 0], [this.under, this.margin]])) {
      canvas.style.width = `${width + 2 * margin}px`;
      canvas.style.height = `${height + 2 * margin}px`;
      canvas.style.left = canvas.style.top = `${-margin}px`;
    }
    if (isFirst) this.fit();
    this.painted = null;
  }

  fit() {
    this.camera.fit(this.ground.box, Math.min(60, this.camera.width / 12));
    this.act.moved();
  }

  /** @param {number} factor */
  zoomBy(factor) {
    this.camera.zoom(factor, this.camera.width / 2, this.camera.height / 2);
    this.act.moved();
  }

  /** @param {number} time @param {boolean} isFollowing */
  paint(time, isFollowing) {
    this.time = time;
    this.actors.moveTo(time);
    const where = this.whereIs(this.chosen, time);
    if (isFollowing && where) [this.camera.x, this.camera.y] = where;
    this.#layGround();
    const pen = /** @type {CanvasRenderingContext2D} */ (this.over.getContext("2d"));
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, this.over.width, this.over.height);
    const { camera, colors, actors } = this;
    this.ground.paintZones(pen, camera, this.dots, colors, time);
    pen.setTransform(this.dots, 0, 0, this.dots, 0, 0);
    this.#paintWeather(pen, time);
    this.#paintRoute(pen);
    actors.paintWalkers(pen, camera, colors, time);
    actors.paintSites(pen, camera, colors, time);
    actors.paintTrails(pen, camera, colors, time);
    actors.paintDrones(pen, camera, colors);
    actors.paintTrouble(pen, camera, colors, time);
    if (where) this.#ring(pen, where);
    this.#paintScale(pen);
  }

  /** Paints the ground anew when it is out of place for a while, and shifts what is there meanwhile. */
  #layGround() {
    const view = this.camera.view;
    const now = performance.now();
    const shown = this.painted;
    const isAway = !shown || shown.scale !== view.scale || shown.x !== view.x || shown.y !== view.y;
    if (!shown || (isAway && now - this.paintedAt > REPAINT_MS && this.fingers.size === 0)) {
      const pen = /** @type {CanvasRenderingContext2D} */ (this.under.getContext("2d", { alpha: false }));
      this.ground.paint(pen, this.camera, this.dots, this.margin, this.colors);
      this.under.style.transform = "";
      this.painted = view;
      this.paintedAt = now;
    } else if (isAway) {
      const scale = view.scale / shown.scale;
      const dx = (shown.x - view.x) * view.scale;
      const dy = (view.y - shown.y) * view.scale;
      this.under.style.transform = `translate(${dx}px,${dy}px) scale(${scale})`;
    }
  }

  /** Whether the ground waits to be painted anew. */
  get isMoving() {
    const [view, shown] = [this.camera.view, this.painted];
    return !shown || shown.scale !== view.scale || shown.x !== view.x || shown.y !== view.y;
  }

  /** Rain and a darker sky where they are. @param {CanvasRenderingContext2D} pen @param {number} time */
  #paintWeather(pen, time) {
    const wind = this.day.wind(time);
    if (this.day.spells(time).some((spell) => spell.kind === "weather")) {
      pen.fillStyle = this.colors.storm;
      pen.fillRect(0, 0, this.camera.width, this.camera.height);
    }
    if (!(wind?.rainMmh > 0)) return;
    pen.strokeStyle = this.colors.faint;
    pen.globalAlpha = 0.35;
    pen.lineWidth = 1;
    pen.beginPath();
    const count = Math.min(30 + 20 * wind.rainMmh, 200);
    for (let drop = 0; drop < count; drop++) {
      const x = ((drop * 7919 + time * 3) % 1009) / 1009;
      const y = ((drop * 104729 + time * 41) % 997) / 997;
      pen.moveTo(x * this.camera.width, y * this.camera.height);
      pen.lineTo(x * this.camera.width - 3, y * this.camera.height + 11);
    }
    pen.stroke();
    pen.globalAlpha = 1;
  }

  /** The whole way of the flight that is chosen. @param {CanvasRenderingContext2D} pen */
  #paintRoute(pen) {
    const leg = this.#legOf(this.chosen);
    if (leg < 0) return;
    const { x, y } = this.day.corners;
    pen.strokeStyle = this.colors.chosen;
    pen.lineWidth = 1.6;
    pen.setLineDash([6, 5]);
    pen.beginPath();
    for (let corner = this.day.firstCorner[leg]; corner < this.day.firstCorner[leg + 1]; corner++) {
      pen.lineTo(this.camera.toX(x[corner]), this.camera.toY(y[corner]));
    }
    pen.stroke();
    pen.setLineDash([]);
  }

  /** @param {Chosen | null} chosen @returns {number} */
  #legOf(chosen) {
    if (chosen?.kind === "drone") return this.actors.drones[chosen.row]?.state === "flying" ? this.actors.drones[chosen.row].leg : -1;
    if (chosen?.kind !== "order") return -1;
    const legs = (this.day.legsOfOrder.get(chosen.row) ?? []).filter((leg) => this.day.corners.count[leg] > 0);
    return legs.findLast((leg) => this.day.legs.departed[leg] <= this.time) ?? legs[0] ?? -1;
  }

  /** Where on the ground something is; null for what is nowhere. @param {Chosen | null} chosen @param {number} time @returns {[number, number] | null} */
  whereIs(chosen, time) {
    if (!chosen) return null;
    if (chosen.kind === "site") return [this.day.sites[chosen.row].x, this.day.sites[chosen.row].y];
    if (chosen.kind === "drone") {
      const drone = this.actors.drones[chosen.row];
      return drone && drone.state !== "unused" ? [drone.place.x, drone.place.y] : null;
    }
    const { orders, told, sites } = this.day;
    const phase = this.day.phase(chosen.row, time);
    const home = sites[orders.takeoffPoint[chosen.row]];
    const merchant = told.merchantPlaces[orders.merchant[chosen.row]];
    const leg = this.#legOf(chosen);
    if (["flying", "unloading"].includes(phase) && leg >= 0) {
      const at = this.day.along(leg, time, anyDrone().place);
      return [at.x, at.y];
    }
    if (["ahead", "kitchen", "courier"].includes(phase) && merchant) return [merchant[0], merchant[1]];
    const at = ["box", "over"].includes(phase) && !Number.isNaN(orders.delivered[chosen.row]) ? sites[orders.airport[chosen.row]] : home;
    return at ? [at.x, at.y] : null;
  }

  /** @param {CanvasRenderingContext2D} pen @param {[number, number]} where */
  #ring(pen, where) {
    const [px, py] = [this.camera.toX(where[0]), this.camera.toY(where[1])];
    for (const [color, width] of /** @type {[string, number][]} */ ([[this.colors.halo, 5], [this.colors.chosen, 2]])) {
      pen.strokeStyle = color;
      pen.lineWidth = width;
      pen.beginPath();
      pen.arc(px, py, 15, 0, 7);
      pen.stroke();
    }
  }

  /** @param {CanvasRenderingContext2D} pen */
  #paintScale(pen) {
    const most = Math.min(this.camera.width / 4, 150) / this.camera.scale;
    const length = [5000, 2000, 1000, 500, 200, 100, 50, 20, 10].find((step) => step <= most) ?? 5;
    const [right, foot] = [this.camera.width - 14, this.camera.height - 14];
    const left = right - length * this.camera.scale;
    pen.strokeStyle = this.colors.halo;
    pen.lineWidth = 5;
    pen.strokeRect(left, foot, right - left, 0);
    pen.strokeStyle = this.colors.ink;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.moveTo(left, foot - 4);
    pen.lineTo(left, foot);
    pen.lineTo(right, foot);
    pen.lineTo(right, foot - 4);
    pen.stroke();
    pen.font = "600 11px system-ui, sans-serif";
    pen.textAlign = "right";
    pen.textBaseline = "bottom";
    pen.lineWidth = 3;
    pen.strokeStyle = this.colors.halo;
    const text = length >= 1000 ? `${length / 1000} km` : `${length} m`;
    pen.strokeText(text, right, foot - 5);
    pen.fillStyle = this.colors.ink;
    pen.fillText(text, right, foot - 5);
  }

  /** What lies under a point of the window: a drone first, then a site. @param {number} px @param {number} py @returns {Chosen | null} */
  thingAt(px, py) {
    let best = null;
    let least = REACH_PX;
    this.actors.drones.forEach((drone, row) => {
      if (drone.state !== "flying" && drone.state !== "gone") return;
      const away = Math.hypot(this.camera.toX(drone.place.x) - px, this.camera.toY(drone.place.y) - py);
      if (away < least) [best, least] = [{ kind: "drone", row }, away];
    });
    if (best) return best;
    least = 2 * REACH_PX;
    this.day.sites.forEach((site, row) => {
      const away = Math.hypot(this.camera.toX(site.x) - px, this.camera.toY(site.y) - py);
      if (away < least) [best, least] = [{ kind: "site", row }, away];
    });
    return best;
  }

  #listen() {
    const box = this.over;
    box.addEventListener("pointerdown", (event) => {
      box.setPointerCapture(event.pointerId);
      if (this.fingers.size === 0) this.travelled = 0;
      this.fingers.set(event.pointerId, this.#at(event));
    });
    box.addEventListener("pointermove", (event) => this.#move(event));
    box.addEventListener("pointerup", (event) => {
      const wasOne = this.fingers.size === 1;
      this.fingers.delete(event.pointerId);
      const at = this.#at(event);
      if (wasOne && this.travelled < STILL_PX) this.act.choose(this.thingAt(at.x, at.y));
      this.act.moved();
    });
    box.addEventListener("pointercancel", (event) => this.fingers.delete(event.pointerId));
    box.addEventListener("pointerleave", () => this.#hint(null, 0, 0));
    box.addEventListener("wheel", (event) => {
      event.preventDefault();
      const at = this.#at(event);
      this.camera.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016)), at.x, at.y);
      this.act.moved();
    }, { passive: false });
  }

  /** @param {MouseEvent} event */
  #at(event) {
    const box = this.over.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  /** One finger shifts, two pinch; without any it is a look. @param {PointerEvent} event */
  #move(event) {
    const now = this.#at(event);
    const before = this.fingers.get(event.pointerId);
    if (!before) {
      this.#hint(this.thingAt(now.x, now.y), now.x, now.y);
      return;
    }
    const other = Array.from(this.fingers).find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const apart = Math.hypot(before.x - other.x, before.y - other.y);
      const factor = apart > 0 ? Math.hypot(now.x - other.x, now.y - other.y) / apart : 1;
      this.camera.zoom(factor, (now.x + other.x) / 2, (now.y + other.y) / 2);
      this.camera.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
      this.travelled += STILL_PX;
    } else {
      this.travelled += Math.hypot(now.x - before.x, now.y - before.y);
      if (this.travelled >= STILL_PX) this.camera.pan(now.x - before.x, now.y - before.y);
    }
    this.fingers.set(event.pointerId, now);
    this.act.moved();
  }

  /** Names what lies under the mouse. @param {Chosen | null} found @param {number} px @param {number} py */
  #hint(found, px, py) {
    const hint = byId("hint");
    this.over.style.cursor = found ? "pointer" : "grab";
    hint.hidden = !found;
    if (!found) return;
    hint.textContent = this.#words(found);
    hint.style.left = `${Math.min(px + 14, this.camera.width - 190)}px`;
    hint.style.top = `${Math.min(py + 14, this.camera.height - 40)}px`;
  }

  /** @param {Chosen} found @returns {string} */
  #words(found) {
    if (found.kind === "site") {
      const site = this.day.sites[found.row];
      const boxes = `${this.day.held("box", found.row, this.time)} of ${site.boxes} boxes held`;
      const queue = `${this.day.waitingAt[found.row].at(this.time)} parcels wait`;
      return `${site.kind === "airport" ? "Airport" : "Take-off point"} ${site.id}: ${site.kind === "airport" ? boxes : queue}`;
    }
    const drone = this.actors.drones[found.row];
    const parcel = drone.order >= 0 ? `, order ${drone.order}` : ", no parcel";
    return `Drone ${found.row}: ${Math.round(drone.place.z)} m high${parcel}`;
  }
}
