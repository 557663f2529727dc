/** Of the pad's width. Thick for one digit that fills the pad, thin enough for five beside. */
const STROKE = 0.045;
/** CSS pixels. A finger that taps a mark moves less than this; one that draws moves more. */
const TAP = 8;
const INK = "#000";
const PAPER = "#fff";

/** @typedef {{x: number, y: number}} Point */

/**
 * @typedef {object} Pad
 * @property {() => boolean} isBlank
 * @property {() => void} clear
 * @property {() => Promise<Blob>} toPng
 */

/**
 * Lets a mouse, a finger or a pen draw on a canvas.
 *
 * The canvas holds ink and nothing else: the paper one sees is the page's own, squared
 * lines and all, and plain white is put under the ink when it leaves as a picture.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {object} options
 * @param {HTMLElement} options.over Holds marks that lie on the ink. A tap on one is theirs; a
 *   stroke may begin on one all the same.
 * @param {() => boolean} options.mayDraw
 * @param {() => void} options.onStart Called as each stroke starts.
 * @param {() => void} options.onEnd Called as each stroke ends.
 * @returns {Pad}
 */
export function drawingPad(canvas, { over, mayDraw, onStart, onEnd }) {
  const context = contextOf(canvas);
  context.lineWidth = STROKE * canvas.width;
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = context.fillStyle = INK;

  let blank = true;
  /** @type {number | null} One pointer draws at a time, so that a resting palm does not. */
  let pointer = null;
  /** @type {PointerEvent | null} Where it pressed a mark, while it may be a tap. */
  let press = null;
  /** @type {Point} */
  let last;
  /** @type {Point} Where the ink has got to: half way to the last point. */
  let reached;

  /** @param {PointerEvent} event */
  const start = (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = reached = pointOn(canvas, event);
    dot(context, last);
    blank = false;
    onStart();
  };

  for (const surface of [canvas, over]) {
    surface.addEventListener("pointerdown", (event) => {
      if (pointer !== null || event.button !== 0 || !mayDraw()) return;
      pointer = event.pointerId;
      if (surface === canvas) start(event);
      else {
        press = event;
        /** @type {Element} */ (event.target).setPointerCapture(pointer);
      }
    });

    surface.addEventListener("pointermove", (event) => {
      if (event.pointerId !== pointer) return;
      if (press) {
        if (Math.hypot(event.clientX - press.clientX, event.clientY - press.clientY) < TAP) return;
        start(press);
        press = null;
      }
      for (const { x, y } of pointsOf(canvas, event)) {
        const middle = { x: (last.x + x) / 2, y: (last.y + y) / 2 };
        curve(context, reached, last, middle);
        last = { x, y };
        reached = middle;
      }
    });

    for (const type of /** @type {const} */ (["pointerup", "pointercancel"])) {
      surface.addEventListener(type, (event) => {
        if (event.pointerId !== pointer) return;
        pointer = null;
        if (press) {
          press = null;
          return;
        }
        curve(context, reached, last, last);
        onEnd();
      });
    }
  }

  return {
    isBlank: () => blank,
    clear() {
      context.clearRect(0, 0, canvas.width, canvas.height);
      blank = true;
    },
    toPng: () => pngOnPaper(canvas),
  };
}

/** @param {HTMLCanvasElement} canvas */
function contextOf(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser has no canvas to draw on.");
  return context;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {PointerEvent} event
 * @returns {Point} in the canvas's own pixels
 */
function pointOn(canvas, event) {
  const shown = canvas.getBoundingClientRect();
  return {
    x: ((event.clientX - shown.left) * canvas.width) / shown.width,
    y: ((event.clientY - shown.top) * canvas.height) / shown.height,
  };
}

/**
 * A fast pointer moves several times a frame; all of them make a rounder curve.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {PointerEvent} event
 */
function pointsOf(canvas, event) {
  const events = event.getCoalescedEvents?.() ?? [];
  return (events.length ? events : [event]).map((each) => pointOn(canvas, each));
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Point} point
 */
function dot(context, { x, y }) {
  context.beginPath();
  context.arc(x, y, context.lineWidth / 2, 0, 2 * Math.PI);
  context.fill();
}

/**
 * From one mid-point to the next, bent towards the point between them: no corners.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Point} from
 * @param {Point} bend
 * @param {Point} to
 */
function curve(context, from, bend, to) {
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.quadraticCurveTo(bend.x, bend.y, to.x, to.y);
  context.stroke();
}

/**
 * @param {HTMLCanvasElement} ink
 * @returns {Promise<Blob>}
 */
function pngOnPaper(ink) {
  const page = document.createElement("canvas");
  page.width = ink.width;
  page.height = ink.height;
  const context = contextOf(page);
  context.fillStyle = PAPER;
  context.fillRect(0, 0, page.width, page.height);
  context.drawImage(ink, 0, 0);
  return new Promise((resolve, reject) => {
    page.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("No PNG"))), "image/png");
  });
}
