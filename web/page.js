/** Fill the hospital page from page.json, and run its text-size and print buttons. */
import { el } from "./dom.js";
import { contactItem, withPhoneLinks } from "./phone-links.js";
import { recall, remember } from "./memory.js";
import { strings } from "./strings.js";

const SIZES = 4; // page.css has one rule for each: 0 is the normal size, 3 is twice as large
const SIZE_KEY = "page-text-size";
const CHAT_ROOT = new URL("..", import.meta.url);

const byId = (/** @type {string} */ id) => document.getElementById(id);

function setTextSize(/** @type {number} */ size) {
  document.documentElement.dataset.textSize = String(size);
  byId("page-smaller").disabled = size === 0;
  byId("page-larger").disabled = size === SIZES - 1;
  remember(SIZE_KEY, String(size));
}

function stepTextSize(/** @type {number} */ step) {
  const size = Number(document.documentElement.dataset.textSize) + step;
  setTextSize(Math.min(SIZES - 1, Math.max(0, size)));
}

/** One section: its title unless the page's own title already says it, then paragraphs and bullets. */
function sectionNode({ id, title, paragraphs = [], bullets = [] }, opens) {
  const heading = opens ? null : el("h2", {}, title);
  const list = bullets.length ? el("ul", {}, ...bullets.map((text) => el("li", {}, withPhoneLinks(text)))) : null;
  const texts = paragraphs.map((text) => el("p", {}, withPhoneLinks(text)));
  // tabindex: a source link in the chat moves the reader here, not only the scroll position.
  return el("section", { id, tabindex: "-1" }, heading, ...texts, list);
}

function show(page) {
  byId("page-title").textContent = page.title;
  // A text without a heading must follow the page's title, or it would seem to belong to the section before it.
  const opens = ({ title }) => !title || title === page.title;
  const ordered = [...page.sections.filter(opens), ...page.sections.filter((section) => !opens(section))];
  byId("page-sections").replaceChildren(...ordered.map((section) => sectionNode(section, opens(section))));
  // 911 and 988 already stand in the strip above; here they would hide the hospital's own numbers.
  const contacts = (page.contacts ?? []).filter(({ number }) => number !== "911" && number !== "988");
  for (const id of ["page-contacts-top", "page-contacts-bottom"]) byId(id).replaceChildren(...contacts.map(contactItem));
}

async function load() {
  byId("page-problem").replaceChildren();
  try {
    const response = await fetch(new URL("page.json", CHAT_ROOT), { credentials: "omit" });
    if (!response.ok) throw new Error(`page.json: ${response.status}`);
    show(await response.json());
    if (location.hash) byId(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView(); // it came after the address
  } catch (problem) {
    console.warn(problem);
    const again = el("button", { type: "button", onclick: load }, strings.tryAgain);
    byId("page-problem").replaceChildren(el("p", { class: "notice" }, strings.pageProblem, " ", again));
  }
}

byId("page-smaller").addEventListener("click", () => stepTextSize(-1));
byId("page-larger").addEventListener("click", () => stepTextSize(1));
byId("page-print").addEventListener("click", () => window.print());
setTextSize(Number(recall(SIZE_KEY)) || 0);
load();
