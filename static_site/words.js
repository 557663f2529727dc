/** How sure, in words: the first whose bound is reached. */
const CONFIDENCE = /** @type {const} */ ([
  [0.99, "Very sure"],
  [0.9, "Sure"],
  [0.7, "Fairly sure"],
  [0.4, "Not sure"],
  [0, "A guess"],
]);

/**
 * @param {number} probability
 * @returns {string}
 */
export function confidenceInWords(probability) {
  return CONFIDENCE.find(([bound]) => probability >= bound)?.[1] ?? "A guess";
}

/**
 * Never "0.0%" nor "100.0%": rounding should not claim a certainty the network does not.
 *
 * @param {number} probability
 * @returns {string}
 */
export function percent(probability) {
  if (probability < 0.0005) return "<0.1%";
  if (probability >= 0.9995) return ">99.9%";
  return `${(100 * probability).toFixed(1)}%`;
}

/**
 * @param {number} probability
 * @returns {string} in a sentence
 */
export function percentInWords(probability) {
  return percent(probability).replace(">", "over ").replace("<", "under ");
}

/**
 * What a digit of a reading is called.
 *
 * @param {import("./api.js").Reading} reading
 * @param {number} index
 * @returns {string}
 */
export function nameOf({ digits }, index) {
  const { digit, confidence } = digits[index];
  return `Digit ${index + 1} of ${digits.length}: ${digit}, ${percentInWords(confidence)} sure`;
}
