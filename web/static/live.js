// Keeps an open page up to date: the server says that something changed, and the page is asked for again and morphed
// into what it is now. Without this file every page works just as well; it only stays as it was loaded.
"use strict";

(() => {
  const content = document.getElementById("content");
  const bar = document.getElementById("live");
  if (!content || !bar || !window.EventSource || !window.htmx || !window.Idiomorph) return;

  // So many readers at once would all ask at the same moment: each waits for a while of its own.
  const SPREAD_MS = 500;
  // Ages go on though nothing changes, and what is stale must say so.
  const AGES_MS = 60000;
  const AGAIN_MS = 30000;

  const status = bar.querySelector("[role=status]");
  const button = bar.querySelector("button");
  let stream = null;
  let timer = 0;
  let isPaused = false;
  let isBehind = false;
  let before = "";

  // What people opened stays open, and what they are filling in stays as they left it.
  Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => !(name === "open" && node.tagName === "DETAILS");
  Idiomorph.defaults.callbacks.beforeNodeMorphed = (node) => !(node.tagName === "FORM");

  function say(text) {
    if (status.textContent !== text) status.textContent = text;
  }

  // What a reader would call a change: not that a minute has passed.
  function substance() {
    const copy = content.cloneNode(true);
    for (const time of copy.querySelectorAll("time")) time.remove();
    return copy.textContent;
  }

  function refresh() {
    window.clearTimeout(timer);
    timer = 0;
    if (isPaused || document.hidden) {
      isBehind = true;
      if (isPaused) say("Paused. Something has changed since.");
      return;
    }
    isBehind = false;
    before = substance();
    htmx.trigger(content, "page-changed");
  }

  function soon() {
    if (!timer) timer = window.setTimeout(refresh, Math.random() * SPREAD_MS);
  }

  function follow() {
    stream = new EventSource(bar.dataset.stream);
    stream.addEventListener("hello", () => say("Following changes."));
    stream.addEventListener("change", soon);
    stream.addEventListener("error", () => {
      if (!isPaused) say("Connection lost: this page may be out of date. Trying again.");
      // A browser gives up when it is refused.
      if (stream.readyState === EventSource.CLOSED) window.setTimeout(follow, AGAIN_MS);
    });
  }

  content.addEventListener("htmx:afterSettle", () => {
    if (substance() !== before) say(`Updated at ${new Date().toISOString().slice(11, 16)} UTC.`);
  });
  content.addEventListener("htmx:responseError", () => say("This page could not be updated. Trying again."));
  button.addEventListener("click", () => {
    isPaused = !isPaused;
    button.setAttribute("aria-pressed", String(isPaused));
    say(isPaused ? "Paused." : "Following changes.");
    if (isBehind && !isPaused) refresh();
  });
  document.addEventListener("visibilitychange", () => {
    if (isBehind && !document.hidden) refresh();
  });
  window.setInterval(() => {
    if (!isPaused) refresh();
  }, AGES_MS);

  bar.hidden = false;
  follow();
})();
