/** The first visit waits no longer than this for the worker that keeps the page. */
const PATIENCE_MS = 3_000;

/**
 * Has the service worker keep the page for when there is no network.
 *
 * @returns {Promise<void>} when it takes requests, so that what is loaded from then on is kept;
 *   soon in any case
 */
export async function keepOffline() {
  const workers = navigator.serviceWorker;
  if (!workers) return; // only pages from https or this machine may have one
  try {
    await workers.register(address());
    if (workers.controller) return;
    await new Promise((resolve) => {
      workers.addEventListener("controllerchange", resolve, { once: true });
      setTimeout(resolve, PATIENCE_MS);
    });
  } catch {
    // The page does without.
  }
}

/** The one address that the policy "offline" lets through, where the browser asks for one. */
function address() {
  /** @type {any} */
  const types = globalThis.trustedTypes;
  if (!types) return "sw.js";
  return types.createPolicy("offline", { createScriptURL: () => "sw.js" }).createScriptURL("");
}
