import { confidenceInWords, percent } from "./words.js";

/** @typedef {import("./api.js").Reading} Reading */
/** @typedef {import("./api.js").Digit} Digit */

/**
 * @typedef {object} Result
 * @property {(words: string) => void} showWaiting Says what is awaited; what was read stays, paler.
 * @property {(reading: Reading) => void} showReading
 * @property {(words: string) => void} showProblem
 * @property {() => void} showNothing Back to how the page began.
 * @property {() => void} fade What is shown is no longer about what is on the paper.
 */

/**
 * The part of the page that says what was read.
 *
 * @param {HTMLElement} section
 * @returns {Result}
 */
export function result(section) {
  const answer = part(section, "#answer");
  const digits = part(section, "#digits");
  const smallPrint = part(section, "#small-print");
  const beginning = [...answer.childNodes];
  const template = /** @type {HTMLTemplateElement} */ (part(section, "#digit"));

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
    showReading(reading) {
      enter("read");
      answer.replaceChildren(...answerTo(reading));
      digits.replaceChildren(
        ...reading.digits.map((digit, index) => card(template, digit, index, reading)),
      );
      smallPrint.textContent = smallPrintOf(reading);
      bringIntoView(answer);
    },
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
  if (!reading.text) return [paragraph("message", "There is no ink to read in this picture.")];
  const text = paragraph("text", reading.text);
  text.style.setProperty("--characters", String(reading.text.length));
  const confidence = paragraph("confidence", "");
  confidence.append(
    strong(confidenceInWords(reading.confidence)),
    ` ${percent(reading.confidence).replace(">", "over ").replace("<", "under ")}`,
  );
  return [text, confidence];
}

/**
 * One digit: what the network saw, and its ten probabilities.
 *
 * @param {HTMLTemplateElement} template
 * @param {Digit} digit
 * @param {number} index
 * @param {Reading} reading
 */
function card(template, digit, index, reading) {
  const item = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const { length } = reading.digits;
  const heading = part(item, "h3");
  if (length > 1) heading.textContent = `Digit ${index + 1} of ${length}`;
  else heading.remove();
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

/** @param {Reading} reading */
function smallPrintOf({ model, image }) {
  return `Read by model ${model.name}, version ${model.version}, `
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
function strong(words) {
  const made = document.createElement("strong");
  made.textContent = words;
  return made;
}
