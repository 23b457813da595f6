// Paints what stands still: buildings shaded by height, routes, merchants; and no-fly zones as they come and go.

/** @typedef {Record<string, string>} Palette */

const PALETTES = {
  /** @type {Palette} */
  light: {
    ground: "#f4f3ee", low: "#dddad0", tall: "#8f8a7c", edge: "#c9c5b8", shadow: "rgba(70,60,40,.13)",
    route: "rgba(31,95,168,.13)", merchant: "#a39b88", ink: "#1f2933", faint: "#5d6873", halo: "rgba(255,255,255,.92)",
    card: "#ffffff", empty: "#e9ecef", line: "#c9ced4", zone: "#c8492a", takeoff: "#c2600a", airport: "#1c7a74", box: "#1c7a74",
    booked: "#9fd0cb", queue: "#d97706", late: "#c8312a", parcel: "#8a4b12", courier: "#41505e", rider: "#7a3ea8",
    trail: "#1f5fa8", ring: "#c8312a", chosen: "#111827", area: "#6d4fa3", storm: "rgba(60,70,90,.16)",
  },
  /** @type {Palette} */
  dark: {
    ground: "#12161c", low: "#252c35", tall: "#66748a", edge: "#313a46", shadow: "rgba(0,0,0,.35)",
    route: "rgba(120,180,255,.13)", merchant: "#5d6673", ink: "#eef2f6", faint: "#9aa7b4", halo: "rgba(12,15,20,.9)",
    card: "#1b222b", empty: "#2a333e", line: "#3c4753", zone: "#ff7a5c", takeoff: "#ffa24a", airport: "#43c5ba", box: "#43c5ba",
    booked: "#285e5a", queue: "#ffb84d", late: "#ff6b61", parcel: "#ffd9a8", courier: "#b9c6d3", rider: "#c99bf0",
    trail: "#8cc4ff", ring: "#ff6b61", chosen: "#ffffff", area: "#b79cf0", storm: "rgba(10,14,24,.5)",
  },
};
const SHADES = 8;
const TALLEST_M = 100;
/** A building throws a shadow so long for each metre of its height. */
const SHADOW_M = 0.35;

/** A colour between two of the form #rrggbb. @param {string} from @param {string} to @param {number} share */
function between(from, to, share) {
  /** @param {string} color @param {number} place */
  const part = (color, place) => parseInt(color.slice(1 + 2 * place, 3 + 2 * place), 16);
  const mixed = [0, 1, 2].map((place) => Math.round(part(from, place) + share * (part(to, place) - part(from, place))));
  return `rgb(${mixed.join(",")})`;
}

/** Areas of the ground as paths, one for each owner or for each group of them. */
class Areas {
  /** @param {Record<string, Float64Array>} columns */
  constructor(columns) {
    this.columns = columns;
    this.first = new Int32Array(columns.count.length + 1);
    for (let ring = 0; ring < columns.count.length; ring++) this.first[ring + 1] = this.first[ring] + columns.count[ring];
  }

  /** Adds a ring to a path, whose last corner is its first: to close it would cost more the longer the path is. @param {Path2D} path @param {number} ring @param {number} dx @param {number} dy */
  trace(path, ring, dx = 0, dy = 0) {
    const { x, y } = this.columns;
    for (let corner = this.first[ring]; corner < this.first[ring + 1]; corner++) {
      if (corner === this.first[ring]) path.moveTo(x[corner] + dx, y[corner] + dy);
      else path.lineTo(x[corner] + dx, y[corner] + dy);
    }
    return path;
  }

  /** @param {number} owner @returns {Path2D} */
  path(owner) {
    const path = new Path2D();
    this.columns.owner.forEach((of, ring) => {
      if (of === owner) this.trace(path, ring);
    });
    return path;
  }

  /** @returns {{low: number[], high: number[]}} */
  box() {
    const { x, y } = this.columns;
    const box = { low: [Infinity, Infinity], high: [-Infinity, -Infinity] };
    for (let corner = 0; corner < x.length; corner++) {
      box.low = [Math.min(box.low[0], x[corner]), Math.min(box.low[1], y[corner])];
      box.high = [Math.max(box.high[0], x[corner]), Math.max(box.high[1], y[corner])];
    }
    return box;
  }
}

