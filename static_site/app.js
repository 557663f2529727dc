import { ReadingError, recognize } from "./api.js";
import { isTyping, listenForPictures } from "./choose.js";
import { API } from "./config.js";
import { COARSE, drawingPad } from "./draw.js";
import { countKept, forgetKept, keep, keptAsZip, loadZip } from "./kept.js";
import { loadModel } from "./model.js";
import { keepOffline } from "./offline.js";
import { paper } from "./paper.js";
import { inkIn } from "./picture.js";
import { readInk } from "./reader.js";
import { digitToLookAt, result } from "./result.js";
import { several } from "./several.js";
import { copy, curlCommand, download } from "./share.js";

/**
 * @typedef {import("./api.js").Reading} Reading
 * @typedef {import("./model.js").Model} Model
 */

/** After a stroke: most of us lift the pen between the strokes of a 4, and between two digits. */
const PAUSE_MS = 900;
/** Sooner than this, "Reading" would only flicker. */
const SAY_READING_MS = 250;
/** Later than this, a Function app is likely to be starting. */
const SAY_WAKING_MS = 3_000;
/** Below this confidence, the server is asked about a drawing too. */
const SURE = 0.9;
/** Below this one, the first look at a picture saw nothing worth showing. */
const WORTH_SHOWING = 0.4;

const WAKING = "The server may be waking up, which takes some seconds.";
const FIRST_LOOK = "A first look, in your browser.";

const byId = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));

const hint = byId("hint");
const marks = byId("marks");
const tools = byId("tools");
const sheet = paper(
  { laid: byId("laid"), image: byId("picture"), caption: byId("no-preview"), marks },
  { onChoose: chooseDigit, onMove: selectDigit },
);
const shown = result(byId("reading"), { onChoose: chooseDigit });
const pad = drawingPad(byId("pad"), {
  over: marks,
  mayDraw: () => !chosen,
  brush: () => byId("brush").valueAsNumber / 100,
  onStart: outdate,
  onEnd: endStroke,
});
const pictures = several(byId("pictures"), { onShow: showItem });

/** @type {Blob | null} The picture on the paper, where it is not a drawing. */
let chosen = null;
/** @type {{reading: Reading, key: IDBValidKey} | undefined} What was put right last. */
let lastKept;
/** @type {Reading | null} What is shown of what is on the paper. */
let current = null;
/** Whether that is what this browser read. */
let isOurs = false;
/** @type {Model | null} The network in this browser, once it is here. */
let model = null;
/** @type {AbortController} Ends the reading under way. */
let underWay = new AbortController();
/** @type {number[]} */
let timers = [];

listenForPictures([byId("file"), byId("camera")], { onPictures: choose, onProblem: refuse });
byId("read").addEventListener("click", readPaper);
byId("undo").addEventListener("click", undo);
byId("clear").addEventListener("click", clear);
byId("samples").addEventListener("click", chooseSample);
byId("csv").addEventListener("click", () => download(pictures.toCsv(), "readings.csv"));
byId("copy-text").addEventListener("click", () => copyAndSay(current?.text ?? ""));
byId("copy-curl").addEventListener("click", async () => {
  const picture = await onPaper();
  copyAndSay(curlCommand(API, nameOf(picture), picture.type));
});
byId("save").addEventListener("click", async () => {
  const picture = await onPaper();
  download(picture, nameOf(picture));
});
byId("correction").addEventListener("submit", keepCorrection);
byId("download-kept").addEventListener("click", downloadKept);
byId("forget-kept").addEventListener("click", forgetCorrections);
window.addEventListener("keydown", (event) => {
  if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey) return;
  if (isTyping(event)) return;
  event.preventDefault();
  undo();
});

byId("description").href = `${API}/openapi.json`;
// The form belongs to the server that also gives this page; static hosting has none.
byId("form").hidden = !API.startsWith("/");
showKept();
// The page is there first, then what makes it instant.
requestAnimationFrame(() => setTimeout(loadReader));

async function loadReader() {
  await keepOffline();
  try {
    const loaded = await loadModel();
    // Browsers compile code as it is used: not in the middle of the first digit.
    for (let time = 0; time < 3; time++) await readInk(practice(), loaded);
    model = loaded;
  } catch {
    document.documentElement.dataset.reader = "server";
    return; // the server reads all
  }
  document.documentElement.dataset.reader = "browser";
  byId("where").textContent =
    "Drawings are read in your browser, and by the server where that is unsure; pictures by both. The server keeps none.";
  loadZip().catch(() => {}); // for when there is no network
}

