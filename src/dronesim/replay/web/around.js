// Says what is around: wind and rain, what is out or shut, and of every site what the map shows.

/** A line of what is out or shut is so high, pixels; the lines take half of the map at most, a quarter of a narrow one. */
const SPELL_PX = 28;
const NARROW_PX = 500;

class Around {
  /** @param {Day} day @param {(chosen: Chosen) => void} choose */
  constructor(day, choose) {
    this.day = day;
    this.choose = choose;
    this.told = "";
  }

  /** @param {number} time @param {boolean} isHidden whether a story stands in the place of the sites */
  write(time, isHidden) {
    this.#writeWind(this.day.wind(time));
    this.#writeSpells(time);
    if (!isHidden && /** @type {HTMLDetailsElement} */ (byId("words")).open) this.#writeSites(time);
  }

  /** @param {any} wind */
  #writeWind(wind) {
    const rain = wind?.rainMmh > 0 ? `, rain ${wind.rainMmh} mm/h` : "";
    byId("wind").textContent = wind ? `Wind ${wind.mps.toFixed(1)} m/s at ${wind.heightM} m${rain}` : "";
    const arrow = byId("arrow");
    arrow.hidden = !(wind?.mps > 0);
    if (wind) arrow.style.transform = `rotate(${90 - (Math.atan2(wind.northMps, wind.eastMps) * 180) / Math.PI}deg)`;
  }

  /** @param {number} time */
  #writeSpells(time) {
    const spells = this.day.spells(time).map((spell) => spell.words);
    for (const zone of this.day.told.zones) {
      const hasHours = zone.fromS !== null || zone.toS !== null;
      if (hasHours && this.day.isInForce(zone, time)) spells.push(`No-fly zone ${zone.name} in force`);
    }
    const { clientWidth, clientHeight } = byId("map");
    const most = Math.max(Math.floor(clientHeight / (clientWidth < NARROW_PX ? 4 : 2) / SPELL_PX), 3);
    if (spells.length > most) spells.splice(most - 1, spells.length, `and ${spells.length - most + 1} more`);
    const told = spells.join("\n");
    if (told === this.told) return;
    this.told = told;
    byId("spells").replaceChildren(...spells.map((text) => element("li", {}, text)));
  }

  /** @param {number} time */
  #writeSites(time) {
    const { day } = this;
    const body = byId("sites");
    if (!body.childElementCount) {
      body.append(...day.sites.map((site, row) => element("tr", {},
        element("th", { scope: "row" }, button(site.id, () => this.choose({ kind: "site", row }))),
        ...Array.from({ length: 3 }, () => element("td", {})))));
    }
    day.sites.forEach((site, row) => {
      const isAirport = site.kind === "airport";
      const cells = [day.held("pad", row, time), isAirport ? "" : day.waitingAt[row].at(time), isAirport ? day.held("box", row, time) : ""];
      cells.forEach((text, place) => (body.children[row].children[place + 1].textContent = String(text)));
    });
  }
}
