/**
 * Digit's ink -> the network's input: shared/normalize.py, step by step. What OpenCV does there
 * is done here by hand; a test holds both against each other on a thousand pictures.
 *
 * @typedef {object} Ink
 * @property {Float32Array} data Row by row, 0 where there is paper to 1 in a full stroke.
 * @property {number} width
 * @property {number} height
 */

export const SIDE = 28;
const BOX = 20;
/** px, the centre of mass in MNIST: the middle of the pixel at index 14 */
const MIDDLE = 14.5;
/** px, the size at which strokes are measured and thickened */
const FINE = 4 * BOX;
/** px in the 20 x 20 box, under which a stroke is thickened ... */
const THIN = 1.4;
/** ... to this */
const THICKENED = 2.0;
/** px in the 20 x 20 box, the surroundings that a stroke's ink is compared with ... */
const REACH = 5;
/** ... and of the strongest ink, what still becomes full ink */
const FAINTEST = 0.3;
/** How cubic interpolation bends, as OpenCV has it. */
const BEND = -0.75;

/**
 * @param {Ink} ink Cropped to the digit.
 * @returns {Float32Array} 28 x 28, 0 to 1, ink light on dark.
 */
export function normalize(ink) {
  const box = fit(thicken(fit(ink, FINE, false)), BOX, true);
  const most = Math.max(box.data.reduce((a, b) => Math.max(a, b), 0), 1e-6);
  return centre(even({ ...box, data: box.data.map((value) => value / most) }));
}

/**
 * Scales so that the long side is `side`, keeping the aspect ratio.
 *
 * @param {Ink} ink
 * @param {number} side
 * @param {boolean} enlarge
 * @returns {Ink}
 */
function fit(ink, side, enlarge) {
  const long = Math.max(ink.width, ink.height);
  if (long === side || (long < side && !enlarge)) return ink;
  const width = Math.max(1, round((ink.width * side) / long));
  const height = Math.max(1, round((ink.height * side) / long));
  const weigh = long > side ? areas : cubics;
  const across = weigh(ink.width, width);
  const down = weigh(ink.height, height);
  const wide = scaleRows(ink, across);
  const scaled = transpose(scaleRows(transpose(wide), down));
  return { ...scaled, data: scaled.data.map((value) => Math.min(Math.max(value, 0), 1)) };
}

/** @typedef {{from: number, weights: number[]}[]} Weights For each new pixel, those of the old. */

/**
 * Each new pixel is the mean of what it covers.
 *
 * @param {number} before
 * @param {number} after
 * @returns {Weights}
 */
function areas(before, after) {
  const scale = before / after;
  return Array.from({ length: after }, (_, at) => {
    const start = at * scale;
    const end = Math.min(start + scale, before);
    const from = Math.floor(start + 1e-6);
    const weights = [];
    for (let x = from; x < end - 1e-6; x++) {
      weights.push((Math.min(x + 1, end) - Math.max(x, start)) / (end - start));
    }
    return { from, weights };
  });
}

/**
 * Each new pixel is on a cubic curve through four old ones.
 *
 * @param {number} before
 * @param {number} after
 * @returns {Weights}
 */
function cubics(before, after) {
  return Array.from({ length: after }, (_, at) => {
    const place = ((at + 0.5) * before) / after - 0.5;
    const from = Math.floor(place) - 1;
    const t = place - from - 1;
    const far = (/** @type {number} */ d) => ((BEND * d - 5 * BEND) * d + 8 * BEND) * d - 4 * BEND;
    const near = (/** @type {number} */ d) => ((BEND + 2) * d - (BEND + 3)) * d * d + 1;
    return { from, weights: [far(t + 1), near(t), near(1 - t), far(2 - t)] };
  });
}

/**
 * @param {Ink} ink
 * @param {Weights} across
 * @returns {Ink}
 */
function scaleRows({ data, width, height }, across) {
  const scaled = new Float32Array(across.length * height);
  across.forEach(({ from, weights }, x) => {
    weights.forEach((weight, i) => {
      const column = Math.min(Math.max(from + i, 0), width - 1); // the edge goes on outside
      for (let y = 0; y < height; y++) {
        scaled[y * across.length + x] += weight * data[y * width + column];
      }
    });
  });
  return { data: scaled, width: across.length, height };
}

/**
 * @param {Ink} ink
 * @returns {Ink}
 */
function transpose({ data, width, height }) {
  const turned = new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) turned[x * height + y] = data[y * width + x];
  }
  return { data: turned, width: height, height: width };
}

/**
 * Widens strokes thinner than `THIN` to `THICKENED`.
 *
 * @param {Ink} thin
 * @returns {Ink}
 */
function thicken(thin) {
  if (strokeWidth(thin) >= (THIN * Math.max(thin.width, thin.height)) / BOX) return thin;
  const ink = fit(thin, FINE, true);
  const grow = Math.max(0, round((THICKENED * FINE) / BOX - strokeWidth(ink)));
  return dilate(pad(ink, grow), ellipse(grow + 1));
}

