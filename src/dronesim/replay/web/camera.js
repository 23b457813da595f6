// Where on the ground the window looks, and how near: metres to pixels and back.

class Camera {
  constructor() {
    this.width = 1;
    this.height = 1;
    this.x = 0;
    this.y = 0;
    /** Pixels a metre. */
    this.scale = 1;
    this.least = 0.001;
    this.most = 6;
  }

  /** @param {number} x @returns {number} */
  toX(x) {
    return this.width / 2 + (x - this.x) * this.scale;
  }

  /** @param {number} y north is up @returns {number} */
  toY(y) {
    return this.height / 2 - (y - this.y) * this.scale;
  }

  /** @param {number} px @param {number} py @returns {[number, number]} */
  toGround(px, py) {
    return [this.x + (px - this.width / 2) / this.scale, this.y - (py - this.height / 2) / this.scale];
  }

  /** Shows all of a box. @param {{low: number[], high: number[]}} box @param {number} margin pixels left free on each side */
  fit({ low, high }, margin) {
    const [across, up] = [high[0] - low[0], high[1] - low[1]];
    const room = [Math.max(this.width - 2 * margin, 40), Math.max(this.height - 2 * margin, 40)];
    this.scale = Math.min(room[0] / Math.max(across, 1), room[1] / Math.max(up, 1), this.most);
    this.least = this.scale / 4;
    [this.x, this.y] = [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2];
  }

  /** Comes nearer by a factor, with a point of the window staying where it is. @param {number} factor @param {number} px @param {number} py */
  zoom(factor, px, py) {
    const [x, y] = this.toGround(px, py);
    this.scale = Math.min(Math.max(this.scale * factor, this.least), this.most);
    this.x = x - (px - this.width / 2) / this.scale;
    this.y = y + (py - this.height / 2) / this.scale;
  }

  /** @param {number} dx pixels @param {number} dy */
  pan(dx, dy) {
    this.x -= dx / this.scale;
    this.y += dy / this.scale;
  }

  /** @returns {{x: number, y: number, scale: number}} */
  get view() {
    return { x: this.x, y: this.y, scale: this.scale };
  }
}
