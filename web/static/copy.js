// Buttons that put a text of the page on the clipboard. A button's data-copy names the element whose <pre> texts are
// meant, data-done is what is said then. One listener for all, so that parts of the page may be replaced.
"use strict";

const SHOWN_MS = 4000;
let silence;

function textOf(element) {
  const texts = element.matches("pre") ? [element] : [...element.querySelectorAll("pre")];
  return texts.map((each) => each.textContent).join("");
}

function say(sentence) {
  const status = document.getElementById("copied");
  status.textContent = sentence;
  clearTimeout(silence);
  silence = setTimeout(() => { status.textContent = ""; }, SHOWN_MS);
}

async function copy(button) {
  try {
    await navigator.clipboard.writeText(textOf(document.getElementById(button.dataset.copy)));
    say(button.dataset.done);
  } catch {
    say("The browser did not allow to copy: mark the text and copy it by hand.");
  }
}

// Browsers have no clipboard for pages that came over plain HTTP from elsewhere: there the buttons stay away.
if (navigator.clipboard) {
  document.documentElement.classList.add("can-copy");
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-copy]");
    if (button) copy(button);
  });
}
