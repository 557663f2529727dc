import { ReadingError, recognize } from "./api.js";
import { listenForPictures } from "./choose.js";
import { API } from "./config.js";
import { drawingPad } from "./draw.js";
import { paper } from "./paper.js";
import { digitToLookAt, result } from "./result.js";

/** After a stroke: most of us lift the pen between the strokes of a 4, and between two digits. */
const PAUSE_MS = 900;
/** Sooner than this, "Reading" would only flicker. */
const SAY_READING_MS = 250;
/** Later than this, a Function app is likely to be starting. */
const SAY_WAKING_MS = 3_000;

const byId = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));

const hint = byId("hint");
const marks = byId("marks");
const sheet = paper(
  { laid: byId("laid"), image: byId("picture"), caption: byId("no-preview"), marks },
  { onChoose: chooseDigit, onMove: selectDigit },
);
const shown = result(byId("reading"), { onChoose: chooseDigit });
const pad = drawingPad(byId("pad"), {
  over: marks,
  mayDraw: () => !chosen,
  onStart: startStroke,
  onEnd: endStroke,
});

/** @type {Blob | null} The picture on the paper, where it is not a drawing. */
let chosen = null;
/** @type {AbortController} Ends the reading under way. */
let current = new AbortController();
/** @type {number[]} */
let timers = [];

listenForPictures(byId("file"), { onPicture: choose, onProblem: refuse });
byId("read").addEventListener("click", readPaper);
byId("clear").addEventListener("click", clear);

byId("description").href = `${API}/openapi.json`;
// The form belongs to the server that also gives this page; static hosting has none.
byId("form").hidden = !API.startsWith("/");

function startStroke() {
  stop();
  sheet.unmark();
  shown.fade();
  hint.hidden = true;
}

function endStroke() {
  later(PAUSE_MS, readPaper);
}

/** @param {Blob} picture */
function choose(picture) {
  chosen = picture;
  pad.clear();
  sheet.lay(picture);
  hint.hidden = true;
  read(picture);
}

function clear() {
  stop();
  chosen = null;
  pad.clear();
  sheet.lift();
  sheet.unmark();
  hint.hidden = false;
  shown.showNothing();
}

/** @param {string} words */
function refuse(words) {
  stop();
  shown.showProblem(words);
}

function readPaper() {
  if (chosen) read(chosen);
  else if (pad.isBlank()) refuse("The paper is blank. Draw a digit or a number, or choose a picture of one.");
  else read(pad.toPng());
}

/** @param {Blob | Promise<Blob>} picture */
async function read(picture) {
  const { signal } = stop();
  sheet.unmark();
  shown.showWaiting("");
  later(SAY_READING_MS, () => shown.showWaiting("Reading…"));
  later(SAY_WAKING_MS, () =>
    shown.showWaiting("Still reading. The reader may be waking up, which takes some seconds."),
  );
  try {
    const reading = await recognize(await picture, signal);
    if (signal.aborted) return;
    stop();
    sheet.mark(reading);
    shown.showReading(reading);
    if (reading.digits.length) selectDigit(digitToLookAt(reading));
  } catch (error) {
    if (signal.aborted) return;
    refuse(error instanceof ReadingError ? error.message : "Something went wrong in this page.");
  }
}

/** @param {number} index */
function selectDigit(index) {
  sheet.select(index);
  shown.select(index);
}

/** @param {number} index */
function chooseDigit(index) {
  selectDigit(index);
  shown.bringDigitIntoView();
}

/** Gives up whatever is under way or about to be: the newest picture is the one that counts. */
function stop() {
  current.abort();
  timers.forEach(clearTimeout);
  timers = [];
  return (current = new AbortController());
}

/**
 * @param {number} milliseconds
 * @param {() => void} action
 */
function later(milliseconds, action) {
  timers.push(setTimeout(action, milliseconds));
}
