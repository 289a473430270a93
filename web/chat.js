/**
 * <spine-chat>: the conversation with the assistant, for patients on the hospital's page.
 *
 * Docked beside the text on a wide screen; a full-screen dialog behind one button on a narrow one.
 * Whatever goes wrong with the server, the person sees the safety text and keeps the message.
 */
import { ChatApi, ChatError, newId } from "./chat-api.js";
import { chatStyle } from "./chat-style.js";
import { botMessage, choices, isAlert, notice, safetyCard, userMessage } from "./chat-view.js";
import { buildPanel } from "./chat-panel.js";
import { el } from "./dom.js";
import { strings } from "./strings.js";

const ANSWER_WITHIN_MS = 8000;
const TYPING_AFTER_MS = 2000;
const SETTLE_MS = 150; // screen readers collect changes for a moment before they look at aria-live
const NOT_WORTH_REPEATING = new Map([[400, strings.refused], [413, strings.tooLong], [422, strings.refused]]);

/** @typedef {{wire: {id: string, text?: string, payload?: string}, words: string, bubble: HTMLElement}} Outgoing */

export class SpineChat extends HTMLElement {
  /** The hospital's numbers from page.json, shown under the safety text. @type {object[]} */
  contacts = [];
  /** In a frame the chat fills its place, and closing is the parent's work. Set before the element is connected. */
  framed = null;
  /** Gives a portal's token, when a portal says who is chatting. @type {null | (() => Promise<string>)} */
  identity = null;

  #api;
  #panel;
  /** Messages leave one after the other, so that the answers come in the order of the questions. */
  #queue = Promise.resolve();
  #current = new AbortController();
  /** Grows with every "Start over": an answer to an erased chat must not appear in the new one. */
  #era = 0;
  /** @type {Outgoing[]} */
  #unanswered = [];
  #safetyCard = null;
  #graveFailure = null;

