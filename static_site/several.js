import { ReadingError, recognize } from "./api.js";
import { csv } from "./share.js";
import { percent } from "./words.js";

/** Requests under way at a time ... */
const AT_ONCE = 3;
/** ... where none of the pictures has more bytes: they would share a slow line, and all be late. */
const LARGE = 1_000_000;
/** Seconds that a picture waits for a busy reader, all together. */
const PATIENCE = 120;

/**
 * @typedef {object} Item One of the pictures.
 * @property {File} picture
 * @property {import("./api.js").Reading} [reading]
 * @property {string} [problem] Why there is no reading.
 *
 * @typedef {object} Several
 * @property {(pictures: File[]) => void} read
 * @property {(picture: Blob, reading: import("./api.js").Reading) => void} note It was read elsewhere.
 * @property {() => void} clear
 * @property {() => Blob} toCsv Columns as of the command line's, and the problem.
 */

/**
 * The table of several pictures, which are read a few at a time.
 *
 * @param {HTMLElement} section
 * @param {{onShow: (item: Item) => void}} on The item was chosen, or is chosen and has been read.
 * @returns {Several}
 */
export function several(section, { onShow }) {
  const body = /** @type {HTMLElement} */ (section.querySelector("tbody"));
  const progress = /** @type {HTMLElement} */ (section.querySelector("#progress"));
  /** @type {Item[]} */
  let items = [];
  /** @type {Item | undefined} */
  let chosen;
  let current = new AbortController();

  /** @param {Item} item */
  const choose = (item) => {
    chosen = item;
    items.forEach((each, at) => body.children[at].classList.toggle("chosen", each === item));
    onShow(item);
  };

  const count = () => {
    const read = items.filter(({ reading }) => reading).length;
    const failed = items.filter(({ problem }) => problem).length;
    const rest = failed ? `, ${failed} could not be: choose one to try it again` : "";
    progress.textContent = `${read} of ${items.length} read${rest}`;
  };

  /** @param {Item} item */
  const click = (item) => {
    if (item.problem) {
      renew(item).querySelector("button")?.focus();
      work([item], current.signal);
    }
    choose(item);
  };

  /**
   * Gives it a row without its problem.
   *
   * @param {Item} item
   */
  const renew = (item) => {
    delete item.problem;
    const row = rowOf(item, () => click(item));
    row.classList.toggle("chosen", item === chosen);
    body.children[items.indexOf(item)].replaceWith(row);
    return row;
  };

  /** @param {Item[]} queue */
  const work = async (queue, /** @type {AbortSignal} */ signal) => {
    for (let item = queue.shift(); item; item = queue.shift()) {
      try {
        item.reading = await whenThereIsTime(item.picture, signal);
      } catch (error) {
        if (signal.aborted) return;
        item.problem = error instanceof ReadingError ? error.message : "Something went wrong.";
      }
      if (signal.aborted) return;
      fill(/** @type {HTMLElement} */ (body.children[items.indexOf(item)]), item);
      count();
      if (item === chosen) choose(item);
    }
  };

  return {
    read(pictures) {
      current.abort();
      current = new AbortController();
      items = pictures.map((picture) => ({ picture }));
      body.replaceChildren(...items.map((item) => rowOf(item, () => click(item))));
      count();
      section.hidden = false;
      const queue = [...items];
      const atOnce = pictures.some(({ size }) => size > LARGE) ? 1 : AT_ONCE;
      for (let at = 0; at < atOnce; at++) work(queue, current.signal);
      choose(items[0]);
    },
    note(picture, reading) {
      const item = items.find((each) => each.picture === picture);
      if (!item) return;
      item.reading = reading;
      fill(renew(item), item);
      count();
    },
    clear() {
      current.abort();
      items = [];
      body.replaceChildren();
      section.hidden = true;
    },
    toCsv: () =>
      csv([
        ["file", "text", "confidence", "problem"],
        ...items.map(({ picture, reading, problem }) => [
          picture.name,
          reading?.text ?? "",
          reading?.confidence ?? "",
          problem ?? "",
        ]),
      ]),
  };
}

/**
 * Reads a picture; asks again, as long as the reader is busy and says when.
 *
 * @param {File} picture
 * @param {AbortSignal} signal
 */
async function whenThereIsTime(picture, signal) {
  for (let left = PATIENCE; ; ) {
    try {
      return await recognize(picture, signal);
    } catch (error) {
      const seconds = error instanceof ReadingError ? error.seconds : undefined;
      if (seconds === undefined || (left -= seconds) < 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
      signal.throwIfAborted();
    }
  }
}

/**
 * @param {Item} item
 * @param {() => void} onClick
 */
function rowOf({ picture }, onClick) {
  const row = document.createElement("tr");
  const heading = row.appendChild(document.createElement("th"));
  heading.scope = "row";
  const button = heading.appendChild(document.createElement("button"));
  button.type = "button";
  button.textContent = picture.name;
  button.addEventListener("click", onClick);
  row.append(document.createElement("td"), document.createElement("td"));
  row.children[1].textContent = "…";
  return row;
}

/**
 * @param {HTMLElement} row
 * @param {Item} item
 */
function fill(row, { reading, problem }) {
  row.classList.toggle("failed", Boolean(problem));
  row.children[1].textContent = problem ?? (reading?.text.replaceAll("\n", " / ") || "No digits");
  if (problem) {
    /** @type {HTMLTableCellElement} */ (row.children[1]).colSpan = 2;
    row.children[2].remove();
  } else row.children[2].textContent = reading?.text ? percent(reading.confidence) : "";
}
