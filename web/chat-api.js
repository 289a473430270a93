/** Talk to the chat server: one session a tab, one answer a message id. */
import { forget, recall, remember } from "./memory.js";

const TOKEN_KEY = "spine-chat-token";

/** The server answered, but not with a usable reply. `status` is the HTTP status. */
export class ChatError extends Error {
  /**
   * @param {number} status
   * @param {{safety_text?: string, level?: string}} [body] the server's own safety text, and what it saw in the words
   */
  constructor(status, body) {
    super(`chat server: ${status}`);
    this.status = status;
    this.safetyText = typeof body?.safety_text === "string" ? body.safety_text : "";
    this.level = body?.level ?? null;
  }
}

/** A random UUID. crypto.randomUUID is missing on pages served without TLS, such as a hospital's test host. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export class ChatApi {
  #base;
  #onSessionLost;
  #identity;
  /** The token of a portal's session lives here only; an anonymous one outlives a reload of the tab. */
  #token = null;

  /**
   * @param {URL} base ends in a slash
   * @param {() => void} onSessionLost the server no longer knows this session
   * @param {null | (() => Promise<object>)} identity says for whom a session is opened; asked for each
   */
  constructor(base, onSessionLost, identity = null) {
    this.#base = base;
    this.#onSessionLost = onSessionLost;
    this.#identity = identity;
  }

  /** Whether there may be a conversation already: a portal's person has one from earlier visits. */
  get hasSession() {
    return this.#identity !== null || this.#saved() !== null;
  }

  #saved() {
    return this.#identity ? this.#token : recall(TOKEN_KEY);
  }

  #save(token) {
    if (this.#identity) this.#token = token;
    else remember(TOKEN_KEY, token);
  }

  #drop() {
    this.#token = null;
    forget(TOKEN_KEY);
  }

  /**
   * Send one message and return its reply. Sending the same id again is safe: the server answers it once.
   *
   * @param {{id: string, text?: string, payload?: string}} message
   * @param {AbortSignal} signal
   * @returns {Promise<{level: string, messages: object[]}>} at least one message has text
   * @throws {ChatError} for every status but 200, and for a reply that says nothing
   * @throws {TypeError | DOMException | SyntaxError} no network, no answer in time, not JSON
   */
  async send(message, signal) {
    if (this.#saved() === null) await this.#open(signal);
    let response = await this.#request("POST", "messages", signal, message);
    if (response.status === 401) {
      this.#drop();
      await this.#open(signal);
      if (!this.#identity) this.#onSessionLost(); // a portal's conversation goes on
      response = await this.#request("POST", "messages", signal, message);
    }
    const reply = await this.#read(response);
    if (!reply.messages?.some(({ text }) => typeof text === "string" && text.trim())) throw new ChatError(response.status);
    return reply;
  }

  /** The messages of this session, oldest first; none when the session has ended. */
  async history(/** @type {AbortSignal} */ signal) {
    if (this.#saved() === null) await this.#open(signal);
    const response = await this.#request("GET", "messages", signal);
    if (response.status === 401) {
      this.#drop();
      return [];
    }
    return (await this.#read(response)).messages ?? [];
  }

  /** Forget the session here, then erase it on the server. Whether the server's copy is gone. */
  async end(/** @type {AbortSignal} */ signal) {
    if (this.#saved() === null) return true;
    const erased = this.#request("DELETE", "sessions/current", signal);
    this.#drop();
    try {
      const { ok, status } = await erased;
      return ok || status === 401 || status === 404;
    } catch {
      return false;
    }
  }

  async #open(/** @type {AbortSignal} */ signal) {
    const who = (await this.#identity?.()) ?? {};
    const { token } = await this.#read(await this.#request("POST", "sessions", signal, who));
    if (typeof token !== "string" || !token) throw new ChatError(502);
    this.#save(token);
  }

  #request(method, path, signal, body) {
    const headers = {};
    const token = this.#saved();
    if (token !== null) headers.Authorization = `Bearer ${token}`;
    if (method === "POST") headers["Content-Type"] = "application/json";
    return fetch(new URL(path, this.#base), {
      method,
      headers,
      signal,
      body: method === "POST" ? JSON.stringify(body ?? {}) : undefined,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
    });
  }

  async #read(/** @type {Response} */ response) {
    if (response.ok) return response.json();
    const body = await response.json().catch(() => null); // a proxy's error page is not JSON
    throw new ChatError(response.status, body);
  }
}