/**
 * Mean width of strokes in pixels: a long band's area over half its outline.
 *
 * @param {Ink} ink
 */
function strokeWidth(ink) {
  const { data, width, height } = pad(ink, 1);
  let area = 0;
  let outline = 0;
  for (let y = 1; y < height; y++) {
    for (let x = 1; x < width; x++) {
      const here = data[y * width + x];
      area += here;
      outline += Math.abs(here - data[y * width + x - 1]) + Math.abs(here - data[(y - 1) * width + x]);
    }
  }
  // The outline counted along the axes is 4 / pi times the true one, on average of directions.
  return (2 * area) / Math.max((outline * Math.PI) / 4, 1e-6);
}

/**
 * @param {Ink} ink
 * @param {number} margin
 * @returns {Ink}
 */
function pad({ data, width, height }, margin) {
  const wide = width + 2 * margin;
  const padded = new Float32Array(wide * (height + 2 * margin));
  for (let y = 0; y < height; y++) {
    padded.set(data.subarray(y * width, (y + 1) * width), (y + margin) * wide + margin);
  }
  return { data: padded, width: wide, height: height + 2 * margin };
}

/** @typedef {{dx: number, dy: number}[]} Pen Steps to the pixels it covers. */

/**
 * @param {number} size
 * @returns {Pen}
 */
function ellipse(size) {
  const radius = Math.floor(size / 2);
  const pen = [];
  for (let dy = -radius; dy < size - radius; dy++) {
    const half = radius && round(radius * Math.sqrt(1 - (dy / radius) ** 2));
    for (let dx = -half; dx <= Math.min(half, size - radius - 1); dx++) pen.push({ dx, dy });
  }
  return pen;
}

/**
 * Each pixel becomes the strongest that the pen covers.
 *
 * @param {Ink} ink
 * @param {Pen} pen
 * @returns {Ink}
 */
function dilate({ data, width, height }, pen) {
  const grown = new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let most = 0;
      for (const { dx, dy } of pen) {
        const [column, row] = [x + dx, y + dy];
        if (column < 0 || row < 0 || column >= width || row >= height) continue;
        most = Math.max(most, data[row * width + column]);
      }
      grown[y * width + x] = most;
    }
  }
  return { data: grown, width, height };
}

/**
 * Brings faint parts of strokes, where the pen was pressed less, to the strength of the rest.
 *
 * @param {Ink} box
 * @returns {Ink}
 */
function even(box) {
  const reach = (REACH - 1) / 2;
  const square = [];
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) square.push({ dx, dy });
  }
  const around = blur(dilate(box, square), square);
  return {
    ...box,
    data: box.data.map((value, at) => Math.min(value / Math.max(around.data[at], FAINTEST), 1)),
  };
}

/**
 * @param {Ink} ink
 * @param {Pen} square
 * @returns {Ink}
 */
function blur({ data, width, height }, square) {
  const blurred = data.map((_, at) => {
    const x = at % width;
    const y = (at - x) / width;
    let sum = 0;
    for (const { dx, dy } of square) {
      sum += data[mirrored(y + dy, height) * width + mirrored(x + dx, width)];
    }
    return sum / square.length;
  });
  return { data: blurred, width, height };
}

/**
 * Beyond the edge come the pixels before it again, the edge itself but once.
 *
 * @param {number} at
 * @param {number} length
 */
function mirrored(at, length) {
  if (length === 1) return 0;
  while (at < 0 || at >= length) at = at < 0 ? -at : 2 * (length - 1) - at;
  return at;
}

/**
 * Places at most 20 x 20 in 28 x 28, centre of mass nearest to `MIDDLE`.
 *
 * @param {Ink} box
 */
function centre({ data, width, height }) {
  let [total, across, down] = [0, 0, 0];
  data.forEach((value, at) => {
    total += value;
    across += value * ((at % width) + 0.5);
    down += value * (Math.floor(at / width) + 0.5);
  });
  total = Math.max(total, 1e-6);
  const left = Math.min(Math.max(round(MIDDLE - across / total), 0), SIDE - width);
  const top = Math.min(Math.max(round(MIDDLE - down / total), 0), SIDE - height);
  const placed = new Float32Array(SIDE * SIDE);
  for (let y = 0; y < height; y++) {
    placed.set(data.subarray(y * width, (y + 1) * width), (top + y) * SIDE + left);
  }
  return placed;
}

/**
 * To the nearest whole number, from halves to the even one, as Python does.
 *
 * @param {number} value
 */
function round(value) {
  const low = Math.floor(value);
  const rest = value - low;
  if (rest === 0.5) return low % 2 === 0 ? low : low + 1;
  return Math.round(value);
}
