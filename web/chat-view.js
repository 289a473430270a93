/** The pieces of the chat as DOM nodes: messages, answer buttons, the safety card. No state, no network. */
import { el } from "./dom.js";
import { contactItem, withPhoneLinks } from "./phone-links.js";
import { strings } from "./strings.js";

const CALL_911 = [["tel:911", strings.call911]];
const CALL_988 = [["tel:988", strings.call988], ["sms:988", strings.text988]];
/** How each kind of message looks, and whom it offers to call. Those with calls are alerts. */
const KINDS = {
  emergency: { tone: "alarm", calls: CALL_911 },
  safety: { tone: "alarm", calls: CALL_911 },
  crisis: { tone: "calm", calls: CALL_988 },
  urgent: { tone: "warn", calls: null },
};

/** Whether a message of this kind must be seen and heard at once. @param {string} kind */
export const isAlert = (kind) => Boolean(KINDS[kind]?.calls);

const callButtons = (calls) => el("p", { class: "calls" }, ...calls.map(([href, name]) => el("a", { href }, name)));

/** The line of 911 and 988 that stays in sight whatever happens below it. */
export function emergencyStrip() {
  return el(
    "div",
    { class: "strip", role: "group", "aria-label": strings.emergencyStrip },
    el("a", { href: "tel:911" }, strings.call911),
    el("a", { href: "tel:988" }, strings.crisisLink),
  );
}

/** What the person reads before the first message. */
export function introduction() {
  return el(
    "div",
    { class: "intro" },
    el("p", { class: "lead" }, strings.intro),
    el("p", { class: "safety" }, withPhoneLinks(strings.introSafety)),
    el("p", {}, strings.introLimits),
    el("p", { class: "privacy" }, strings.privacy),
  );
}

const now = () => new Date().toISOString();

/** A message of the person. @param {string} text @param {string} [at] when, as ISO 8601; now unless told */
export function userMessage(text, at = now()) {
  return el("div", { class: "message user", "data-at": at }, el("span", { class: "unseen" }, `${strings.youSaid} `), text);
}

/**
 * A message of the assistant. Emergencies and crises are alerts, spoken at once, unless they are old.
 *
 * @param {{text: string, kind?: string, at?: string, source?: {title: string, section: string, page_title?: string} | null}} message
 * @param {{old: boolean, onSource?: (event: Event, section: string) => void}} options
 */
export function botMessage({ text, kind = "text", at = now(), source }, { old, onSource }) {
  const title = strings.kindTitle[kind];
  const { tone, calls } = KINDS[kind] ?? {};
  return el(
    "div",
    { class: "message bot", "data-tone": tone, "data-at": at, role: calls && !old ? "alert" : null },
    title ? el("p", { class: "kind" }, title) : el("span", { class: "unseen" }, `${strings.botSaid} `),
    calls ? callButtons(calls) : null, // before the text: in sight whatever its length
    el("p", { class: "text" }, withPhoneLinks(text)),
    source ? sourceLine(source, onSource) : null,
  );
}

function sourceLine({ title, section, page_title: page }, onSource) {
  const name = page && page !== title ? `${page}: ${title}` : title;
  const href = new URL(`../#${encodeURIComponent(section)}`, import.meta.url);
  const onclick = onSource && ((event) => onSource(event, section));
  return el("p", { class: "source" }, `${strings.source} `, el("a", { href, target: "_blank", rel: "noopener", onclick }, name));
}

/** A short remark of the page itself in the conversation. @param {string} text */
export const notice = (text) => el("p", { class: "notice" }, text);

/**
 * The buttons of a question. `onChoose` gets the words to show and, for a single choice, the payload to send.
 *
 * @param {{title: string, payload?: string}[]} buttons
 * @param {{many: boolean, onChoose: (text: string, payload?: string) => void}} options
 */
export function choices(buttons, { many, onChoose }) {
  return many ? manyChoices(buttons, onChoose) : oneChoice(buttons, onChoose);
}

function oneChoice(buttons, onChoose) {
  const nodes = buttons.map(({ title, payload }) => {
    return el("button", { type: "button", onclick: () => onChoose(title, payload) }, title);
  });
  return el("div", { class: "choices", role: "group", "aria-label": strings.choices }, ...nodes);
}

function manyChoices(buttons, onChoose) {
  const toggles = buttons.map(({ title, payload }) => {
    return el("button", { type: "button", "aria-pressed": "false", "data-payload": payload }, title);
  });
  for (const toggle of toggles) {
    toggle.addEventListener("click", () => {
      toggle.setAttribute("aria-pressed", String(toggle.getAttribute("aria-pressed") !== "true"));
    });
  }
  const hint = el("p", { class: "hint", role: "status" }, strings.chooseMany);
  const finish = () => {
    const chosen = toggles.filter((toggle) => toggle.getAttribute("aria-pressed") === "true");
    if (chosen.length) onChoose(chosen.map((toggle) => toggle.dataset.payload).join(". "));
    else hint.textContent = strings.chooseOneFirst;
  };
  const done = el("button", { type: "button", class: "primary", onclick: finish }, strings.done);
  return el("div", { class: "choices", role: "group", "aria-label": strings.choices }, hint, ...toggles, done);
}

/**
 * What stands in for an answer when there is none: the safety text, then the hospital's numbers once known.
 * `kind` is "emergency" or "crisis" when the server saw one in the words it could not answer.
 *
 * @param {{kind: string, text: string, reason: string, contacts: object[], onRetry: (() => void) | null}} failure
 */
export function safetyCard({ kind, text, reason, contacts, onRetry }) {
  const { tone, calls } = KINDS[kind];
  return el(
    "div",
    { class: "message bot failure", "data-tone": tone },
    el(
      "div",
      { role: "alert" },
      el("p", { class: "kind" }, strings.kindTitle[kind]),
      callButtons(calls),
      el("p", { class: "text" }, withPhoneLinks(text)),
      contacts.length ? el("ul", {}, ...contacts.map(contactItem)) : null,
      el("p", { class: "reason" }, reason),
    ),
    onRetry ? el("button", { type: "button", class: "retry", onclick: onRetry }, strings.tryAgain) : null,
  );
}
