/**
 * @param {string} text
 * @returns {Promise<void>}
 * @throws {Error} where the browser does not let the page write to the clipboard
 */
export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Pages that are neither from https nor from this machine have only the old way.
  const area = document.body.appendChild(document.createElement("textarea"));
  area.value = text;
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (!copied) throw new Error("Not copied");
}

/**
 * The command that has the same picture read from a shell.
 *
 * @param {string} api
 * @param {string} name The picture's file.
 * @param {string} type
 */
export function curlCommand(api, name, type) {
  const address = new URL(`${api}/recognize`, location.href).href;
  const header = `Content-Type: ${type || "application/octet-stream"}`;
  return `curl --data-binary ${quoted(`@${name}`)} -H ${quoted(header)} ${quoted(address)}`;
}

/** @param {string} text for a POSIX shell */
function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * A table as spreadsheets read it.
 *
 * @param {(string | number)[][]} rows
 * @returns {Blob}
 */
export function csv(rows) {
  const text = rows.map((row) => row.map(cell).join(",")).join("\r\n");
  // The mark by which spreadsheets know UTF-8.
  return new Blob(["\ufeff", text, "\r\n"], { type: "text/csv" });
}

/** @param {string | number} value */
function cell(value) {
  // A name that begins like a formula would be taken for one.
  const text = String(value).replace(/^[=+@\t\r-]/, "'$&");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * @param {Blob} blob
 * @param {string} name
 */
export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
