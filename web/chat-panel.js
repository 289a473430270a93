/** The panel of the chat: header, menu, log, answer buttons, input. It knows layout and focus, no network. */
import { buildMenu } from "./chat-menu.js";
import { emergencyStrip, introduction } from "./chat-view.js";
import { el, touched } from "./dom.js";
import { strings } from "./strings.js";

const LOW_EMS = 32; // below this height, in lines of its own text size, everything but the talk gives way

/**
 * Build the panel once.
 *
 * @param {HTMLElement} host the element around it
 * @param {{onSend: (text: string) => void, onSave: () => void, onStartOver: () => void, onClose?: () => void}} handlers
 */
export function buildPanel(host, { onSend, onSave, onStartOver, onClose }) {
  const log = el("div", {
    class: "log",
    role: "log",
    "aria-live": "polite",
    "aria-relevant": "additions",
    "aria-label": strings.messages,
  });
  const typing = el("div", { class: "typing", hidden: true, "aria-hidden": "true" }, el("i"), el("i"), el("i"));
  const answers = el("div", { class: "answers" });
  const status = el("p", { class: "unseen", role: "status" });
  const connection = el("p", { class: "connection", role: "status" });
  const scroll = el(
    "div",
    { class: "scroll", role: "region", tabindex: "0", "aria-label": strings.conversation },
    introduction(),
    log,
    typing,
    answers,
  );
  const input = el("textarea", {
    id: "words",
    rows: "2",
    enterkeyhint: "send",
    autocomplete: "off",
    spellcheck: "false", // some browsers send the words to a spelling service
    onkeydown: (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      submit();
    },
  });
  const form = el(
    "form",
    { onsubmit: (event) => { event.preventDefault(); submit(); } },
    el("label", { for: "words" }, strings.inputLabel),
    input,
    el("button", { type: "submit", class: "primary" }, strings.send),
  );
  const menu = buildMenu(host, {
    onAsk: onSend,
    onSave,
    onStartOver: () => { onStartOver(); focusAfterAnswer(); },
    onSize: measure,
  });
  const close = onClose ? el("button", { type: "button", onclick: onClose }, strings.close) : null;
  const heading = el("h1", { id: "title" }, strings.title);
  const header = el("div", { class: "header" }, heading, el("div", { class: "tools" }, menu.toggle, close));
  const node = el("section", { class: "panel", "aria-labelledby": "title" });
  node.append(header, emergencyStrip(), menu.list, connection, scroll, status, form);

  function submit() {
    const words = input.value.trim();
    if (words) {
      input.value = "";
      onSend(words);
    }
    input.focus();
  }

  /** On a phone the input would bring up the keyboard, over the answer. */
  function focusAfterAnswer() {
    (touched() ? scroll : input).focus({ preventScroll: true });
  }

  function measure() {
    node.toggleAttribute("data-low", host.clientHeight < LOW_EMS * parseFloat(getComputedStyle(host).fontSize));
  }

  node.addEventListener("keydown", (event) => {
    if (event.key === "Escape") onClose?.();
  });
  new ResizeObserver(measure).observe(host);
  menu.restoreSize();

  return {
    node,
    log,
    choices: answers,
    focusAfterAnswer,
    scrollToEnd: () => { scroll.scrollTop = scroll.scrollHeight; },
    /** Long answers are read from their first line. */
    scrollToStartOf: (message) => { scroll.scrollTop = message.offsetTop - 12; },
    announce: (text) => { status.textContent = text; },
    showContacts: menu.showContacts,
    showConnection: (/** @type {boolean} */ there) => { connection.textContent = there ? "" : strings.noConnection; },
    /** Said once a turn; its end is not said. */
    showTyping: () => {
      typing.hidden = false;
      scroll.scrollTop = scroll.scrollHeight;
      status.textContent = strings.working;
    },
    hideTyping: () => {
      typing.hidden = true;
      status.textContent = "";
    },
    /** Put refused words back for correction, unless the person already writes something else. */
    giveBack: (words) => { input.value ||= words; },
    showStartOver: () => { menu.startOver.hidden = false; },
    clear: () => {
      log.replaceChildren();
      answers.replaceChildren();
      input.value = "";
      typing.hidden = true;
      status.textContent = "";
      menu.startOver.hidden = true;
      scroll.scrollTop = 0;
    },
  };
}
