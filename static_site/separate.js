/** @typedef {import("./normalize.js").Ink} Ink */

/**
 * @typedef {object} Stroke Ink that hangs together.
 * @property {number} label
 * @property {number} left
 * @property {number} top
 * @property {number} right One past its last pixel.
 * @property {number} bottom
 * @property {number} mass How much ink it has.
 *
 * @typedef {object} Row Strokes beside each other, in the order of their middles.
 * @property {Stroke[]} strokes
 * @property {number} size The usual height of its digits, px.
 */

/** Strength from which on there is ink. */
const EDGE = 0.05;
/** Strength that a stroke reaches somewhere. */
const STRONG = 0.4;
/** Of the digits' height squared, the ink of a speck. */
const SPECK = 0.01;
/** Of the digits' height, below which a stroke is no digit by itself. */
const SMALL = 0.45;
/** Of the digits' height, by which middles of digits in a row differ at most ... */
const IN_ROW = 0.6;
/** ... and of something small in it from the row's. */
const NEAR_ROW = 0.75;

/** Of the lower digits' height, that rows have in common which are one, jumping up and down ... */
const LEVEL = 0.15;
/** ... and of the narrower one's columns, those that the other has, too, at most. */
const OVER = 0.25;

/**
 * Which pixels hang together, corner to corner too.
 *
 * @param {Ink} ink
 * @returns {{labels: Int32Array, strokes: Stroke[]}} the stroke a pixel belongs to, 0 for none
 */
export function findStrokes({ data, width, height }) {
  const labels = new Int32Array(data.length);
  const strokes = [];
  const pending = [];
  for (let start = 0; start < data.length; start++) {
    if (labels[start] || data[start] <= EDGE) continue;
    const label = strokes.length + 1;
    const stroke = { label, left: width, top: height, right: 0, bottom: 0, mass: 0 };
    let strongest = 0;
    labels[start] = label;
    pending.push(start);
    while (pending.length) {
      const at = /** @type {number} */ (pending.pop());
      const x = at % width;
      const y = (at - x) / width;
      stroke.left = Math.min(stroke.left, x);
      stroke.right = Math.max(stroke.right, x + 1);
      stroke.top = Math.min(stroke.top, y);
      stroke.bottom = Math.max(stroke.bottom, y + 1);
      stroke.mass += data[at];
      strongest = Math.max(strongest, data[at]);
      for (let row = Math.max(y - 1, 0); row <= Math.min(y + 1, height - 1); row++) {
        for (let column = Math.max(x - 1, 0); column <= Math.min(x + 1, width - 1); column++) {
          const next = row * width + column;
          if (labels[next] || data[next] <= EDGE) continue;
          labels[next] = label;
          pending.push(next);
        }
      }
    }
    strokes.push(strongest > STRONG ? stroke : { ...stroke, mass: 0 });
  }
  return { labels, strokes: strokes.filter(({ mass }) => mass) };
}

/**
 * Strokes in rows, top to bottom, without specks: shared/rows.py, for ink that is known and level.
 *
 * @param {Stroke[]} strokes
 * @returns {Row[]}
 */
export function findRows(strokes) {
  if (!strokes.length) return [];
  const size = usualHeight(strokes);
  const kept = strokes.filter(({ mass }) => mass > SPECK * size * size);
  const isTall = (/** @type {Stroke} */ stroke) => heightOf(stroke) >= SMALL * size;
  const tall = kept.filter(isTall).sort((a, b) => middleOf(a) - middleOf(b));
  /** @type {Stroke[][]} */
  const groups = [];
  tall.forEach((stroke, at) => {
    const isNext = at && middleOf(stroke) - middleOf(tall[at - 1]) <= IN_ROW * size;
    if (isNext) groups[groups.length - 1].push(stroke);
    else groups.push([stroke]);
  });
  /** @type {Stroke[][]} */
  const rows = [];
  for (const group of groups) {
    const above = rows[rows.length - 1];
    if (above && areBeside(above, group)) above.push(...group);
    else rows.push(group);
  }
  const levels = rows.map((row) => row.map(middleOf).reduce((a, b) => a + b) / row.length);
  for (const stroke of kept.filter((each) => !isTall(each))) {
    const away = levels.map((level) => Math.abs(middleOf(stroke) - level));
    const least = Math.min(...away);
    if (least < NEAR_ROW * size) rows[away.indexOf(least)].push(stroke);
  }
  const across = (/** @type {Stroke} */ { left, right }) => left + right;
  return rows.map((row) => ({ strokes: row.sort((a, b) => across(a) - across(b)), size }));
}

/**
 * Whether strokes are as high as each other in part, and none over another.
 *
 * @param {Stroke[]} above
 * @param {Stroke[]} below
 */
function areBeside(above, below) {
  const common = Math.max(...above.map(({ bottom }) => bottom)) - Math.min(...below.map(({ top }) => top));
  const heights = [above, below].map((some) => Math.max(...some.map(heightOf)));
  if (common < LEVEL * Math.min(...heights)) return false;
  const [one, other] = [above, below].map(columnsOf);
  const both = [...one].filter((column) => other.has(column));
  return both.length <= OVER * Math.min(one.size, other.size);
}

/** @param {Stroke[]} strokes */
function columnsOf(strokes) {
  const columns = new Set();
  for (const { left, right } of strokes) {
    for (let column = left; column < right; column++) columns.add(column);
  }
  return columns;
}

/**
 * That of the strokes that hold half of the ink.
 *
 * @param {Stroke[]} strokes
 */
function usualHeight(strokes) {
  const ordered = [...strokes].sort((a, b) => heightOf(a) - heightOf(b));
  let rest = ordered.reduce((sum, { mass }) => sum + mass, 0) / 2;
  for (const stroke of ordered) {
    rest -= stroke.mass;
    if (rest <= 0) return heightOf(stroke);
  }
  return heightOf(ordered[ordered.length - 1]);
}

/** @param {Stroke} stroke */
const heightOf = ({ top, bottom }) => bottom - top;
/** @param {Stroke} stroke */
const middleOf = ({ top, bottom }) => (top + bottom) / 2;

/**
 * The ink of some strokes, and nothing else, cropped to them.
 *
 * @param {Ink} ink
 * @param {Int32Array} labels
 * @param {Stroke[]} some
 * @returns {Ink & {box: import("./api.js").Box}}
 */
export function cropped(ink, labels, some) {
  const x = Math.min(...some.map(({ left }) => left));
  const y = Math.min(...some.map(({ top }) => top));
  const width = Math.max(...some.map(({ right }) => right)) - x;
  const height = Math.max(...some.map(({ bottom }) => bottom)) - y;
  const mine = new Set(some.map(({ label }) => label));
  const data = new Float32Array(width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const at = (y + row) * ink.width + x + column;
      if (mine.has(labels[at])) data[row * width + column] = ink.data[at];
    }
  }
  return { data, width, height, box: { x, y, width, height } };
}
