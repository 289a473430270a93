/**
 * The chat in a frame: on the hospital's pages (chat.js), or in a patient portal that says who is chatting.
 *
 * Only the listed origins may frame it, and only the frame's own parent at such an origin is believed.
 */
import { ChatError } from "./chat-api.js";
import { SpineChat } from "./spine-chat.js";

const CHAT_ROOT = new URL("..", import.meta.url);
const PARENT_ANSWERS_WITHIN_MS = 5000;
const ON_A_SITE = location.hash === "#site"; // behind the launcher: the page around it knows nobody
const FRAMED = window.parent !== window;

async function read(name) {
  const response = await fetch(new URL(name, CHAT_ROOT), { credentials: "omit", cache: "no-store" });
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return response.json();
}

/** Say something to the parent; the browser delivers it only if the parent's origin is listed. */
function tell(origins, type, more = {}) {
  for (const origin of [...origins, location.origin]) window.parent.postMessage({ ...more, type }, origin);
}

/** A fresh token from the portal. It goes to the chat server once and is kept nowhere. */
function tokenFromParent(origins) {
  return new Promise((resolve, reject) => {
    const end = (settle, value) => {
      clearTimeout(timer);
      window.removeEventListener("message", listen);
      settle(value);
    };
    const listen = ({ source, origin, data }) => {
      if (source !== window.parent || !origins.includes(origin)) return;
      if (data?.type === "spine-chat:token" && typeof data.token === "string") end(resolve, data.token);
    };
    const timer = setTimeout(() => end(reject, new Error("the portal gave no token")), PARENT_ANSWERS_WITHIN_MS);
    window.addEventListener("message", listen);
    tell(origins, "spine-chat:token-wanted");
  });
}

/** What a launch from an EHR left in the address: good for one session, then only another launch helps. */
function launchCode() {
  const [, code] = location.hash.match(/^#launch=([\w-]+)$/) ?? [];
  if (code) history.replaceState(null, "", location.pathname);
  let unused = code;
  return code && (async () => {
    if (!unused) throw new ChatError(403);
    const launch = unused;
    unused = null;
    return { launch };
  });
}

/** What the chat may do here, for `SpineChat.place`. */
function placeOf({ origins, portal }, launched) {
  if (launched) return { identity: launched };
  if (!FRAMED) return {};
  if (!ON_A_SITE) return portal ? { identity: async () => ({ portal_token: await tokenFromParent(origins) }) } : {};
  return {
    onClose: () => tell(origins, "spine-chat:close"),
    onAnswer: (urgent) => tell(origins, "spine-chat:answer", { urgent }),
    onSource: (event, section) => {
      event.preventDefault();
      tell(origins, "spine-chat:section", { section });
    },
  };
}

async function start() {
  const launched = launchCode();
  const chat = new SpineChat();
  chat.place = placeOf(await read("frame.json"), launched);
  document.getElementById("frame-chat").replaceChildren(chat);
  try {
    const { contacts = [] } = await read("page.json");
    chat.contacts = contacts.filter(({ number }) => number !== "911" && number !== "988");
  } catch (problem) {
    console.warn(problem); // costs the hospital's numbers in the menu and under the safety text, nothing else
  }
}

start().catch((problem) => console.warn(problem));
