/** The frame of the chat: launcher, dialog, header, log, answer buttons, input. It knows layout and focus, no network. */
import { emergencyStrip, introduction } from "./chat-view.js";
import { el, touched } from "./dom.js";
import { strings } from "./strings.js";

const WIDE = "(min-width: 60em)"; // the same width as in page.css and chat-style.js

/**
 * Build the panel once.
 *
 * @param {{onSend: (text: string) => void, onStartOver: () => void, framed?: {onClose: (() => void) | null} | null}} handlers
 */
export function buildPanel({ onSend, onStartOver, framed = null }) {
  const wide = framed ? { matches: true, addEventListener: () => {} } : matchMedia(WIDE);
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
  const heading = el("h2", { id: "title", tabindex: "-1" }, strings.title);
  const startOver = el("button", { type: "button", hidden: true, onclick: askStartOver }, strings.startOver);
  const close = el("button", { type: "button", class: "close", hidden: framed !== null && !framed.onClose, onclick: () => (framed ? framed.onClose() : dialog.close()) }, strings.close);
  const yes = el("button", { type: "button", onclick: () => leaveConfirm(true) }, strings.startOverYes);
  const no = el("button", { type: "button", onclick: () => leaveConfirm(false) }, strings.startOverNo);
  const question = el("p", { id: "ask" }, strings.startOverAsk);
  const confirm = el("div", { class: "confirm", role: "group", "aria-labelledby": "ask", hidden: true }, question, yes, no);
  const header = el("div", { class: "header" }, heading, el("div", { class: "tools" }, startOver, close));
  const dialog = el("dialog", { "aria-labelledby": "title" }, header, emergencyStrip(), confirm, scroll, status, form);
  const launcher = el("button", { type: "button", class: "launcher", onclick: open }, strings.open);

  function submit() {
    const words = input.value.trim();
    if (words) {
      input.value = "";
      onSend(words);
    }
    input.focus();
  }

  function askStartOver() {
    confirm.hidden = false;
    yes.focus();
  }

  function leaveConfirm(/** @type {boolean} */ erase) {
    confirm.hidden = true;
    if (!erase) {
      startOver.focus();
      return;
    }
    onStartOver();
    focusAfterAnswer();
  }

  function open() {
    if (dialog.open) return;
    launcher.textContent = strings.open;
    dialog.showModal();
    (touched() ? heading : input).focus();
  }

  function focusAfterAnswer() {
    (touched() ? scroll : input).focus({ preventScroll: true });
  }

  /** Dock the panel on a wide screen. Turning a tablet must not close a chat in use. */
  function arrange() {
    const inUse = dialog.open && dialog.contains(dialog.getRootNode().activeElement);
    dialog.close();
    if (wide.matches) dialog.setAttribute("open", ""); // show() would take the focus from the page
    else if (inUse) open();
  }

  /** iOS draws its keyboard over the page: keep the input above it. A pinch zoom is not a keyboard. */
  function fitKeyboard() {
    const { height, offsetTop, scale } = window.visualViewport;
    if (scale > 1.01) return;
    dialog.style.setProperty("--visible-height", `${height}px`);
    dialog.style.setProperty("--visible-top", `${offsetTop}px`);
  }

  if (framed?.onClose) {
    dialog.addEventListener("keydown", (event) => {
      if (event.key === "Escape") framed.onClose();
    });
  }
  wide.addEventListener("change", arrange);
  window.visualViewport?.addEventListener("resize", fitKeyboard);
  window.visualViewport?.addEventListener("scroll", fitKeyboard);

  return {
    launcher,
    dialog,
    log,
    choices: answers,
    arrange,
    focusAfterAnswer,
    /** Leave the full-screen chat, for example to read a section of the page. */
    close: () => { if (!wide.matches) dialog.close(); },
    scrollToEnd: () => { scroll.scrollTop = scroll.scrollHeight; },
    /** Long answers are read from their first line. */
    scrollToStartOf: (node) => { scroll.scrollTop = node.offsetTop - 12; },
    announce: (text) => { status.textContent = text; },
    /** A closed chat must not swallow an answer: emergencies open it again, others call from the launcher. */
    announceIfClosed: ({ atOnce }) => {
      if (dialog.open) return;
      if (atOnce) open();
      else launcher.textContent = strings.openNew;
    },
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
    showStartOver: () => { startOver.hidden = false; },
    clear: () => {
      log.replaceChildren();
      answers.replaceChildren();
      input.value = "";
      typing.hidden = true;
      status.textContent = "";
      startOver.hidden = true;
      scroll.scrollTop = 0;
    },
  };
}
