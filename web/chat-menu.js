/** What stands behind "Menu": text size, print, a copy, the hospital's numbers, start over. One button, so that the talk keeps its height. */
import { el } from "./dom.js";
import { recall, remember } from "./memory.js";
import { contactItem } from "./phone-links.js";
import { strings } from "./strings.js";

const SIZES = ["100%", "125%", "150%", "200%"];
const SIZE_KEY = "spine-chat-text-size";

/**
 * @param {HTMLElement} host whose text grows
 * @param {{onAsk: (words: string) => void, onSave: () => void, onStartOver: () => void, onSize: () => void}} handlers
 */
export function buildMenu(host, { onAsk, onSave, onStartOver, onSize }) {
  let size = 0;
  const item = (words, onclick, attributes = {}) => el("button", { type: "button", onclick, ...attributes }, words);
  const smaller = item(strings.smaller, () => setSize(size - 1));
  const larger = item(strings.larger, () => setSize(size + 1));
  const startOver = item(strings.startOver, () => askFirst(true), { hidden: true });
  const yes = item(strings.startOverYes, () => leave(onStartOver));
  const no = item(strings.startOverNo, () => leave(() => {}));
  const confirm = el("div", { class: "confirm", role: "group", "aria-labelledby": "ask", hidden: true });
  confirm.append(el("p", { id: "ask" }, strings.startOverAsk), yes, no);
  const contacts = el("ul", { "aria-label": strings.phoneNumbers });
  const list = el(
    "div",
    { class: "menu", id: "menu", role: "group", "aria-label": strings.menu, hidden: true },
    larger,
    smaller,
    item(strings.print, () => leave(() => window.print())),
    item(strings.save, () => leave(onSave)),
    item(strings.findDoctor, () => leave(() => onAsk(strings.findDoctor))),
    startOver,
    confirm,
    contacts,
  );
  const toggle = item(strings.menu, () => show(list.hidden), { "aria-expanded": "false", "aria-controls": "menu" });
  list.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation(); // closes the menu, not the chat
    leave(() => {});
  });

  function show(/** @type {boolean} */ open) {
    list.hidden = !open;
    toggle.setAttribute("aria-expanded", String(open));
    if (open) larger.focus();
    askFirst(false);
  }

  function leave(action) {
    show(false);
    toggle.focus();
    action();
  }

  function askFirst(/** @type {boolean} */ asking) {
    confirm.hidden = !asking;
    if (asking) yes.focus();
  }

  function setSize(/** @type {number} */ wanted) {
    size = Math.min(SIZES.length - 1, Math.max(0, wanted));
    host.style.fontSize = SIZES[size];
    // Not `disabled`: a button that vanishes from under the keyboard loses the focus.
    larger.setAttribute("aria-disabled", String(size === SIZES.length - 1));
    smaller.setAttribute("aria-disabled", String(size === 0));
    remember(SIZE_KEY, String(size));
    onSize();
  }

  return {
    toggle,
    list,
    startOver,
    restoreSize: () => setSize(Number(recall(SIZE_KEY)) || 0),
    showContacts: (known) => contacts.replaceChildren(...known.map(contactItem)),
  };
}
