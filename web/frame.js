/**
 * The chat in a frame: on the hospital's other pages (launcher.js), or in a patient portal that says who is chatting.
 *
 * Only the listed origins may frame it, and only the frame's own parent at such an origin is believed.
 */
import { SpineChat } from "./chat.js";

const CHAT_ROOT = new URL("..", import.meta.url);
const PARENT_ANSWERS_WITHIN_MS = 5000;
const ON_A_SITE = location.hash === "#site"; // behind the launcher: the page around it knows nobody

async function read(name) {
  const response = await fetch(new URL(name, CHAT_ROOT), { credentials: "omit", cache: "no-store" });
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return response.json();
}

/** Say something to the parent; the browser delivers it only if the parent's origin is listed. */
function tell(origins, type) {
  for (const origin of [...origins, location.origin]) window.parent.postMessage({ type }, origin);
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

async function start() {
  const { origins, portal } = await read("frame.json");
  const chat = new SpineChat();
  const framed = window.parent !== window;
  chat.framed = { onClose: framed && ON_A_SITE ? () => tell(origins, "spine-chat:close") : null };
  if (portal && framed && !ON_A_SITE) chat.identity = () => tokenFromParent(origins);
  document.getElementById("frame-chat").replaceChildren(chat);
  try {
    const { contacts = [] } = await read("page.json");
    chat.contacts = contacts.filter(({ number }) => number !== "911" && number !== "988");
  } catch (problem) {
    console.warn(problem); // costs the hospital's numbers under the safety text, nothing else
  }
}

start().catch((problem) => console.warn(problem));
