/**
 * <spine-chat>: the conversation with the assistant. It fills its place: a frame of the hospital's page or of a portal.
 *
 * Whatever goes wrong with the server, the person sees the safety text and keeps the message.
 */
import { ChatApi, newId } from "./chat-api.js";
import { buildPanel } from "./chat-panel.js";
import { chatStyle } from "./chat-style.js";
import { botMessage, choices, isAlert, notice, safetyCard, userMessage } from "./chat-view.js";
import { el } from "./dom.js";
import { Outbox } from "./outbox.js";
import { saveConversation } from "./save.js";
import { strings } from "./strings.js";

const HISTORY_WITHIN_MS = 8000;
const TYPING_AFTER_MS = 2000;
const SETTLE_MS = 150; // screen readers collect changes for a moment before they look at aria-live
const WHY_FINAL = { 403: strings.visitEnded, 413: strings.tooLong };

export class SpineChat extends HTMLElement {
  /**
   * What the place says to the chat; set before the element is connected. `identity` gives the body that opens a session
   * in somebody's name, `onClose` closes the place, `onAnswer` tells that something was said, `onSource` leads to a
   * section of the hospital's page and says whether it does.
   *
   * @type {{identity?: () => Promise<object>, onClose?: () => void, onAnswer?: (urgent: boolean) => void,
   *   onSource?: (event: Event, section: string) => void}}
   */
  place = {};

  #api;
  #outbox;
  #panel;
  #typing;
  #contacts = [];
  #safetyCard = null;
  #graveFailure = null;

  /** The hospital's numbers from page.json, shown in the menu and under the safety text. @param {object[]} contacts */
  set contacts(contacts) {
    this.#contacts = contacts;
    this.#panel?.showContacts(contacts);
  }

  connectedCallback() {
    if (this.shadowRoot) return;
    const { identity = null, onClose } = this.place;
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [chatStyle];
    this.#api = new ChatApi(new URL("..", import.meta.url), () => this.#add(notice(strings.sessionLost)), identity);
    const send = (wire, signal) => this.#api.send(wire, signal);
    const handlers = {
      onStart: () => { this.#typing = setTimeout(() => this.#panel.showTyping(), TYPING_AFTER_MS); },
      onEnd: () => {
        clearTimeout(this.#typing);
        this.#panel.hideTyping();
      },
      onReply: (message, messages) => this.#showReply(message, messages),
      onFailure: (message, failure) => this.#showFailure(message, failure),
    };
    this.#outbox = new Outbox(send, handlers, { onThisPageOnly: identity !== null });
    this.#panel = buildPanel(this, {
      onSend: (text) => this.#say(text),
      onSave: () => saveConversation(this.#panel.log),
      onStartOver: () => this.#startOver(),
      onClose,
    });
    root.append(this.#panel.node);
    this.#panel.showContacts(this.#contacts);
    window.addEventListener("offline", () => this.#panel.showConnection(false));
    window.addEventListener("online", () => {
      this.#panel.showConnection(true);
      this.#outbox.retry();
    });
    this.#restore();
  }

  /** Show the person's words and send them. A button sends its payload, typed words are sent as they are. */
  #say(words, payload) {
    const wire = typeof payload === "string" ? { id: newId(), payload } : { id: newId(), text: words };
    this.#panel.choices.replaceChildren();
    this.#deliver({ wire, words });
  }

  #deliver({ wire, words }) {
    const bubble = userMessage(words);
    this.#add(bubble);
    this.#panel.scrollToEnd();
    this.#outbox.add({ wire, words, bubble });
  }

  #showReply({ bubble }, messages) {
    delete bubble.dataset.note;
    this.#panel.showConnection(true);
    if (!this.#outbox.failed) this.#removeSafetyCard();
    const nodes = messages.filter(({ text }) => text).map((message) => this.#botMessage(message));
    this.#add(...nodes);
    this.#offer(messages);
    this.#panel.scrollToStartOf(nodes[0]);
    this.place.onAnswer?.(messages.some(({ kind }) => isAlert(kind)));
  }

  #botMessage(message, old = false) {
    return botMessage(message, { old, onSource: this.place.onSource });
  }

  /** Show the buttons of the last message that has any, and say them to those who cannot see them. */
  #offer(messages) {
    const asking = messages.filter(({ buttons }) => buttons?.length).at(-1);
    if (!asking) return;
    const onChoose = (title, payload) => {
      this.#say(title, payload);
      this.#panel.focusAfterAnswer();
    };
    const titles = asking.buttons.map(({ title }) => title).join(", ");
    this.#add(el("p", { class: "unseen" }, `${strings.youCanAnswer} ${titles}.`));
    this.#panel.choices.replaceChildren(choices(asking.buttons, { many: asking.select === "many", onChoose }));
  }

  #showFailure(message, { status, problem, final, again }) {
    message.bubble.dataset.note = strings.notAnswered;
    if (final) this.#panel.giveBack(message.words);
    if (status === 0) this.#panel.showConnection(false);
    // A milder failure must not take the place of emergency advice that is still the only answer.
    const grave = { EMERGENCY: "emergency", CRISIS: "crisis" }[problem.level];
    if (again && this.#safetyCard && !final && !grave) return; // said once; another try in vain is no news
    const text = problem.safetyText || strings.safetyText;
    if (grave) this.#graveFailure = { kind: grave, text };
    const refused = WHY_FINAL[status] ?? strings.refused;
    this.#safetyCard?.remove();
    this.#safetyCard = safetyCard({
      ...(this.#graveFailure ?? { kind: "safety", text }),
      reason: final ? refused : status === 429 ? strings.tooMany : strings.noAnswer,
      contacts: this.#contacts,
      onRetry: this.#outbox.failed ? () => this.#retry() : null,
    });
    this.#add(this.#safetyCard);
    this.#panel.scrollToStartOf(this.#safetyCard);
    this.place.onAnswer?.(true);
  }

  #removeSafetyCard() {
    this.#safetyCard?.remove();
    this.#safetyCard = null;
    this.#graveFailure = null;
  }

  #retry() {
    this.#removeSafetyCard(); // so that another failure is said again: somebody asked
    this.#outbox.retry();
    this.#panel.focusAfterAnswer();
  }

  /** Put the conversation back after a reload, silently: it was read out when it happened. */
  async #restore() {
    if (!this.#api.hasSession) return;
    const { log } = this.#panel;
    log.setAttribute("aria-live", "off");
    let history = [];
    try {
      history = await this.#api.history(AbortSignal.timeout(HISTORY_WITHIN_MS));
      for (const message of history) {
        if (message.from === "user") this.#add(userMessage(message.text, message.at));
        else this.#add(this.#botMessage(message, true));
      }
      const lastWords = history.findLastIndex(({ from }) => from === "user");
      this.#offer(history.slice(lastWords + 1));
      this.#panel.scrollToEnd();
    } catch (problem) {
      console.warn(problem);
      this.#add(notice(strings.historyMissing));
    } finally {
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      log.setAttribute("aria-live", "polite");
    }
    for (const message of this.#outbox.leftOver(new Set(history.map(({ id }) => id)))) this.#deliver(message);
  }

  async #startOver() {
    this.#outbox.clear();
    this.#removeSafetyCard();
    this.#panel.clear();
    const erased = await this.#api.end(AbortSignal.timeout(HISTORY_WITHIN_MS));
    if (erased) this.#panel.announce(strings.cleared);
    else this.#add(notice(strings.clearedHereOnly));
  }

  #add(...nodes) {
    this.#panel.log.append(...nodes);
    this.#panel.showStartOver();
  }
}

customElements.define("spine-chat", SpineChat);
