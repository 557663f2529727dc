/**
 * Keeps the page for when there is no network. What the network has is always preferred, so that
 * no page is made of old parts and new; vendored files alone, whose addresses change with their
 * version, are taken from here first.
 */

const KEPT = "page";
/** Slower than this, the network is taken to be gone. */
const PATIENCE_MS = 4_000;
const PARTS = [
  "./",
  "api.js",
  "app.js",
  "base.css",
  "choose.js",
  "config.js",
  "draw.js",
  "favicon.svg",
  "kept.js",
  "model.js",
  "normalize.js",
  "offline.js",
  "paper.js",
  "picture.js",
  "reader.js",
  "result.js",
  "samples/chalk.webp",
  "samples/joined.webp",
  "samples/marker.webp",
  "samples/pencil.webp",
  "samples/rows.webp",
  "samples/ruled.webp",
  "separate.js",
  "several.js",
  "share.js",
  "style.css",
  "vendor.json",
  "vendored.js",
  "words.js",
];
/** Kept too, once the page has asked for it. */
const MODEL = "model/digits.onnx";
const VENDOR = new URL("vendor/", self.location.href).href;
const PAGE = new URL("./", self.location.href).href;
const addresses = new Set([...PARTS, MODEL].map((part) => new URL(part, self.location.href).href));

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(PARTS)));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.url.startsWith(VENDOR)) event.respondWith(keptFirst(request));
  else if (addresses.has(keyOf(request))) event.respondWith(networkFirst(request, event));
});

/**
 * What a request is kept as: the page has a second name, and may be asked for with a query.
 *
 * @param {Request} request
 */
function keyOf({ url, mode }) {
  const { origin, pathname } = new URL(url);
  const bare = origin + pathname;
  return mode === "navigate" && (bare === PAGE || bare === `${PAGE}index.html`) ? PAGE : url;
}

/** @param {Request} request */
async function keptFirst(request) {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(request.url);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) {
    await dropOtherVersions(cache, request.url);
    await cache.put(request.url, response.clone());
  }
  return response;
}

/**
 * @param {Cache} cache
 * @param {string} url
 */
async function dropOtherVersions(cache, url) {
  const folder = (/** @type {string} */ each) => each.slice(VENDOR.length).split("/")[0];
  const name = (/** @type {string} */ each) => folder(each).replace(/-[\d.]+$/, "");
  for (const { url: each } of await cache.keys()) {
    const isOther = each.startsWith(VENDOR) && name(each) === name(url) && folder(each) !== folder(url);
    if (isOther) await cache.delete(each);
  }
}

/**
 * @param {Request} request
 * @param {any} event
 */
async function networkFirst(request, event) {
  const cache = await caches.open(KEPT);
  const key = keyOf(request);
  const fetched = fetch(request);
  const good = fetched.then((response) => {
    if (response.status >= 500) throw new Error("The server is down behind its proxy.");
    if (response.ok) event.waitUntil(cache.put(key, response.clone()));
    return response;
  });
  const late = new Promise((_, reject) => setTimeout(reject, PATIENCE_MS));
  try {
    return await Promise.race([good, late]);
  } catch {
    return (await cache.match(key)) ?? fetched;
  }
}
