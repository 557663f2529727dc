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

/** Less likely than this, another reading is not worth a word. */
const WORTH_SAYING = 0.001;

/** Probability that no other digits account for, from which on the separation is in doubt. */
const UNEXPLAINED = 0.1;

/**
 * The likeliest other texts: those with one digit different.
 *
 * @param {import("./api.js").Reading} reading
 * @returns {{text: string, probability: number}[]} the likeliest first
 */
function alternatives({ text, confidence, digits }) {
  const places = [...text].flatMap((character, at) => (/\d/.test(character) ? [at] : []));
  return digits
    .flatMap(({ digit, confidence: ours, probabilities }, index) =>
      probabilities.map((its, other) => ({
        text: other === digit ? "" : text.slice(0, places[index]) + other + text.slice(places[index] + 1),
        probability: (confidence * its) / Math.max(ours, 1e-9),
      })),
    )
    .filter((each) => each.text && each.probability >= WORTH_SAYING)
    .sort((a, b) => b.probability - a.probability);
}

/**
 * @param {import("./api.js").Reading} reading
 * @returns {string} what else it could be
 */
export function alternativesInWords(reading) {
  const all = alternatives(reading);
  const rest = all.reduce((left, { probability }) => left - probability, 1 - reading.confidence);
  const others = all.slice(0, 3).map(
    ({ text, probability }) => `${text.replaceAll("\n", " / ")} (${percentInWords(probability)})`,
  );
  if (rest > UNEXPLAINED) others.push("digits that part in another way");
  if (!others.length) return "It could hardly be anything else.";
  const last = others.pop();
  return `It could also be ${others.length ? `${others.join(", ")} or ` : ""}${last}.`;
}
