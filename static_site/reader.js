import { normalize, SIDE } from "./normalize.js";
import { cropped, findRows, findStrokes } from "./separate.js";

/**
 * @typedef {import("./api.js").Digit} Digit
 * @typedef {import("./api.js").Reading} Reading
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./normalize.js").Ink} Ink
 * @typedef {import("./separate.js").Row} Row
 * @typedef {import("./separate.js").Stroke} Stroke
 */

/** Of the digits' height, the width of a digit at most. */
const WIDEST = 1.4;
/** Of the digits' height, that of 1s beside each other at least. */
const TALL = 0.7;
/** Strokes that one digit is written in at most. */
const MOST_STROKES = 4;
/** More strokes than a number has: texture, not writing. */
const TOO_MANY = 120;
/** Logarithm of the odds under which ink is not taken for a digit. */
const HOPELESS = -6;
/** Ways kept at each place in a row. */
const PATHS = 8;

/** @typedef {{weight: number, text: string, digits: Digit[]}} Path */

/**
 * Reads ink that is known, as that of a drawing is: the server's way (shared/lattice.py), but for
 * its cuts through strokes. Digits that touch are one here, and an unlikely one.
 *
 * @param {Ink} ink
 * @param {Model} model
 * @returns {Promise<Reading>}
 */
export async function readInk(ink, model) {
  const { labels, strokes } = findStrokes(ink);
  const all = strokes.length > TOO_MANY ? [] : strokes;
  /** @type {Digit[][]} */
  const lines = [];
  let separated = 1;
  for (const row of findRows(all)) {
    const { digits, sure } = await readRow(ink, labels, row, model);
    if (digits.length) lines.push(digits);
    separated *= sure;
  }
  const number = reading(lines, separated, ink, model);
  if (number.digits.length === 1 || !all.length) return number;
  // Several strokes may be one digit after all; one of many leaves most of the odds.
  const [whole] = await seen(ink, labels, [all], model);
  const digit = reading([[whole]], 1, ink, model);
  const height = Math.max(...all.map(({ top, bottom }) => bottom - top));
  return areOnes(whole, all, height) || number.confidence > digit.confidence ? number : digit;
}

/**
 * @param {Ink} ink
 * @param {Int32Array} labels
 * @param {Row} row
 * @param {Model} model
 */
async function readRow(ink, labels, { strokes, size }, model) {
  /** @type {{start: number, end: number, some: Stroke[]}[]} */
  const spans = [];
  strokes.forEach((_, start) => {
    for (let end = start + 1; end <= Math.min(start + MOST_STROKES, strokes.length); end++) {
      const some = strokes.slice(start, end);
      const width = Math.max(...some.map(({ right }) => right)) - Math.min(...some.map(({ left }) => left));
      if (some.length === 1 || width <= WIDEST * size) spans.push({ start, end, some });
    }
  });
  const digits = await seen(ink, labels, spans.map(({ some }) => some), model);

  /** @type {Path[][]} The likeliest ways to read all up to a stroke. */
  const ends = [[{ weight: 0, text: "", digits: [] }]];
  for (let end = 1; end <= strokes.length; end++) {
    /** @type {Map<string, Path>} */
    const ways = new Map();
    spans.forEach((span, at) => {
      if (span.end !== end) return;
      const digit = digits[at];
      const weight = 2 * Math.log(digit.confidence) + shape(digit, size);
      const without = skipped(digit, size);
      const isDigit = weight > HOPELESS && !areOnes(digit, span.some, size);
      for (const path of ends[span.start]) {
        const digitsNow = [...path.digits, digit];
        if (isDigit) add(ways, path.weight + weight, path.text + digit.digit, digitsNow);
        if (without > HOPELESS) add(ways, path.weight + without, path.text, path.digits);
      }
    });
    ends.push([...ways.values()].sort((a, b) => b.weight - a.weight).slice(0, PATHS));
  }
  const found = ends[strokes.length];
  if (!found.length) return { digits: [], sure: 1 };
  const sum = found.reduce((all, { weight }) => all + Math.exp(weight - found[0].weight), 0);
  return { digits: found[0].digits, sure: 1 / sum };
}