class Ground {
  /** @param {Day} day */
  constructor(day) {
    this.day = day;
    this.buildings = new Areas(part(day.columns, "buildings"));
    this.zones = new Areas(part(day.columns, "zones"));
    this.areas = new Areas(part(day.columns, "areas"));
    const routes = new Areas(part(day.columns, "routes"));
    this.routes = new Path2D();
    for (let ring = 0; ring < routes.columns.count.length; ring++) routes.trace(this.routes, ring);
    /** @type {Path2D[]} */
    this.shades = Array.from({ length: SHADES }, () => new Path2D());
    this.shadows = new Path2D();
    const heights = day.columns["buildings.height"];
    this.buildings.columns.owner.forEach((owner, ring) => {
      const height = heights[owner];
      const shade = Math.min(Math.floor((SHADES * height) / TALLEST_M), SHADES - 1);
      this.buildings.trace(this.shades[shade], ring);
      if (ring === 0 || this.buildings.columns.owner[ring - 1] !== owner) {
        this.#throwShadow(ring, height * SHADOW_M);
      }
    });
    /** @type {any[]} */
    const zones = day.told.zones;
    this.zonePaths = zones.map((_, zone) => this.zones.path(zone));
    this.areaPaths = day.told.areas.map((/** @type {string} */ _, /** @type {number} */ area) => this.areas.path(area));
    this.box = this.#box();
  }