/** @returns {import("./normalize.js").Ink} strokes like those of a drawn number */
function practice() {
  const [width, height] = [280, 280];
  const data = new Float32Array(width * height);
  for (const left of [60, 80, 180]) {
    for (let y = 80; y < 200; y++) data.fill(1, y * width + left, y * width + left + 12);
  }
  return { data, width, height };
}

// Drawing

/** What is shown was read in another drawing. */
function outdate() {
  stop();
  sheet.unmark();
  shown.fade();
  tools.hidden = true;
  hint.hidden = true;
}

function endStroke() {
  byId("undo").disabled = !pad.canUndo();
  performance.mark("stroke-end");
  readOrForget();
}

function undo() {
  if (chosen || !pad.undo()) return;
  outdate();
  byId("undo").disabled = !pad.canUndo();
  readOrForget();
}

function readOrForget() {
  hint.hidden = !pad.isBlank();
  if (pad.isBlank()) forget();
  else readDrawing();
}

/** At once where this browser can, and after a pause by the server where it must. */
async function readDrawing() {
  const { signal } = stop();
  if (!model) {
    later(PAUSE_MS, readPaper);
    return;
  }
  const begun = performance.now();
  const reading = enlarged(await readInk(pad.ink(), model), COARSE);
  if (signal.aborted) return;
  show(reading, `in your browser in ${Math.ceil(performance.now() - begun)} ms`, true);
  performance.measure("stroke to answer", "stroke-end");
  const isSure = reading.confidence >= SURE;
  later(PAUSE_MS, () => (isSure ? shown.bringAnswerIntoView() : read(pad.toPng(), signal)));
}

// Pictures

/** @param {File[]} files */
function choose(files) {
  lay(files[0]);
  if (files.length > 1) {
    pictures.read(files);
    byId("samples").hidden = true;
    return;
  }
  pictures.clear();
  byId("samples").hidden = false;
  readPaper();
}

/** @param {Blob} picture */
function lay(picture) {
  stop();
  chosen = picture;
  current = null;
  sheet.lay(picture);
  sheet.unmark();
  tools.hidden = true;
  hint.hidden = true;
  byId("undo").disabled = true;
}

/** @param {import("./several.js").Item} item */
function showItem({ picture, reading, problem }) {
  if (chosen !== picture) lay(picture);
  stop();
  if (reading) {
    show(reading, "by the server");
    shown.bringAnswerIntoView();
  } else if (problem) refuse(problem);
  else shown.showWaiting("Reading…");
}

/** @param {Event} event */
async function chooseSample({ target }) {
  const image = /** @type {Element} */ (target).closest("button")?.querySelector("img");
  if (!image) return;
  const name = /** @type {string} */ (image.src.split("/").pop());
  const { signal } = stop();
  try {
    const picture = await (await fetch(image.src)).blob();
    if (!signal.aborted) choose([new File([picture], name, { type: picture.type })]);
  } catch {
    if (!signal.aborted) refuse("This sample could not be loaded. Check your connection and try again.");
  }
}

function clear() {
  stop();
  // The drawing may still lie under a picture; it is what comes back then.
  pad.clear();
  byId("undo").disabled = !pad.canUndo();
  chosen = null;
  sheet.lift();
  pictures.clear();
  byId("samples").hidden = false;
  hint.hidden = false;
  forget();
}

function forget() {
  current = null;
  sheet.unmark();
  tools.hidden = true;
  shown.showNothing();
}

// Reading

function readPaper() {
  const { signal } = stop();
  if (!isOurs) {
    current = null;
    tools.hidden = true;
  }
  if (chosen) read(chosen, signal);
  else if (pad.isBlank()) refuse("The paper is blank. Draw a digit or a number, or choose a picture of one.");
  else read(pad.toPng(), signal);
}

/**
 * Asks the server, whose answer replaces what this browser has seen so far.
 *
 * @param {Blob | Promise<Blob>} picture
 * @param {AbortSignal} signal
 */
async function read(picture, signal) {
  const say = (/** @type {string} */ words) => {
    if (current) shown.showNote(`${FIRST_LOOK} ${words}`);
    else shown.showWaiting(words);
  };
  if (!current) shown.showWaiting("");
  later(SAY_READING_MS, () => say(current ? "The server is reading it too…" : "Reading…"));
  later(SAY_WAKING_MS, () => say(`Still reading. ${WAKING}`));
  /** @type {Promise<void> | undefined} */
  let look;
  try {
    const sent = await picture;
    if (!current) look = firstLook(sent, signal);
    const reading = await recognize(sent, signal);
    if (signal.aborted) return;
    stop();
    show(reading, "by the server");
    if (chosen) pictures.note(chosen, reading);
    shown.bringAnswerIntoView();
  } catch (error) {
    await look; // a network that is gone fails sooner than that
    if (signal.aborted) return;
    stop();
    const words = error instanceof ReadingError ? error.message : "Something went wrong in this page.";
    if (current) shown.showNote(`${FIRST_LOOK} ${words}`, true);
    else refuse(words);
  }
}

