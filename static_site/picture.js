/** @typedef {import("./normalize.js").Ink} Ink */

/** px, the long side at which a picture is looked at. */
const SIDE = 640;
/** Of the way from paper to ink, where ink begins and where it is full. */
const FAINT = 0.35;
const FULL = 0.7;
/** Of 255, the least difference between paper and ink. */
const CONTRAST = 40;

/**
 * Ink in a picture, by one threshold for all of it: right for an even paper, and no more than a
 * first look. The server finds ink in the shade, on ruled lines and in poor photographs.
 *
 * @param {Blob} picture
 * @returns {Promise<{ink: Ink, scale: number}>} and how many of the picture's pixels make one of
 *   the ink's
 * @throws {Error} where the browser cannot show this file
 */
export async function inkIn(picture) {
  const bitmap = await createImageBitmap(picture);
  const scale = Math.max(1, Math.max(bitmap.width, bitmap.height) / SIDE);
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side / scale)));
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("This browser has no canvas.");
  context.fillStyle = "#fff"; // where the picture is transparent
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  const grey = new Uint8Array(width * height);
  grey.forEach((_, at) => (grey[at] = 0.3 * data[4 * at] + 0.59 * data[4 * at + 1] + 0.11 * data[4 * at + 2]));
  return { ink: { data: strengths(grey), width, height }, scale };
}

/** @param {Uint8Array} grey */
function strengths(grey) {
  const { dark, light, threshold } = split(grey);
  const darkCount = grey.reduce((count, value) => count + Number(value <= threshold), 0);
  // There is more paper than ink.
  const [paper, ink] = darkCount < grey.length / 2 ? [light, dark] : [dark, light];
  if (Math.abs(paper - ink) < CONTRAST) return new Float32Array(grey.length);
  return Float32Array.from(grey, (value) => {
    const way = (value - paper) / (ink - paper);
    return Math.min(Math.max((way - FAINT) / (FULL - FAINT), 0), 1);
  });
}

/**
 * Parts values in two where that leaves least variance within: Otsu, "A threshold selection
 * method from gray-level histograms" (1979).
 *
 * @param {Uint8Array} grey
 * @returns {{dark: number, light: number, threshold: number}} the means of both parts
 */
function split(grey) {
  const counts = new Array(256).fill(0);
  let sum = 0;
  for (const value of grey) {
    counts[value]++;
    sum += value;
  }
  let best = { between: -1, dark: 0, light: 0, threshold: 0 };
  let [below, sumBelow] = [0, 0];
  counts.forEach((count, threshold) => {
    below += count;
    sumBelow += count * threshold;
    const above = grey.length - below;
    if (!below || !above) return;
    const [dark, light] = [sumBelow / below, (sum - sumBelow) / above];
    const between = below * above * (light - dark) ** 2;
    if (between > best.between) best = { between, dark, light, threshold };
  });
  return best;
}
