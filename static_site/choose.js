/**
 * Takes pictures that are chosen in a file input, photographed, dropped on the page or pasted.
 *
 * The whole window takes a drop: one that misses the paper would otherwise make the
 * browser leave the page to show the file.
 *
 * @param {HTMLInputElement[]} inputs
 * @param {{onPictures: (pictures: File[]) => void, onProblem: (words: string) => void}} handlers
 */
export function listenForPictures(inputs, { onPictures, onProblem }) {
  /** @param {FileList | undefined} files */
  const take = (files) => {
    if (files?.length) onPictures([...files]);
    else onProblem("That was not a picture file. Save the picture first, then choose it here.");
  };

  for (const input of inputs) {
    input.addEventListener("change", () => {
      if (input.files?.length) take(input.files);
      input.value = ""; // so that the same file can be chosen again
    });
  }

  window.addEventListener("dragover", (event) => {
    event.preventDefault();
    showDragging(true);
  });
  window.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) showDragging(false); // it left the window, not just an element
  });
  window.addEventListener("drop", (event) => {
    event.preventDefault();
    showDragging(false);
    take(event.dataTransfer?.files);
  });

  window.addEventListener("paste", (event) => {
    // Text from a spreadsheet comes with a picture of it.
    if (!isTyping(event) && event.clipboardData?.files.length) take(event.clipboardData.files);
  });
}

/** @param {Event} event */
export function isTyping({ target }) {
  return target instanceof HTMLInputElement && target.type === "text";
}

/** @param {boolean} dragging */
function showDragging(dragging) {
  document.documentElement.classList.toggle("dragging", dragging);
}
