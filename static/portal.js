// Everything here is a convenience: each page does its work without it.
"use strict";

const root = document.documentElement;
const on = (type, listener) => document.addEventListener(type, listener);

const remembered = (key) => {
  try {
    return localStorage.getItem(key) || "";
  } catch {
    return ""; // Storage is refused in some private windows: a choice then lasts for this page.
  }
};
const remember = (key, value) => {
  try {
    localStorage.setItem(key, value);
  } catch {
    say("This browser does not let the portal remember that.");
  }
};

// Theme. This file is loaded without defer, so that a chosen theme is there before the first paint.
const showTheme = (theme) => {
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === (theme || "")));
  }
};
root.classList.add("js");
showTheme(remembered("theme"));

// Single keys can be switched off: speech input and a restless hand press them by accident.
const showShortcuts = (state) => {
  root.dataset.shortcuts = state;
  for (const button of document.querySelectorAll("[data-shortcuts]:not(html)")) {
    button.setAttribute("aria-pressed", String(state !== "off"));
  }
};
showShortcuts(remembered("shortcuts"));

const say = (text) => {
  const place = document.getElementById("announce");
  if (place) place.textContent = text;
};

// Times. The words are the page's language: short, and only as exact as a glance needs.
const spoken = (seconds) => {
  const size = Math.abs(seconds);
  if (size < 60) return "";
  if (size < 3600) return `${Math.floor(size / 60)} min`;
  if (size < 86400) return `${Math.floor(size / 3600)} h`;
  return `${Math.floor(size / 86400)} d`;
};
const timeWords = (time, now = Date.now()) => {
  const seconds = (now - Date.parse(time.dateTime)) / 1000;
  if (Number.isNaN(seconds)) return time.textContent;
  const length = spoken(seconds);
  if (time.dataset.time === "length") return length || "now";
  if (time.dataset.time === "left") return seconds >= 0 ? "ended" : `${length || "under 1 min"} left`;
  if (!length) return seconds < 0 ? "in a moment" : "just now";
  return seconds < 0 ? `in ${length}` : `${length} ago`;
};
const refreshTimes = () => {
  for (const time of document.querySelectorAll("time[data-time]")) {
    const words = timeWords(time);
    if (time.textContent !== words) time.textContent = words;
  }
};

// A poll that changed nothing must not touch the page: send the ETag ourselves, so that the request sees the 304.
// Left to the browser's cache it is shown "200" with the cached body, and htmx swaps the same content in again.
on("htmx:configRequest", ({ detail }) => {
  const tag = detail.elt.dataset.etag;
  if (tag && detail.verb === "get") detail.headers["If-None-Match"] = tag;
});
on("htmx:afterRequest", ({ detail }) => {
  const tag = detail.xhr.getResponseHeader("ETag");
  if (tag && "etag" in detail.elt.dataset) detail.elt.dataset.etag = tag;
});

// A draft says what became of it.
const notSaved = {
  200: "Draft not saved: this step is submitted.",
  0: "Draft not saved. It is tried again when you type.",
  401: "Draft not saved: you are signed out. Sign in in a new tab, then go on here.",
  409: "Draft not saved: this step was changed in another tab or by a colleague. Reload to compare.",
};
const draftState = (elt, text) => {
  const form = elt.closest("[data-draft]");
  const place = form && document.querySelector(`[data-draft-state="${form.id}"]`);
  if (place) place.textContent = text;
};
on("htmx:beforeRequest", (event) => {
  // What is submitted is not saved as a draft as well: the two would race. A save that is under way does no harm.
  if (event.detail.elt.dataset.sent !== undefined) event.preventDefault();
  else draftState(event.detail.elt, "Saving…");
});
on("submit", ({ target }) => {
  if (target.dataset.draft !== undefined) target.dataset.sent = "";
});
on("htmx:afterRequest", ({ detail }) => {
  const clock = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  draftState(detail.elt, detail.xhr.status === 204 ? `Draft saved ${clock}` : notSaved[detail.xhr.status] || notSaved[0]);
});

// What is usually the same and is typed otherwise gets a hint beside it.
on("input", ({ target }) => {
  const hint = target.id && document.querySelector(`[data-beside="${CSS.escape(target.id)}"]`);
  const typed = target.value?.trim().toLowerCase();
  if (hint) hint.hidden = !typed || typed === hint.dataset.usual.toLowerCase();
});

// One click, one request. The button is disabled after the form was read, so that its own name is still sent.
const release = (form) => {
  for (const button of document.querySelectorAll("button[aria-busy='true']")) {
    if (form && button.form !== form) continue;
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
};
on("submit", (event) => {
  const button = event.submitter;
  if (!button || "repeatable" in event.target.dataset) return;
  setTimeout(() => {
    if (event.defaultPrevented && !event.target.matches(".htmx-request")) return;
    button.setAttribute("aria-busy", "true");
    button.disabled = true;
  });
});
on("htmx:afterRequest", ({ detail }) => {
  const form = detail.elt.closest("form");
  if (form && !("draft" in form.dataset)) release(form);
});
// The back button may bring the page back as it was left.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  release();
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

const copy = async (button) => {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    // No clipboard outside a secure page: mark the text, so that one key copies it.
    getSelection().selectAllChildren(button.parentElement.querySelector("code"));
    say("Selected. Press Ctrl C to copy.");
    return;
  }
  button.dataset.copied = "";
  say("Copied");
  setTimeout(() => delete button.dataset.copied, 1500);
};

on("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.copy !== undefined) copy(button);
  if (button?.dataset.themeChoice !== undefined) {
    showTheme(button.dataset.themeChoice);
    remember("theme", button.dataset.themeChoice);
  }
  if (button?.dataset.shortcuts !== undefined) {
    showShortcuts(root.dataset.shortcuts !== "off" ? "off" : "");
    remember("shortcuts", root.dataset.shortcuts);
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  // A row opens where it is clicked, unless the click meant something of its own or ended a selection.
  const row = event.target.closest("[data-rows] tbody tr");
  if (row && !event.target.closest("a, button, input, label, select, time[tabindex]") && getSelection().isCollapsed) {
    const link = row.querySelector("a[data-open]");
    if (event.metaKey || event.ctrlKey) open(link.href, "_blank", "noopener");
    else link?.click();
  }
});

// j and k walk the rows' own links, so Enter opens without any help.
const walk = (step) => {
  const links = [...document.querySelectorAll("[data-rows] a[data-open]")];
  if (!links.length) return;
  const here = links.indexOf(document.activeElement?.closest("tr")?.querySelector("a[data-open]"));
  const next = links[Math.min(Math.max(here + step, 0), links.length - 1)];
  next.focus({ focusVisible: true });
  next.closest("tr").scrollIntoView({ block: "nearest" });
};
on("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = event.target.closest("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  }
  if (root.dataset.shortcuts === "off" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea, [contenteditable]")) return;
  if (event.key === "j") walk(1);
  if (event.key === "k") walk(-1);
  if (event.key === "/") {
    const field = document.querySelector("[data-search]");
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select();
  }
});

on("DOMContentLoaded", () => {
  showTheme(root.dataset.theme);
  showShortcuts(root.dataset.shortcuts);
  refreshTimes();
  setInterval(refreshTimes, 30_000);
});
on("htmx:afterSwap", refreshTimes);
on("htmx:oobAfterSwap", refreshTimes);
