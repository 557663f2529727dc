/** CSS pixels. A finger that taps a mark moves less than this; one that draws moves more. */
const TAP = 8;
/** Pixels of the canvas that make one of the ink that is read: more would only take longer. */
export const COARSE = 2;
const INK = "#000";
const PAPER = "#fff";

/**
 * @typedef {object} Point In the canvas's own pixels.
 * @property {number} x
 * @property {number} y
 * @property {number} width Of the stroke there.
 *
 * @typedef {Point[]} Stroke
 */

/**
 * @typedef {object} Pad
 * @property {() => boolean} isBlank
 * @property {() => void} clear Takes all strokes away; `undo` brings them back.
 * @property {() => boolean} undo Takes back the last stroke, or the last `clear`; false where there
 *   is none, or one is being drawn.
 * @property {() => boolean} canUndo
 * @property {() => import("./normalize.js").Ink} ink At a `COARSE`th of the canvas's size.
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
 * @param {() => number} options.brush Stroke width, as a part of the pad's.
 * @param {() => void} options.onStart Called as each stroke starts.
 * @param {() => void} options.onEnd Called as each stroke ends.
 * @returns {Pad}
 */
export function drawingPad(canvas, { over, mayDraw, brush, onStart, onEnd }) {
  const context = contextOf(canvas);
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = context.fillStyle = INK;

  /** @type {Stroke[][]} The strokes on the paper now, last, and before each change. */
  let history = [[]];
  const strokes = () => history[history.length - 1];
  /** @type {Stroke} The one being drawn. */
  let stroke;
  /** @type {number | null} One pointer draws at a time, so that a resting palm does not. */
  let pointer = null;
  /** @type {PointerEvent | null} Where it pressed a mark, while it may be a tap. */
  let press = null;

  /** @param {PointerEvent} event */
  const pointOf = (event) => {
    const shown = canvas.getBoundingClientRect();
    // A pen says how hard it is pressed, 0 to 1; others are as if pressed by half.
    const force = event.pointerType === "pen" && event.pressure ? 0.4 + 1.2 * event.pressure : 1;
    return {
      x: ((event.clientX - shown.left) * canvas.width) / shown.width,
      y: ((event.clientY - shown.top) * canvas.height) / shown.height,
      width: brush() * canvas.width * force,
    };
  };

  /** @param {PointerEvent} event */
  const start = (event) => {
    canvas.setPointerCapture(event.pointerId);
    stroke = [pointOf(event)];
    history.push([...strokes(), stroke]);
    drawFrom(context, stroke, 0);
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
      // A fast pointer moves several times a frame; all of them make a rounder curve.
      const events = event.getCoalescedEvents?.() ?? [];
      const known = stroke.length;
      stroke.push(...(events.length ? events : [event]).map(pointOf));
      drawFrom(context, stroke, known);
    });

  }

  // Wherever that is: a mark that was pressed may be gone by then, and others in its place.
  for (const type of /** @type {const} */ (["pointerup", "pointercancel"])) {
    window.addEventListener(type, (event) => {
      if (event.pointerId !== pointer) return;
      pointer = null;
      if (press) {
        press = null;
        return;
      }
      if (type === "pointercancel") {
        // It was no stroke after all, but a palm, or a gesture of the system's.
        history.pop();
        redraw();
      } else {
        stroke.push(stroke[stroke.length - 1]);
        drawFrom(context, stroke, stroke.length - 1);
      }
      onEnd();
    });
  }

  const redraw = () => {
    context.clearRect(0, 0, canvas.width, canvas.height);
    for (const each of strokes()) drawFrom(context, each, 0);
  };

  return {
    isBlank: () => !strokes().length,
    clear() {
      if (strokes().length) history.push([]);
      redraw();
    },
    undo() {
      if (pointer !== null || history.length === 1) return false;
      history.pop();
      redraw();
      return true;
    },
    canUndo: () => history.length > 1,
    ink() {
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      const [width, height] = [canvas.width / COARSE, canvas.height / COARSE];
      const ink = new Float32Array(width * height);
      for (let y = 0; y < canvas.height; y++) {
        for (let x = 0; x < canvas.width; x++) {
          const alpha = data[4 * (y * canvas.width + x) + 3];
          ink[Math.floor(y / COARSE) * width + Math.floor(x / COARSE)] += alpha / 255 / COARSE ** 2;
        }
      }
      return { data: ink, width, height };
    },
    toPng: () => pngOnPaper(canvas),
  };
}

/** @param {HTMLCanvasElement} canvas */
function contextOf(canvas) {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("This browser has no canvas to draw on.");
  return context;
}

/**
 * Draws a stroke from one of its points on: from one mid-point to the next, bent towards the
 * point between them, so that there are no corners.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Stroke} stroke
 * @param {number} from
 */
function drawFrom(context, stroke, from) {
  for (let at = from; at < stroke.length; at++) {
    const [before, last, point] = [stroke[at - 2] ?? stroke[0], stroke[at - 1] ?? stroke[0], stroke[at]];
    context.beginPath();
    if (at === 0) {
      context.arc(point.x, point.y, point.width / 2, 0, 2 * Math.PI);
      context.fill();
    } else {
      context.lineWidth = last.width;
      context.moveTo((before.x + last.x) / 2, (before.y + last.y) / 2);
      context.quadraticCurveTo(last.x, last.y, (last.x + point.x) / 2, (last.y + point.y) / 2);
      context.stroke();
    }
  }
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
