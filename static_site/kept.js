import { csv } from "./share.js";
import { vendoredModule } from "./vendored.js";

/**
 * @typedef {object} Correction A reading that a person has put right.
 * @property {Blob} picture
 * @property {string} label What it says, a line for each row.
 * @property {import("./api.js").Reading} reading
 * @property {string} kept When, in ISO 8601.
 */

const STORE = "corrections";
const ENDINGS = new Map([
  ["image/jpeg", "jpg"],
  ["image/png", "png"],
  ["image/gif", "gif"],
  ["image/bmp", "bmp"],
  ["image/webp", "webp"],
  ["image/tiff", "tif"],
]);

/**
 * @param {Correction} correction
 * @param {IDBValidKey} [key] of one to replace
 * @returns {Promise<IDBValidKey>} Its own.
 */
export const keep = (correction, key) => inStore("readwrite", (store) => store.put(correction, key));
/** @returns {Promise<number>} */
export const countKept = () => inStore("readonly", (store) => store.count());
export const forgetKept = () => inStore("readwrite", (store) => store.clear());

/** What makes zips, which the service worker keeps from then on. */
export const loadZip = () => vendoredModule("fflate", "esm/browser.js");

/**
 * All that is kept, as a training set: `labels.csv`, the pictures it names, and what the network
 * saw of each digit in a folder of its label, where the correction has as many digits.
 *
 * @returns {Promise<Blob>}
 * @throws {Error} where the zip library is missing
 */
export async function keptAsZip() {
  const { zipSync } = await loadZip();
  /** @type {Correction[]} */
  const all = await inStore("readonly", (store) => store.getAll());
  /** @type {Record<string, any>} */
  const files = {};
  const bytes = async (/** @type {Blob} */ blob) => new Uint8Array(await blob.arrayBuffer());
  const rows = [["file", "label", "read", "confidence", "model", "kept"]];
  for (const [at, { picture, label, reading, kept }] of all.entries()) {
    const number = String(at + 1).padStart(4, "0");
    const file = `pictures/${number}.${ENDINGS.get(picture.type) ?? "bin"}`;
    // Pictures are compressed already.
    files[file] = [await bytes(picture), { level: 0 }];
    rows.push([file, label, reading.text, String(reading.confidence), reading.model.version, kept]);
    const digits = [...label.replaceAll("\n", "")];
    if (digits.length !== reading.digits.length) continue;
    for (const [index, digit] of digits.entries()) {
      const { input } = reading.digits[index];
      if (input) files[`digits/${digit}/${number}-${index + 1}.png`] = [decoded(input), { level: 0 }];
    }
  }
  files["labels.csv"] = await bytes(csv(rows));
  return new Blob([zipSync(files)], { type: "application/zip" });
}

/** @param {string} address A data URL in base64. */
function decoded(address) {
  return Uint8Array.from(atob(address.split(",")[1]), (character) => character.charCodeAt(0));
}

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} ask
 * @returns {Promise<T>}
 */
async function inStore(mode, ask) {
  const opening = indexedDB.open("page", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { autoIncrement: true });
  const database = await answerTo(opening);
  try {
    const transaction = database.transaction(STORE, mode);
    const [answer] = await Promise.all([answerTo(ask(transaction.objectStore(STORE))), end(transaction)]);
    return answer;
  } finally {
    database.close();
  }
}

/**
 * What was asked for may be answered, and be undone at last, as where the disk is full.
 *
 * @param {IDBTransaction} transaction
 * @returns {Promise<void>}
 */
function end(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function answerTo(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
