// Draws QR codes as ISO/IEC 18004 has them: bytes, level M, versions 1 to 10.

/** Codewords in all, check words a block, blocks; by version. */
const QR_SIZES = [
  [26, 10, 1], [44, 16, 1], [70, 26, 1], [100, 18, 2], [134, 24, 2],
  [172, 16, 4], [196, 18, 4], [242, 22, 4], [292, 22, 5], [346, 26, 5],
];
/** Centres of the alignment patterns by version. */
const QR_ALIGNED = [
  [], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50],
];
/** @type {((row: number, column: number) => boolean)[]} */
const QR_MASKS = [
  (i, j) => (i + j) % 2 === 0,
  (i) => i % 2 === 0,
  (_, j) => j % 3 === 0,
  (i, j) => (i + j) % 3 === 0,
  (i, j) => (Math.floor(i / 2) + Math.floor(j / 3)) % 2 === 0,
  (i, j) => ((i * j) % 2) + ((i * j) % 3) === 0,
  (i, j) => (((i * j) % 2) + ((i * j) % 3)) % 2 === 0,
  (i, j) => (((i + j) % 2) + ((i * j) % 3)) % 2 === 0,
];

/** Multiplies in the field of 256 elements whose polynomial is x^8 + x^4 + x^3 + x^2 + 1. @param {number} a @param {number} b */
function qrTimes(a, b) {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ ((product >> 7) * 0x11d);
    if ((b >> bit) & 1) product ^= a;
  }
  return product & 255;
}

/** The remainder of data by the generator of so many check words. @param {number[]} data @param {number} count */
function qrCheckWords(data, count) {
  let generator = [1];
  let root = 1;
  for (let power = 0; power < count; power++) {
    const next = [...generator, 0];
    generator.forEach((factor, place) => (next[place + 1] ^= qrTimes(factor, root)));
    generator = next;
    root = qrTimes(root, 2);
  }
  const rest = [...data, ...Array(count).fill(0)];
  for (let place = 0; place < data.length; place++) {
    const factor = rest[place];
    generator.forEach((part, offset) => (rest[place + offset] ^= qrTimes(part, factor)));
  }
  return rest.slice(data.length);
}

/** The smallest version that holds so many bytes. @param {number} length */
function qrVersion(length) {
  for (let version = 1; version <= QR_SIZES.length; version++) {
    const [all, check, blocks] = QR_SIZES[version - 1];
    if (12 + (version > 9 ? 8 : 0) + 8 * length <= 8 * (all - check * blocks)) return version;
  }
  throw new Error(`a QR code of at most 10 versions does not hold ${length} bytes`);
}

/** Data and check words of bytes, blocks interleaved. @param {Uint8Array} bytes @param {number} version */
function qrWords(bytes, version) {
  const [all, check, blocks] = QR_SIZES[version - 1];
  const room = all - check * blocks;
  let bits = "0100" + bytes.length.toString(2).padStart(version > 9 ? 16 : 8, "0");
  for (const byte of bytes) bits += byte.toString(2).padStart(8, "0");
  bits += "0".repeat(Math.min(4, 8 * room - bits.length));
  bits += "0".repeat((8 - (bits.length % 8)) % 8);
  const words = Array.from({ length: bits.length / 8 }, (_, place) => parseInt(bits.slice(8 * place, 8 * place + 8), 2));
  for (let pad = 0; words.length < room; pad++) words.push(pad % 2 ? 0x11 : 0xec);
  const short = Math.floor(room / blocks);
  const shortBlocks = blocks - (room % blocks);
  const data = [];
  for (let block = 0, begin = 0; block < blocks; block++) {
    const end = begin + short + (block >= shortBlocks ? 1 : 0);
    data.push(words.slice(begin, end));
    begin = end;
  }
  const checks = data.map((block) => qrCheckWords(block, check));
  const found = [];
  for (const group of [data, checks]) {
    for (let place = 0; place < Math.max(...group.map((block) => block.length)); place++) {
      for (const block of group) if (place < block.length) found.push(block[place]);
    }
  }
  return found;
}

/** Appends the remainder by a generator to a value. @param {number} value @param {number} generator @param {number} bits */
function qrProtected(value, generator, bits) {
  let rest = value << bits;
  for (let bit = 31; bit >= bits; bit--) if ((rest >>> bit) & 1) rest ^= generator << (bit - bits);
  return (value << bits) | rest;
}

/** @typedef {{dark: boolean[][], isFixed: boolean[][]}} QrGrid */