  /** Adds the shadow of an outer ring: the ring moved aside, and what each edge passes over, all turning the same way. @param {number} ring @param {number} aside metres */
  #throwShadow(ring, aside) {
    const { x, y } = this.buildings.columns;
    const [first, last] = [this.buildings.first[ring], this.buildings.first[ring + 1] - 1];
    let area = 0;
    for (let corner = first; corner < last; corner++) area += x[corner] * y[corner + 1] - x[corner + 1] * y[corner];
    for (let step = 0; step <= last - first; step++) {
      const corner = area > 0 ? first + step : last - step;
      if (step === 0) this.shadows.moveTo(x[corner] + aside, y[corner] - aside);
      else this.shadows.lineTo(x[corner] + aside, y[corner] - aside);
    }
    for (let corner = first; corner < last; corner++) {
      const isTurned = -(x[corner + 1] - x[corner]) - (y[corner + 1] - y[corner]) < 0;
      const [from, to] = isTurned ? [corner + 1, corner] : [corner, corner + 1];
      this.shadows.moveTo(x[from], y[from]);
      this.shadows.lineTo(x[to], y[to]);
      this.shadows.lineTo(x[to] + aside, y[to] - aside);
      this.shadows.lineTo(x[from] + aside, y[from] - aside);
      this.shadows.lineTo(x[from], y[from]);
    }
  }

  /** What is to be seen at first: buildings and sites. */
  #box() {
    const box = this.buildings.box();
    for (const site of this.day.sites) {
      box.low = [Math.min(box.low[0], site.x), Math.min(box.low[1], site.y)];
      box.high = [Math.max(box.high[0], site.x), Math.max(box.high[1], site.y)];
    }
    return box;
  }

  /** Sets metres for all that is painted next. @param {CanvasRenderingContext2D} pen @param {Camera} camera @param {number} dots pixels of the canvas for one of the window @param {number} margin */
  static inMetres(pen, camera, dots, margin = 0) {
    const scale = camera.scale * dots;
    const left = (camera.width / 2 + margin) * dots - camera.x * scale;
    pen.setTransform(scale, 0, 0, -scale, left, (camera.height / 2 + margin) * dots + camera.y * scale);
  }

  /** @param {CanvasRenderingContext2D} pen @param {Camera} camera @param {number} dots @param {number} margin @param {Palette} colors */
  paint(pen, camera, dots, margin, colors) {
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.fillStyle = colors.ground;
    pen.fillRect(0, 0, pen.canvas.width, pen.canvas.height);
    Ground.inMetres(pen, camera, dots, margin);
    pen.fillStyle = colors.shadow;
    if (camera.scale > 0.05) pen.fill(this.shadows);
    pen.lineWidth = 0.6 / camera.scale;
    pen.strokeStyle = colors.edge;
    this.shades.forEach((path, shade) => {
      pen.fillStyle = between(colors.low, colors.tall, shade / (SHADES - 1));
      pen.fill(path, "evenodd");
      if (camera.scale > 0.12) pen.stroke(path);
    });
    pen.lineWidth = 2.2 / camera.scale;
    pen.lineJoin = "round";
    pen.strokeStyle = colors.route;
    pen.stroke(this.routes);
    pen.fillStyle = colors.merchant;
    const size = 2.6 / camera.scale;
    for (const place of this.day.told.merchantPlaces) {
      if (!place) continue;
      pen.beginPath();
      pen.arc(place[0], place[1], size, 0, 7);
      pen.fill();
    }
  }

  /** Paints zones: hatched in force, outlined at other hours; and areas without link or position. @param {CanvasRenderingContext2D} pen @param {Camera} camera @param {number} dots @param {Palette} colors @param {number} time */
  paintZones(pen, camera, dots, colors, time) {
    Ground.inMetres(pen, camera, dots);
    this.day.told.zones.forEach((/** @type {any} */ zone, /** @type {number} */ row) => {
      const isOn = this.day.isInForce(zone, time);
      pen.strokeStyle = pen.fillStyle = colors.zone;
      pen.globalAlpha = isOn ? 0.14 : 0.03;
      pen.fill(this.zonePaths[row], "evenodd");
      pen.globalAlpha = isOn ? 0.9 : 0.45;
      pen.lineWidth = (isOn ? 1.6 : 1) / camera.scale;
      pen.setLineDash(isOn ? [] : [5 / camera.scale, 5 / camera.scale]);
      pen.stroke(this.zonePaths[row]);
      if (isOn) this.#hatch(pen, camera, row);
    });
    pen.globalAlpha = 1;
    pen.setLineDash([]);
    for (const spell of this.day.spells(time)) this.#paintArea(pen, camera, colors, spell);
  }

  /** Lines from the lower left to the upper right within a zone. @param {CanvasRenderingContext2D} pen @param {Camera} camera @param {number} zone */
  #hatch(pen, camera, zone) {
    const { owner } = this.zones.columns;
    const step = 11 / camera.scale;
    pen.save();
    pen.clip(this.zonePaths[zone], "evenodd");
    pen.globalAlpha = 0.35;
    pen.beginPath();
    owner.forEach((of, ring) => {
      if (of !== zone) return;
      const corners = [this.zones.first[ring], this.zones.first[ring + 1]];
      const x = this.zones.columns.x.subarray(...corners);
      const y = this.zones.columns.y.subarray(...corners);
      const view = camera.toGround(0, camera.height);
      const away = camera.toGround(camera.width, 0);
      const low = [Math.max(Math.min(...x), view[0]), Math.max(Math.min(...y), view[1])];
      const high = [Math.min(Math.max(...x), away[0]), Math.min(Math.max(...y), away[1])];
      if (low[0] >= high[0] || low[1] >= high[1]) return;
      const tall = high[1] - low[1];
      const begin = Math.floor((low[0] - tall - low[1]) / step) * step + low[1];
      for (let left = begin; left < high[0]; left += step) {
        pen.moveTo(left, low[1]);
        pen.lineTo(left + tall, high[1]);
      }
    });
    pen.lineWidth = 1 / camera.scale;
    pen.stroke();
    pen.restore();
  }

  /** @param {CanvasRenderingContext2D} pen @param {Camera} camera @param {Palette} colors @param {any} spell */
  #paintArea(pen, camera, colors, spell) {
    const area = this.day.told.areas.indexOf(spell.name);
    if (area < 0 || !["link", "position"].includes(spell.kind)) return;
    pen.strokeStyle = pen.fillStyle = colors.area;
    pen.globalAlpha = 0.12;
    pen.fill(this.areaPaths[area], "evenodd");
    pen.globalAlpha = 1;
    pen.lineWidth = 1.8 / camera.scale;
    pen.setLineDash([6 / camera.scale, 4 / camera.scale]);
    pen.stroke(this.areaPaths[area]);
    pen.setLineDash([]);
  }
}