/**
 * Ways to the same text count together; the likelier one's digits stand for them.
 *
 * @param {Map<string, Path>} ways
 * @param {number} weight
 * @param {string} text
 * @param {Digit[]} digits
 */
function add(ways, weight, text, digits) {
  const other = ways.get(text);
  if (!other) {
    ways.set(text, { weight, text, digits });
    return;
  }
  const [more, less] = [Math.max(weight, other.weight), Math.min(weight, other.weight)];
  const together = more + Math.log1p(Math.exp(less - more));
  ways.set(text, { weight: together, text, digits: weight > other.weight ? digits : other.digits });
}

/**
 * What the network makes of each of these.
 *
 * @param {Ink} ink
 * @param {Int32Array} labels
 * @param {Stroke[][]} groups
 * @param {Model} model
 * @returns {Promise<Digit[]>}
 */
async function seen(ink, labels, groups, model) {
  const crops = groups.map((some) => cropped(ink, labels, some));
  const inputs = crops.map(normalize);
  const answers = await model.probabilities(inputs);
  return answers.map((probabilities, at) => {
    const confidence = Math.max(...probabilities);
    const { box } = crops[at];
    const digit = { digit: probabilities.indexOf(confidence), confidence, probabilities, box };
    // As a picture only where it is looked at.
    return Object.defineProperty(digit, "input", { get: () => pictureOf(inputs[at]), enumerable: true });
  });
}

/**
 * Whether strokes are 1s beside each other, which look like one, outlined, to the network.
 *
 * @param {Digit} digit What it makes of them together.
 * @param {Stroke[]} some
 * @param {number} size
 */
function areOnes({ digit }, some, size) {
  return digit === 1 && some.filter(({ top, bottom }) => bottom - top >= TALL * size).length > 1;
}

/**
 * Logarithm of how well a digit's height fits its row's, and its width its height.
 *
 * @param {Digit} digit
 * @param {number} size
 */
function shape({ box }, size) {
  const [height, aspect] = [box.height / size, box.width / box.height];
  return -14 * Math.max(0, 0.65 - height) - 4 * Math.max(0, height - 1.5) - 5 * Math.max(0, aspect - 1);
}

/**
 * Logarithm of the odds that ink is no digit's: a point, a dash, dirt.
 *
 * @param {Digit} digit
 * @param {number} size
 */
function skipped({ box }, size) {
  return -0.2 - 12 * Math.max(0, Math.max(box.height, 0.5 * box.width) / size - 0.15);
}

/**
 * @param {Digit[][]} lines
 * @param {number} separated The probability that the ink was separated rightly.
 * @param {Ink} ink
 * @param {Model} model
 * @returns {Reading}
 */
function reading(lines, separated, { width, height }, model) {
  const digits = lines.flat();
  // The wider a digit, the likelier it is two that touch.
  const each = digits.map(({ confidence, box }) => confidence * Math.exp(-5 * Math.max(0, box.width / box.height - 1.1)));
  return {
    text: lines.map((line) => line.map(({ digit }) => digit).join("")).join("\n"),
    confidence: digits.length ? each.reduce((a, b) => a * b, separated) : 0,
    digits,
    model: { name: "digits", version: model.version },
    image: { width, height },
  };
}

/**
 * @param {Float32Array} input
 * @returns {string} a data URL
 */
function pictureOf(input) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const pixels = new ImageData(SIDE, SIDE);
  input.forEach((value, at) => pixels.data.set([...Array(3).fill(Math.round(255 * value)), 255], 4 * at));
  canvas.getContext("2d")?.putImageData(pixels, 0, 0);
  return canvas.toDataURL();
}
