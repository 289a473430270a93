/** A copy of the conversation for the person: a text file, made here and sent nowhere. */
import { el } from "./dom.js";
import { strings } from "./strings.js";

/** @param {HTMLElement} log */
export function saveConversation(log) {
  const lines = [...log.querySelectorAll(".message")].map((message) => {
    const time = new Date(message.dataset.at ?? Date.now()).toLocaleString();
    return `${time}\n${message.innerText.trim()}\n`;
  });
  const text = [strings.title, strings.introSafety, ...lines].join("\n\n");
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  el("a", { href: address, download: strings.fileName }).click();
  URL.revokeObjectURL(address);
}