  connectedCallback() {
    if (this.shadowRoot) return;
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [chatStyle];
    this.#api = new ChatApi(new URL("..", import.meta.url), () => this.#add(notice(strings.sessionLost)), this.identity);
    this.toggleAttribute("framed", this.framed !== null);
    this.#panel = buildPanel({
      onSend: (text) => this.#say(text),
      onStartOver: () => this.#startOver(),
      framed: this.framed,
    });
    root.append(this.#panel.dialog, this.#panel.launcher);
    this.#panel.arrange();
    this.#queue = this.#restore();
  }

  /** Show the person's words and queue them. A button sends its payload, typed words are sent as they are. */
  #say(words, payload) {
    const wire = typeof payload === "string" ? { id: newId(), payload } : { id: newId(), text: words };
    const bubble = userMessage(words);
    this.#panel.choices.replaceChildren();
    this.#add(bubble);
    this.#panel.scrollToEnd();
    this.#send({ wire, words, bubble });
  }

  #send(/** @type {Outgoing} */ message) {
    const era = this.#era;
    this.#queue = this.#queue.then(() => (era === this.#era ? this.#deliver(message) : undefined));
  }

  /** The safety boundary: whatever fails in here, the person sees the safety text. */
  async #deliver(/** @type {Outgoing} */ message) {
    const era = this.#era;
    const abort = (this.#current = new AbortController());
    const deadline = setTimeout(() => abort.abort(), ANSWER_WITHIN_MS);
    const typing = setTimeout(() => this.#panel.showTyping(), TYPING_AFTER_MS);
    try {
      const reply = await this.#ask(message, abort.signal);
      if (era === this.#era) this.#showReply(reply.messages);
    } catch (problem) {
      if (era === this.#era) this.#showFailure(message, problem);
    } finally {
      clearTimeout(deadline);
      clearTimeout(typing);
      this.#panel.hideTyping();
    }
  }

  async #ask(/** @type {Outgoing} */ message, signal) {
    try {
      return await this.#api.send(message.wire, signal);
    } catch (problem) {
      if (problem.status !== 409 || message.wire.payload === undefined) throw problem;
      // The server no longer offers this button, for example in a new session: say its words instead.
      message.wire = { id: message.wire.id, text: message.words };
      return this.#api.send(message.wire, signal);
    }
  }

  #showReply(messages, old = false) {
    const onSource = () => this.#panel.close();
    const nodes = messages.filter(({ text }) => text).map((message) => botMessage(message, { old, onSource }));
    this.#add(...nodes);
    this.#offer(messages);
    if (old) return;
    this.#panel.scrollToStartOf(nodes[0]);
    this.#panel.announceIfClosed({ atOnce: messages.some(({ kind }) => isAlert(kind)) });
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

  #showFailure(/** @type {Outgoing} */ message, problem) {
    const status = problem instanceof ChatError ? problem.status : 0;
    const finalReason = NOT_WORTH_REPEATING.get(status);
    message.bubble.dataset.note = strings.notAnswered;
    if (finalReason) this.#panel.giveBack(message.words);
    else this.#unanswered.push(message);
    this.#safetyCard?.remove();
    // A milder failure must not take the place of emergency advice that is still the only answer.
    const grave = { EMERGENCY: "emergency", CRISIS: "crisis" }[problem.level];
    if (grave) this.#graveFailure = { kind: grave, text: problem.safetyText || strings.safetyText };
    this.#safetyCard = safetyCard({
      ...(this.#graveFailure ?? { kind: "safety", text: problem.safetyText || strings.safetyText }),
      reason: finalReason ?? (status === 429 ? strings.tooMany : strings.noAnswer),
      contacts: this.contacts,
      onRetry: this.#unanswered.length ? () => this.#retry() : null,
    });
    this.#add(this.#safetyCard);
    this.#panel.scrollToStartOf(this.#safetyCard);
    this.#panel.announceIfClosed({ atOnce: true });
  }

  #retry() {
    this.#safetyCard?.remove();
    this.#safetyCard = null;
    this.#graveFailure = null;
    for (const message of this.#unanswered.splice(0)) {
      delete message.bubble.dataset.note;
      this.#send(message);
    }
    this.#panel.focusAfterAnswer();
  }

  /** Put the conversation back after a reload, silently: it was read out when it happened. */
  async #restore() {
    if (!this.#api.hasSession) return;
    const { log } = this.#panel;
    const abort = (this.#current = new AbortController());
    const deadline = setTimeout(() => abort.abort(), ANSWER_WITHIN_MS);
    log.setAttribute("aria-live", "off");
    try {
      const history = await this.#api.history(abort.signal);
      for (const message of history) {
        if (message.from === "user") this.#add(userMessage(message.text));
        else this.#add(botMessage(message, { old: true, onSource: () => this.#panel.close() }));
      }
      const lastWords = history.findLastIndex(({ from }) => from === "user");
      this.#offer(history.slice(lastWords + 1));
      this.#panel.scrollToEnd();
    } catch (problem) {
      console.warn(problem);
      this.#add(notice(strings.historyMissing));
    } finally {
      clearTimeout(deadline);
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      log.setAttribute("aria-live", "polite");
    }
  }

  async #startOver() {
    this.#era += 1;
    this.#current.abort();
    this.#unanswered = [];
    this.#safetyCard = null;
    this.#panel.clear();
    const abort = new AbortController();
    const deadline = setTimeout(() => abort.abort(), ANSWER_WITHIN_MS);
    const erased = await this.#api.end(abort.signal);
    clearTimeout(deadline);
    if (erased) this.#panel.announce(strings.cleared);
    else this.#add(notice(strings.clearedHereOnly));
  }

  #add(...nodes) {
    this.#panel.log.append(...nodes);
    this.#panel.showStartOver();
  }
}

customElements.define("spine-chat", SpineChat);
