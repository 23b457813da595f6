// Undoes packing.py: base64, deflate, numbers of variable length, differences.

/**
 * @typedef {object} ColumnHead
 * @property {string} name
 * @property {number} count
 * @property {number} bytes
 * @property {number} scale
 * @property {boolean} isDelta
 * @property {string[]} after
 * @property {boolean} hasGaps
 */
/** @typedef {{told: any, columns: Record<string, Float64Array>}} Unpacked */

/** @param {string} text @returns {Uint8Array} */
function fromBase64(text) {
  const letters = atob(text.trim());
  const bytes = new Uint8Array(letters.length);
  for (let place = 0; place < letters.length; place++) bytes[place] = letters.charCodeAt(place);
  return bytes;
}

/** @param {Uint8Array} bytes @returns {Promise<Uint8Array>} */
async function inflated(bytes) {
  const whole = new Blob([/** @type {any} */ (bytes)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(whole).arrayBuffer());
}

/**
 * Reads so many numbers from a place on; gaps become NaN, and differences begin anew after one.
 * @param {Uint8Array} bytes
 * @param {number} begin
 * @param {ColumnHead} head
 * @returns {Float64Array}
 */
function readColumn(bytes, begin, head) {
  const steps = new Float64Array(head.count);
  let place = begin;
  let before = 0;
  for (let row = 0; row < head.count; row++) {
    let code = 0;
    let weight = 1;
    let byte = 0;
    do {
      byte = bytes[place++];
      code += (byte & 127) * weight;
      weight *= 128;
    } while (byte & 128);
    if (head.hasGaps && code === 0) {
      steps[row] = NaN;
      before = 0;
      continue;
    }
    if (head.hasGaps) code -= 1;
    const step = code % 2 ? -(code + 1) / 2 : code / 2;
    steps[row] = head.isDelta ? before + step : step;
    before = steps[row];
  }
  return steps;
}

/**
 * Adds to each row the last of the columns before it that has something there.
 * @param {Float64Array} steps
 * @param {Float64Array[]} earlier
 */
function addKnown(steps, earlier) {
  for (let row = 0; row < steps.length; row++) {
    for (let column = earlier.length - 1; column >= 0; column--) {
      if (!Number.isNaN(earlier[column][row])) {
        steps[row] += earlier[column][row];
        break;
      }
    }
  }
}

/** @param {Uint8Array} bytes inflated @returns {Unpacked} */
function unpack(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  /** @type {Record<string, Float64Array>} */
  const steps = {};
  let begin = 4 + length;
  for (const column of /** @type {ColumnHead[]} */ (head.columns)) {
    steps[column.name] = readColumn(bytes, begin, column);
    if (column.after.length) addKnown(steps[column.name], column.after.map((name) => steps[name]));
    begin += column.bytes;
  }
  for (const column of /** @type {ColumnHead[]} */ (head.columns)) {
    if (column.scale === 1) continue;
    // a step such as 0.1 is no binary number: dividing by 10 comes nearer than multiplying
    const perUnit = Math.round(1 / column.scale);
    const values = steps[column.name];
    for (let row = 0; row < values.length; row++) values[row] /= perUnit;
  }
  return { told: head.told, columns: steps };
}

/** @param {string} text base64 of what packing.py gave @returns {Promise<Unpacked>} */
async function unpacked(text) {
  return unpack(await inflated(fromBase64(text)));
}