/** The patterns that every code of a version has. @param {number} version @returns {QrGrid} */
function qrPatterns(version) {
  const size = 17 + 4 * version;
  const empty = () => Array.from({ length: size }, () => Array(size).fill(false));
  /** @type {QrGrid} */
  const grid = { dark: empty(), isFixed: empty() };
  /** @param {number} row @param {number} column @param {boolean} isDark */
  const set = (row, column, isDark) => {
    if (row < 0 || column < 0 || row >= size || column >= size) return;
    grid.dark[row][column] = isDark;
    grid.isFixed[row][column] = true;
  };
  for (let place = 0; place < size; place++) {
    set(6, place, place % 2 === 0);
    set(place, 6, place % 2 === 0);
  }
  for (const [top, left] of [[3, 3], [3, size - 4], [size - 4, 3]]) {
    for (let i = -4; i <= 4; i++) {
      for (let j = -4; j <= 4; j++) {
        const ring = Math.max(Math.abs(i), Math.abs(j));
        set(top + i, left + j, ring !== 2 && ring !== 4);
      }
    }
  }
  const centres = QR_ALIGNED[version - 1];
  for (const row of centres) {
    for (const column of centres) {
      const isCorner = grid.isFixed[row][column] && row !== 6 && column !== 6;
      if (isCorner || (row === 6 && (column === 6 || column === size - 7)) || (column === 6 && row === size - 7)) continue;
      for (let i = -2; i <= 2; i++) {
        for (let j = -2; j <= 2; j++) set(row + i, column + j, Math.max(Math.abs(i), Math.abs(j)) !== 1);
      }
    }
  }
  qrFormat(grid, 0);
  if (version >= 7) {
    const told = qrProtected(version, 0x1f25, 12);
    for (let bit = 0; bit < 18; bit++) {
      const isDark = ((told >> bit) & 1) === 1;
      set(Math.floor(bit / 3), size - 11 + (bit % 3), isDark);
      set(size - 11 + (bit % 3), Math.floor(bit / 3), isDark);
    }
  }
  return grid;
}

/** Writes level M and the mask beside the finder patterns. @param {QrGrid} grid @param {number} mask */
function qrFormat(grid, mask) {
  const size = grid.dark.length;
  const told = qrProtected(mask, 0x537, 10) ^ 0x5412;
  for (let bit = 0; bit < 15; bit++) {
    const isDark = ((told >> bit) & 1) === 1;
    const near = bit < 6 ? bit : bit < 8 ? bit + 1 : -1;
    const places = [near < 0 ? [8, 14 - bit + (bit === 8 ? 1 : 0)] : [near, 8], bit < 8 ? [8, size - 1 - bit] : [size - 15 + bit, 8]];
    for (const [row, column] of places) {
      grid.dark[row][column] = isDark;
      grid.isFixed[row][column] = true;
    }
  }
  grid.dark[size - 8][8] = true;
  grid.isFixed[size - 8][8] = true;
}

/** Lays words in columns of two from the lower right, up and down, and masks them. @param {QrGrid} grid @param {number[]} words @param {number} mask */
function qrFill(grid, words, mask) {
  const size = grid.dark.length;
  let bit = 0;
  let isUp = true;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++) {
      const row = isUp ? size - 1 - step : step;
      for (const column of [right, right - 1]) {
        if (grid.isFixed[row][column]) continue;
        const value = bit < 8 * words.length && ((words[bit >> 3] >> (7 - (bit & 7))) & 1) === 1;
        grid.dark[row][column] = value !== QR_MASKS[mask](row, column);
        bit++;
      }
    }
    isUp = !isUp;
  }
}

/** How hard a code is to read: long runs, blocks, what looks like a finder pattern, too dark or too light. @param {boolean[][]} dark */
function qrPenalty(dark) {
  const size = dark.length;
  let penalty = 0;
  const lines = [
    ...dark.map((row) => row.map(Number).join("")),
    ...dark.map((_, column) => dark.map((row) => Number(row[column])).join("")),
  ];
  for (const line of lines) {
    for (const run of line.match(/0{5,}|1{5,}/g) ?? []) penalty += run.length - 2;
    for (let place = 0; place + 11 <= size; place++) {
      const piece = line.slice(place, place + 11);
      if (piece === "10111010000" || piece === "00001011101") penalty += 40;
    }
  }
  let count = 0;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      count += Number(dark[row][column]);
      if (row + 1 === size || column + 1 === size) continue;
      const same = [dark[row][column + 1], dark[row + 1][column], dark[row + 1][column + 1]];
      if (same.every((other) => other === dark[row][column])) penalty += 3;
    }
  }
  return penalty + 10 * Math.floor(Math.abs((20 * count) / (size * size) - 10));
}

/** The QR code of a text: rows of modules, true for dark, without the quiet zone. @param {string} text @returns {boolean[][]} */
function qrCode(text) {
  const bytes = new TextEncoder().encode(text);
  const version = qrVersion(bytes.length);
  const words = qrWords(bytes, version);
  let best = /** @type {boolean[][]} */ ([]);
  let least = Infinity;
  for (let mask = 0; mask < QR_MASKS.length; mask++) {
    const grid = qrPatterns(version);
    qrFormat(grid, mask);
    qrFill(grid, words, mask);
    const penalty = qrPenalty(grid.dark);
    if (penalty < least) [best, least] = [grid.dark, penalty];
  }
  return best;
}
