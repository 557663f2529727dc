import { alternativesInWords, confidenceInWords, nameOf, percent, percentInWords } from "./words.js";

/** @typedef {import("./api.js").Reading} Reading */

/** Below this confidence, a digit is the one to look at. */
const DOUBTFUL = 0.9;

/**
 * @typedef {object} Result
 * @property {(words: string) => void} showWaiting Says what is awaited; what was read stays, paler.
 * @property {(reading: Reading, by: string) => void} showReading And who read it: a part of a
 *   sentence.
 * @property {(words: string, isProblem?: boolean) => void} showNote Says something about the
 *   reading that is shown.
 * @property {() => void} bringAnswerIntoView
 * @property {(index: number) => void} select Explains this digit of the reading.
 * @property {() => void} bringDigitIntoView The one explained.
 * @property {(words: string) => void} showProblem
 * @property {() => void} showNothing Back to how the page began.
 * @property {() => void} fade What is shown is no longer about what is on the paper.
 */

/**
 * The part of the page that says what was read.
 *
 * @param {HTMLElement} section
 * @param {{onChoose: (index: number) => void}} on A digit of the text was tapped.
 * @returns {Result}
 */
export function result(section, { onChoose }) {
  const answer = part(section, "#answer");
  const digits = part(section, "#digits");
  const smallPrint = part(section, "#small-print");
  const beginning = [...answer.childNodes];
  const template = /** @type {HTMLTemplateElement} */ (part(section, "#digit"));
  /** @type {Reading} */
  let shown;
  const inText = () => [...answer.querySelectorAll(".text span")];

  answer.addEventListener("click", ({ target }) => {
    const index = inText().indexOf(/** @type {Element} */ (target));
    if (index >= 0 && section.dataset.state === "read") onChoose(index);
  });

  /** @param {string} state Styled by the style sheet. */
  const enter = (state) => {
    section.dataset.state = state;
    section.setAttribute("aria-busy", String(state === "waiting"));
  };
  const forget = () => {
    digits.replaceChildren();
    smallPrint.textContent = "";
  };

  return {
    showWaiting(words) {
      enter("waiting");
      if (words) answer.replaceChildren(paragraph("message busy", words));
    },
    showReading(reading, by) {
      enter("read");
      shown = reading;
      answer.replaceChildren(...answerTo(reading));
      digits.replaceChildren();
      smallPrint.textContent = smallPrintOf(reading, by);
    },
    showNote(words, isProblem = false) {
      const note = answer.querySelector(".note") ?? answer.appendChild(paragraph("note", ""));
      note.classList.toggle("problem", isProblem);
      note.textContent = words;
    },
    bringAnswerIntoView: () => bringIntoView(answer),
    select(index) {
      inText().forEach((each, at) => each.classList.toggle("selected", at === index));
      digits.replaceChildren(card(template, shown, index));
    },
    bringDigitIntoView: () => bringIntoView(digits),
    showProblem(words) {
      enter("problem");
      answer.replaceChildren(paragraph("message", words));
      forget();
      bringIntoView(answer);
    },
    showNothing() {
      enter("empty");
      answer.replaceChildren(...beginning);
      forget();
    },
    fade() {
      if (section.dataset.state === "read") enter("faded");
    },
  };
}

/**
 * The first digit, unless one is doubtful: then the one most so.
 *
 * @param {Reading} reading
 * @returns {number} its index
 */
export function digitToLookAt({ digits }) {
  const confidences = digits.map(({ confidence }) => confidence);
  const least = Math.min(...confidences);
  return least < DOUBTFUL ? confidences.indexOf(least) : 0;
}

/**
 * On a phone the answer may be just below the fold: by no more than it takes, so that the
 * paper stays where it was.
 *
 * @param {HTMLElement} element
 */
function bringIntoView(element) {
  element.scrollIntoView({ block: "nearest" });
}

/** @param {Reading} reading */
function answerTo(reading) {
  if (!reading.text) return [paragraph("message", "There is nothing to read in this picture.")];
  const confidence = paragraph("confidence", "");
  confidence.append(
    strong(confidenceInWords(reading.confidence)),
    ` ${percentInWords(reading.confidence)}`,
  );
  return [textOf(reading), confidence, paragraph("else", alternativesInWords(reading))];
}

/**
 * The text, its digits apart, so that each can be tapped as on the paper, where it may be small.
 *
 * @param {Reading} reading
 */
function textOf({ text, digits }) {
  const made = paragraph("text", "");
  const rows = text.split("\n");
  made.style.setProperty("--columns", String(Math.max(...rows.map((row) => row.length))));
  made.style.setProperty("--rows", String(rows.length));
  made.classList.toggle("several", digits.length > 1);
  made.classList.toggle("rows", rows.length > 1);
  made.append(...[...text].map((character) => (/\d/.test(character) ? span(character) : character)));
  return made;
}

/**
 * One digit: what the network saw, and its ten probabilities.
 *
 * @param {HTMLTemplateElement} template
 * @param {Reading} reading
 * @param {number} index
 */
function card(template, reading, index) {
  const item = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const digit = reading.digits[index];
  if (reading.digits.length > 1) part(item, "h3").textContent = nameOf(reading, index);
  else part(item, ".which").remove();
  part(item, "tbody").replaceChildren(
    ...digit.probabilities.map((probability, value) => row(value, probability, digit.digit)),
  );
  const input = /** @type {HTMLImageElement} */ (part(item, "img"));
  if (digit.input) input.src = digit.input;
  else part(item, "figure").remove();
  return item;
}

/**
 * @param {number} value
 * @param {number} probability
 * @param {number} read The digit that was read.
 */
function row(value, probability, read) {
  const line = document.createElement("tr");
  line.classList.toggle("best", value === read);

  const heading = line.appendChild(document.createElement("th"));
  heading.scope = "row";
  heading.textContent = String(value);

  const number = line.appendChild(document.createElement("td"));
  const bar = number.appendChild(document.createElement("span"));
  bar.className = "bar";
  bar.style.setProperty("--probability", String(probability));
  const figure = number.appendChild(document.createElement("span"));
  figure.className = "percent";
  figure.textContent = percent(probability);
  return line;
}

/**
 * @param {Reading} reading
 * @param {string} by
 */
function smallPrintOf({ model, image }, by) {
  const version = model.version && `, version ${model.version}`;
  return `Read ${by}: model ${model.name}${version}, `
    + `in a picture of ${image.width} × ${image.height} pixels.`;
}

/**
 * @param {ParentNode} parent
 * @param {string} selector
 * @returns {HTMLElement}
 */
function part(parent, selector) {
  const found = parent.querySelector(selector);
  if (!found) throw new Error(`The page has no ${selector}`);
  return /** @type {HTMLElement} */ (found);
}

/**
 * @param {string} className
 * @param {string} words
 */
function paragraph(className, words) {
  const made = document.createElement("p");
  made.className = className;
  made.textContent = words;
  return made;
}

/** @param {string} words */
function span(words) {
  const made = document.createElement("span");
  made.textContent = words;
  return made;
}

/** @param {string} words */
function strong(words) {
  const made = document.createElement("strong");
  made.textContent = words;
  return made;
}
