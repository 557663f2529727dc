import { nameOf } from "./words.js";

/** @typedef {import("./api.js").Reading} Reading */

/** Where a key leads from the digit that has the focus, out of so many. */
const KEYS = new Map([
  ["ArrowRight", (/** @type {number} */ index) => index + 1],
  ["ArrowDown", (/** @type {number} */ index) => index + 1],
  ["ArrowLeft", (/** @type {number} */ index) => index - 1],
  ["ArrowUp", (/** @type {number} */ index) => index - 1],
  ["Home", () => 0],
  ["End", (/** @type {number} */ _, /** @type {number} */ count) => count - 1],
]);

/**
 * @typedef {object} Paper
 * @property {(picture: Blob) => void} lay Lays a picture on the paper, over the drawing.
 * @property {() => void} lift Takes the picture away again.
 * @property {(reading: Reading) => number | undefined} mark Puts a button over each digit that was
 *   read. Which of them has the focus now, where that was on one before.
 * @property {(index: number) => void} select Shows which digit is the selected one.
 * @property {() => void} unmark
 */

/**
 * The sheet on which one draws, and on which a chosen picture is shown.
 *
 * @param {object} parts
 * @param {HTMLElement} parts.laid Covers the drawing; holds the image or the caption.
 * @param {HTMLImageElement} parts.image
 * @param {HTMLElement} parts.caption Said in place of an image that cannot be shown.
 * @param {HTMLElement} parts.marks
 * @param {object} on
 * @param {(index: number) => void} on.onChoose A digit was tapped, or chosen with Enter.
 * @param {(index: number) => void} on.onMove The arrow keys went on to a digit.
 * @returns {Paper}
 */
export function paper({ laid, image, caption, marks }, { onChoose, onMove }) {
  // A browser need not show every kind of file that the reader reads: TIFF is one.
  image.addEventListener("load", () => showImage(true));
  image.addEventListener("error", () => showImage(false));

  /** @param {boolean} works */
  const showImage = (works) => {
    image.hidden = !works;
    caption.hidden = works;
  };

  const release = () => {
    URL.revokeObjectURL(image.src);
    image.removeAttribute("src");
  };

  const buttons = () => /** @type {HTMLElement[]} */ ([...marks.children]);
  /** @param {Event} event */
  const indexOf = ({ target }) =>
    buttons().findIndex((button) => button.contains(/** @type {HTMLElement} */ (target)));

  marks.addEventListener("click", (event) => {
    const index = indexOf(event);
    if (index >= 0) onChoose(index);
  });
  marks.addEventListener("keydown", (event) => {
    const { altKey, ctrlKey, metaKey, shiftKey } = event;
    const index = KEYS.get(event.key)?.(indexOf(event), marks.childElementCount);
    if (index === undefined || altKey || ctrlKey || metaKey || shiftKey) return;
    event.preventDefault(); // or the page scrolls
    const button = buttons()[index];
    if (!button) return;
    button.focus();
    onMove(index);
  });

  return {
    lay(picture) {
      release();
      image.src = URL.createObjectURL(picture);
      laid.hidden = false;
    },
    lift() {
      release();
      laid.hidden = true;
    },
    mark(reading) {
      marks.style.setProperty("--width", String(reading.image.width));
      marks.style.setProperty("--height", String(reading.image.height));
      const focused = buttons().findIndex((button) => button === document.activeElement);
      marks.replaceChildren(...reading.digits.map((_, index) => mark(reading, index)));
      marks.hidden = false;
      const button = buttons()[focused];
      button?.focus();
      return button && focused;
    },
    select(index) {
      buttons().forEach((button, at) => button.setAttribute("aria-pressed", String(at === index)));
    },
    // Only hidden: a stroke may have begun on one, and its pointer is lost with its element.
    unmark() {
      marks.hidden = true;
    },
  };
}

/**
 * A button just over a digit; it takes a part of the picture, so that it follows when that scales.
 *
 * @param {Reading} reading
 * @param {number} index
 */
function mark(reading, index) {
  const { width, height } = reading.image;
  const { box, digit } = reading.digits[index];
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-label", nameOf(reading, index));
  button.style.left = share(box.x, width);
  button.style.top = share(box.y, height);
  button.style.width = share(box.width, width);
  button.style.height = share(box.height, height);
  // Not where it would hide its neighbours, nor above the paper's edge.
  if (box.width > 0.03 * width) {
    const label = button.appendChild(document.createElement("span"));
    label.textContent = String(digit);
    label.classList.toggle("below", box.y < 0.08 * height);
  }
  return button;
}

/**
 * @param {number} part
 * @param {number} whole
 */
function share(part, whole) {
  return `${(100 * part) / whole}%`;
}
