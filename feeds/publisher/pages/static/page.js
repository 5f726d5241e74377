"use strict";

// Copy an address. The buttons are hidden in HTML, because they need this script.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
}
// On the document, because other scripts add buttons later.
document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) {
    return;
  }
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy");
  }
  const said = document.getElementById("copied");
  said.textContent = "";
  setTimeout(() => { said.textContent = said.dataset.said; }, 50);
});

// A picture that cannot be loaded leaves nothing: neither a box nor the sign of a broken one, but its text if it has one.
const empty = (image) => {
  if (!image.hidden) {
    image.hidden = true;
    // A story without a picture has another layout.
    image.classList.remove("picture");
    image.after(image.alt);
  }
};
document.addEventListener("error", ({ target }) => target instanceof HTMLImageElement && empty(target), true);
for (const image of document.images) {
  if (image.complete && image.currentSrc && !image.naturalWidth) {
    empty(image);
  }
}
