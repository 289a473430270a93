/** Messages on their way: sent one after the other, kept until they are answered, sent again by themselves. */
import { ChatError } from "./chat-api.js";
import { forget, recall, remember } from "./memory.js";

const KEPT_KEY = "spine-chat-unsent";
const ANSWER_WITHIN_MS = 8000;
const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 30_000;
/** Statuses of a message that will be refused again: too long, no text in it, a visit that has ended. */
const FINAL = new Set([400, 403, 413, 422]);

/** @typedef {{wire: {id: string, text?: string, payload?: string}, words: string, bubble: HTMLElement, failed?: boolean}} Outgoing */

export class Outbox {
  #send;
  #handlers;
  #onThisPageOnly;
  /** Everything without an answer, in the order it was said. @type {Outgoing[]} */
  #kept = [];
  #queue = Promise.resolve();
  #current = new AbortController();
  /** Whether what is under way was tried before: a new message need not wait for it. */
  #again = false;
  /** Grows with every "Start over": an answer to an erased chat must not appear in the new one. */
  #era = 0;
  #timer;
  #wait = FIRST_WAIT_MS;

  /**
   * @param {(wire: Outgoing["wire"], signal: AbortSignal) => Promise<{messages: object[]}>} send
   * @param {{onStart: () => void, onEnd: () => void, onReply: (message: Outgoing, messages: object[]) => void,
   *   onFailure: (message: Outgoing, failure: {status: number, problem: unknown, final: boolean, again: boolean}) => void}} handlers
   * @param {{onThisPageOnly: boolean}} options a portal's words are not kept in the browser across a reload
   */
  constructor(send, handlers, { onThisPageOnly }) {
    this.#send = send;
    this.#handlers = handlers;
    this.#onThisPageOnly = onThisPageOnly;
  }

  /** How many messages wait for another try. */
  get failed() {
    return this.#kept.filter(({ failed }) => failed).length;
  }

  add(/** @type {Outgoing} */ message) {
    if (this.#again) this.#current.abort();
    this.#kept.push(message);
    this.#keep();
    this.#enqueue(message, false);
  }

  /** Send again, now, whatever has no answer. The server answers an id once, however often it comes. */
  retry() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const message of this.#kept.filter(({ failed }) => failed)) {
      message.failed = false;
      this.#enqueue(message, true);
    }
  }

  /** What an earlier life of this page could not send, without what the server knows already. @returns {Outgoing[]} */
  leftOver(/** @type {Set<string>} */ known) {
    try {
      return JSON.parse(recall(KEPT_KEY) ?? "[]").filter(({ wire }) => !known.has(wire.id));
    } catch {
      return [];
    }
  }

  clear() {
    this.#era += 1;
    this.#current.abort();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#kept = [];
    this.#keep();
  }

  #enqueue(message, again) {
    const era = this.#era;
    this.#queue = this.#queue.then(() => (era === this.#era ? this.#deliver(message, again) : undefined));
  }

  async #deliver(/** @type {Outgoing} */ message, again) {
    const era = this.#era;
    this.#again = again;
    this.#current = new AbortController();
    const { signal } = this.#current;
    const deadline = setTimeout(() => this.#current.abort(), ANSWER_WITHIN_MS);
    this.#handlers.onStart();
    try {
      const { messages } = await this.#ask(message, signal);
      if (era === this.#era) this.#answered(message, messages);
    } catch (problem) {
      if (era === this.#era) this.#refused(message, problem, again);
    } finally {
      clearTimeout(deadline);
      this.#again = false;
      this.#handlers.onEnd();
    }
  }

  async #ask(/** @type {Outgoing} */ message, signal) {
    try {
      return await this.#send(message.wire, signal);
    } catch (problem) {
      if (problem.status !== 409 || message.wire.payload === undefined) throw problem;
      // The server no longer offers this button, for example in a new session: say its words instead.
      message.wire = { id: message.wire.id, text: message.words };
      return this.#send(message.wire, signal);
    }
  }

  #answered(message, messages) {
    this.#drop(message);
    this.#wait = FIRST_WAIT_MS;
    this.#handlers.onReply(message, messages);
    if (this.failed) this.retry();
  }

  #refused(message, problem, again) {
    const status = problem instanceof ChatError ? problem.status : 0;
    const final = FINAL.has(status);
    if (final) this.#drop(message);
    else this.#later(message, status);
    this.#handlers.onFailure(message, { status, problem, final, again });
  }

  #later(message, status) {
    message.failed = true;
    if (status === 429) this.#wait = LONGEST_WAIT_MS;
    this.#timer ??= setTimeout(() => this.retry(), this.#wait);
    this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT_MS);
  }

  #drop(message) {
    this.#kept = this.#kept.filter((kept) => kept !== message);
    this.#keep();
  }

  #keep() {
    if (this.#onThisPageOnly) return;
    if (this.#kept.length) remember(KEPT_KEY, JSON.stringify(this.#kept.map(({ wire, words }) => ({ wire, words }))));
    else forget(KEPT_KEY);
  }
}
