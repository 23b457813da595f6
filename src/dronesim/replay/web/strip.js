// The day as a strip: drones in the air, parcels that wait, late orders, trouble; and where in it we are.

const BINS = 240;

class Strip {
  /** @param {Day} day @param {HTMLCanvasElement} canvas */
  constructor(day, canvas) {
    this.day = day;
    this.canvas = canvas;
    const span = day.closedS - day.beginS;
    this.times = Array.from({ length: BINS + 1 }, (_, bin) => day.beginS + (span * bin) / BINS);
    this.aloft = this.times.map((time) => day.aloft.at(time));
    this.waiting = this.times.map((time) => day.waiting.at(time));
    this.shares = this.times.map((time) => day.figures(time).share);
    this.late = Array(BINS).fill(0);
    for (const order of day.late) {
      const bin = Math.min(Math.max(Math.floor(((day.settledS(order) - day.beginS) / span) * BINS), 0), BINS - 1);
      this.late[bin]++;
    }
    /** @type {HTMLCanvasElement} */
    this.still = document.createElement("canvas");
    this.dots = 1;
  }

  /** @param {number} time @param {number} width */
  toX(time, width) {
    return ((time - this.day.beginS) / (this.day.closedS - this.day.beginS)) * width;
  }

  /** Paints all of it anew, as the window or the scheme has changed. @param {Palette} colors */
  redraw(colors) {
    const { width, height } = this.canvas.getBoundingClientRect();
    this.dots = Math.min(window.devicePixelRatio || 1, 2);
    for (const canvas of [this.canvas, this.still]) {
      canvas.width = Math.max(Math.round(width * this.dots), 1);
      canvas.height = Math.max(Math.round(height * this.dots), 1);
    }
    const pen = /** @type {CanvasRenderingContext2D} */ (this.still.getContext("2d"));
    pen.setTransform(this.dots, 0, 0, this.dots, 0, 0);
    this.#paintSpells(pen, width, height, colors);
    const foot = height - 15;
    const tall = foot - 9;
    this.#paintArea(pen, this.aloft, width, foot, tall, colors.trail, 0.28);
    this.#paintArea(pen, this.waiting, width, foot, tall, colors.queue, 0.55);
    this.#paintShare(pen, width, foot, tall, colors);
    const most = Math.max(...this.late, 1);
    pen.fillStyle = colors.late;
    this.late.forEach((count, bin) => {
      if (count) pen.fillRect((bin / BINS) * width, 1, Math.max(width / BINS - 0.6, 1), 1.5 + (5 * count) / most);
    });
    this.#paintHours(pen, width, height, colors);
  }

  /** @param {CanvasRenderingContext2D} pen @param {number} width @param {number} height @param {Palette} colors */
  #paintSpells(pen, width, height, colors) {
    for (const spell of this.day.told.spells) {
      const from = Math.max(this.toX(spell.fromS, width), 0);
      const to = Math.min(this.toX(spell.toS, width), width);
      pen.fillStyle = spell.kind === "weather" ? colors.ink : ["link", "position"].includes(spell.kind) ? colors.area : colors.late;
      pen.globalAlpha = 0.13;
      pen.fillRect(from, 0, Math.max(to - from, 1), height - 15);
    }
    pen.globalAlpha = 1;
  }

  /** @param {CanvasRenderingContext2D} pen @param {number[]} counts @param {number} width @param {number} foot @param {number} tall @param {string} color @param {number} alpha */
  #paintArea(pen, counts, width, foot, tall, color, alpha) {
    const most = Math.max(...this.aloft, ...this.waiting, 1);
    pen.beginPath();
    counts.forEach((count, bin) => pen.lineTo((bin / BINS) * width, foot - (tall * count) / most));
    pen.strokeStyle = color;
    pen.lineWidth = 1.3;
    pen.stroke();
    pen.lineTo(width, foot);
    pen.lineTo(0, foot);
    pen.fillStyle = color;
    pen.globalAlpha = alpha;
    pen.fill();
    pen.globalAlpha = 1;
  }

  /** The share on time so far, of the whole height, and the target. @param {CanvasRenderingContext2D} pen @param {number} width @param {number} foot @param {number} tall @param {Palette} colors */
  #paintShare(pen, width, foot, tall, colors) {
    pen.strokeStyle = colors.airport;
    pen.lineWidth = 1.8;
    pen.beginPath();
    this.shares.forEach((share, bin) => {
      if (share !== null) pen.lineTo((bin / BINS) * width, foot - tall * share);
    });
    pen.stroke();
    const height = foot - tall * this.day.told.service.target;
    pen.lineWidth = 1;
    pen.setLineDash([3, 4]);
    pen.beginPath();
    pen.moveTo(0, height);
    pen.lineTo(width, height);
    pen.stroke();
    pen.setLineDash([]);
  }

  /** @param {CanvasRenderingContext2D} pen @param {number} width @param {number} height @param {Palette} colors */
  #paintHours(pen, width, height, colors) {
    const span = this.day.closedS - this.day.beginS;
    const step = [600, 1800, 3600, 7200, 14400, 28800, 86400].find((each) => (width * each) / span > 58) ?? 86400;
    pen.fillStyle = colors.faint;
    pen.font = "11px system-ui, sans-serif";
    pen.textBaseline = "bottom";
    for (let time = Math.ceil(this.day.beginS / step) * step; time <= this.day.closedS; time += step) {
      const x = this.toX(time, width);
      pen.fillRect(x, height - 15, 1, 3);
      pen.textAlign = x < 16 ? "left" : x > width - 16 ? "right" : "center";
      pen.fillText(clockShort(time), x, height);
    }
  }

  /** @param {number} time @param {Palette} colors */
  paint(time, colors) {
    const pen = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    pen.drawImage(this.still, 0, 0);
    const x = this.toX(time, this.canvas.width);
    pen.fillStyle = colors.ground;
    pen.globalAlpha = 0.55;
    pen.fillRect(x, 0, this.canvas.width - x, this.canvas.height - 15 * this.dots);
    pen.globalAlpha = 1;
    pen.fillStyle = colors.ink;
    pen.fillRect(Math.min(Math.max(x - this.dots, 0), this.canvas.width - 2 * this.dots), 0, 2 * this.dots, this.canvas.height - 13 * this.dots);
  }
}

/** @param {number} time seconds since midnight; hours after midnight count on @returns {string} */
function clock(time) {
  const whole = Math.round(time);
  return [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

/** @param {number} time */
function clockShort(time) {
  return clock(Math.floor(time / 60) * 60).slice(0, -3);
}

/** @param {number} seconds @returns {string} */
function lasting(seconds) {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return whole % 60 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${whole / 60} min`;
}
