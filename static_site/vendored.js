/**
 * Third-party files in vendor/, put there by `make vendor`. The browser compares each with its
 * hash in vendor.json and refuses one that differs.
 */

/** @type {Promise<any> | undefined} */
let lock;

/**
 * @param {string} name The package's.
 * @param {string} path Of the file in it.
 * @returns {Promise<any>} the module's exports
 * @throws {Error} where it is missing or damaged
 */
export async function vendoredModule(name, path) {
  const { address, integrity } = await locate(name, path);
  // `import()` takes no hash, but it does take what was fetched, and compared, before.
  await new Promise((resolve, reject) => {
    const link = document.createElement("link");
    Object.assign(link, { rel: "modulepreload", href: address, integrity, onload: resolve });
    link.onerror = () => reject(new Error(`${address} could not be loaded.`));
    document.head.append(link);
  });
  return import(address);
}

/**
 * @param {string} name The package's.
 * @param {string} path Of the file in it.
 * @returns {Promise<ArrayBuffer>}
 * @throws {Error} where it is missing or damaged
 */
export async function vendoredBytes(name, path) {
  const { address, integrity } = await locate(name, path);
  const response = await fetch(address, { integrity });
  if (!response.ok) throw new Error(`${address} could not be loaded.`);
  return response.arrayBuffer();
}

/**
 * @param {string} name
 * @param {string} path
 */
async function locate(name, path) {
  lock ??= fetch(new URL("vendor.json", import.meta.url)).then((response) => response.json());
  const { version, files } = (await lock)[name];
  const address = new URL(`vendor/${name}-${version}/${path}`, import.meta.url).href;
  return { address, integrity: /** @type {string} */ (files[path]) };
}