/**
 * What this browser sees in a picture, until the server's answer is here. Nothing is said where it
 * sees nothing clearly.
 *
 * @param {Blob} picture
 * @param {AbortSignal} signal
 */
async function firstLook(picture, signal) {
  if (!model) return;
  try {
    const { ink, scale } = await inkIn(picture);
    const reading = await readInk(ink, model);
    if (signal.aborted || reading.confidence < WORTH_SHOWING) return;
    show(enlarged(reading, scale), "in your browser", true);
    shown.showNote(`${FIRST_LOOK} The server is reading it too…`);
  } catch {
    // Not a picture, or none that this browser can show: the server says so better.
  }
}

/**
 * @param {Reading} reading
 * @param {number} scale
 * @returns {Reading} in pixels of the whole picture
 */
function enlarged(reading, scale) {
  const times = (/** @type {number} */ value) => Math.round(value * scale);
  for (const { box } of reading.digits) {
    [box.x, box.y, box.width, box.height] = [box.x, box.y, box.width, box.height].map(times);
  }
  const { width, height } = reading.image;
  return { ...reading, image: { width: times(width), height: times(height) } };
}

/**
 * @param {Reading} reading
 * @param {string} by Who read it: a part of a sentence.
 * @param {boolean} [ours]
 */
function show(reading, by, ours = false) {
  const right = byId("right");
  const inLine = (/** @type {Reading} */ { text }) => text.replaceAll("\n", " ");
  // What is being typed while the server reads the same picture stays.
  const isTouched = isOurs && !ours && current !== null && right.value !== inLine(current);
  current = reading;
  isOurs = ours;
  const focused = sheet.mark(reading);
  shown.showReading(reading, by);
  if (reading.digits.length) selectDigit(focused ?? digitToLookAt(reading));
  tools.hidden = false;
  byId("done").textContent = "";
  if (!isTouched) right.value = inLine(reading);
}

/** @param {string} words */
function refuse(words) {
  stop();
  current = null;
  sheet.unmark();
  tools.hidden = true;
  shown.showProblem(words);
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

// Taking it away

/** @returns {Promise<Blob>} */
async function onPaper() {
  return chosen ?? pad.toPng();
}

/** @param {Blob} picture */
function nameOf(picture) {
  return picture instanceof File && picture.name ? picture.name : "drawing.png";
}

/** @param {string} words */
function say(words) {
  byId("done").textContent = words;
}

/** @param {string} text */
function copyAndSay(text) {
  copy(text).then(
    () => say("Copied."),
    () => say("The browser did not let this page copy."),
  );
}

/** @param {SubmitEvent} event */
async function keepCorrection(event) {
  event.preventDefault();
  const reading = current;
  if (!reading) return;
  // Whoever puts the same reading right again means what is said last.
  const key = lastKept?.reading === reading ? lastKept.key : undefined;
  const label = byId("right").value.trim().replace(/ +/g, "\n");
  try {
    // Plain data: what the network saw is made into pictures here.
    const correction = {
      picture: await onPaper(),
      label,
      reading: JSON.parse(JSON.stringify(reading)),
      kept: new Date().toISOString(),
    };
    lastKept = { reading, key: await keep(correction, key) };
    say("Kept in this browser. Thank you.");
  } catch {
    say("This browser does not let the page keep anything.");
  }
  showKept();
}

async function showKept() {
  const count = await countKept().catch(() => 0);
  byId("kept").hidden = !count;
  byId("kept").querySelector("p").textContent =
    `${count === 1 ? "One correction is" : `${count} corrections are`} kept in this browser, and sent nowhere.`;
}

async function downloadKept() {
  try {
    download(await keptAsZip(), "corrections.zip");
  } catch {
    byId("kept-done").textContent = "The zip could not be made: a part of this page is missing.";
  }
}

async function forgetCorrections() {
  if (!confirm("Delete all corrections kept in this browser?")) return;
  await forgetKept();
  showKept();
}

// Time

/** Gives up whatever is under way or about to be: the newest picture is the one that counts. */
function stop() {
  underWay.abort();
  timers.forEach(clearTimeout);
  timers = [];
  return (underWay = new AbortController());
}

/**
 * @param {number} milliseconds
 * @param {() => void} action
 */
function later(milliseconds, action) {
  timers.push(setTimeout(action, milliseconds));
}
