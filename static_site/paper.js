/** @typedef {import("./api.js").Reading} Reading */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @typedef {object} Paper
 * @property {(picture: Blob) => void} lay Lays a picture on the paper, over the drawing.
 * @property {() => void} lift Takes the picture away again.
 * @property {(reading: Reading) => void} mark Puts a frame round each digit that was read.
 * @property {() => void} unmark
 */

/**
 * The sheet on which one draws, and on which a chosen picture is shown.
 *
 * @param {object} parts
 * @param {HTMLElement} parts.laid Covers the drawing; holds the image or the caption.
 * @param {HTMLImageElement} parts.image
 * @param {HTMLElement} parts.caption Said in place of an image that cannot be shown.
 * @param {SVGSVGElement} parts.marks
 * @returns {Paper}
 */
export function paper({ laid, image, caption, marks }) {
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
      // The same fit as the image's "object-fit: contain", so no sums are needed here.
      marks.setAttribute("viewBox", `0 0 ${reading.image.width} ${reading.image.height}`);
      marks.replaceChildren(...reading.digits.map(({ box }) => frame(box)));
    },
    unmark: () => marks.replaceChildren(),
  };
}

/** @param {import("./api.js").Box} box */
function frame(box) {
  const rect = document.createElementNS(SVG, "rect");
  for (const side of /** @type {const} */ (["x", "y", "width", "height"])) {
    rect.setAttribute(side, String(box[side]));
  }
  return rect;
}
