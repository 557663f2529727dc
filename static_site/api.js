import { API } from "./config.js";

/**
 * @typedef {object} Box Pixels of the picture that was sent, held upright.
 * @property {number} x
 * @property {number} y
 * @property {number} width
 * @property {number} height
 *
 * @typedef {object} Digit
 * @property {number} digit
 * @property {number} confidence
 * @property {number[]} probabilities Ten, for the digits 0 to 9.
 * @property {Box} box
 * @property {string} [input] A data URL: the 28 by 28 picture the network saw.
 *
 * @typedef {object} Reading
 * @property {string} text The digits left to right, a line for each row; "" where nothing is written.
 * @property {number} confidence The probability that all of the text is right.
 * @property {Digit[]} digits Those of all rows, in the order of the text.
 * @property {{name: string, version: string}} model
 * @property {{width: number, height: number}} image
 */

/** What the reader is told to expect: it finds out how many rows and digits there are. */
const MODE = "auto";

/** A kind of file of which the reader finds out itself whether it is a picture. */
const UNKNOWN = "application/octet-stream";

/** Long enough for a Function app that has to start first. */
const TIMEOUT_MS = 60_000;

/** For a server, or something before it, that fails without saying why. */
const WORDS_FOR_STATUS = new Map([
  [404, "There is no reader at the address this page was given."],
  [413, "This picture is too large for the reader."],
  [415, "The reader does not take this kind of file."],
  [429, "The reader is busy. Try again in a moment."],
  [502, "The reader is not available just now. Try again in a moment."],
  [503, "The reader is not available just now. Try again in a moment."],
  [504, "The reader did not answer in time. Try again in a moment."],
]);

/** What says that the reader has too much to do, and when to ask again. */
const BUSY = new Set([429, 503]);

/** A failure whose message can be shown as it stands. */
export class ReadingError extends Error {
  /**
   * @param {string} message
   * @param {number} [seconds] After which the reader may have time, where it was busy.
   */
  constructor(message, seconds) {
    super(message);
    this.seconds = seconds;
  }
}

/**
 * Sends a picture and returns what was read in it.
 *
 * @param {Blob} picture
 * @param {AbortSignal} superseded Ends the request without a word; the caller knows why.
 * @returns {Promise<Reading>}
 * @throws {ReadingError} for everything else that goes wrong
 */
export async function recognize(picture, superseded) {
  await tryToOpen(picture);
  const ended = new AbortController();
  const end = () => ended.abort();
  const timer = setTimeout(end, TIMEOUT_MS);
  superseded.addEventListener("abort", end);
  try {
    if (superseded.aborted) end();
    const response = await fetch(`${API}/recognize?mode=${MODE}&explain=1`, {
      method: "POST",
      // By what it says it is no picture may be refused, in words for programmers.
      headers: { "Content-Type": picture.type.startsWith("image/") ? picture.type : UNKNOWN },
      body: picture,
      credentials: "omit",
      signal: ended.signal,
    });
    return await readingFrom(response);
  } catch (error) {
    if (superseded.aborted || error instanceof ReadingError) throw error;
    throw new ReadingError(
      ended.signal.aborted
        ? "The reader took longer than a minute. Try again in a moment."
        : "The reader could not be reached. Check your connection and try again.",
    );
  } finally {
    clearTimeout(timer);
    superseded.removeEventListener("abort", end);
  }
}

/**
 * Tries a byte before all are sent, so that a folder, or a file that has since gone, is
 * not mistaken for a network that has gone.
 *
 * @param {Blob} picture
 */
async function tryToOpen(picture) {
  try {
    await picture.slice(0, 1).arrayBuffer();
  } catch {
    throw new ReadingError("This file could not be opened.");
  }
}

/** @param {Response} response */
async function readingFrom(response) {
  const text = await response.text();
  const answer = parsed(text);
  if (!response.ok) {
    const seconds = BUSY.has(response.status) ? Number(response.headers.get("Retry-After")) || 1 : undefined;
    throw new ReadingError(problemIn(answer) ?? wordsFor(response.status), seconds);
  }
  if (typeof answer?.text !== "string" || !Array.isArray(answer.digits)) {
    throw new ReadingError("The reader gave an answer that this page does not understand.");
  }
  return /** @type {Reading} */ (answer);
}

/**
 * @param {string} text
 * @returns {any} undefined where the text is not JSON
 */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The sentence in an RFC 9457 problem.
 *
 * @param {any} problem
 * @returns {string | undefined}
 */
function problemIn(problem) {
  return [problem?.detail, problem?.title].find((words) => typeof words === "string" && words);
}

/** @param {number} status */
function wordsFor(status) {
  return WORDS_FOR_STATUS.get(status) ?? `The reader failed, with status ${status}.`;
}
