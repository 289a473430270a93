/** Turn phone numbers in a text into tel: links, for people who read the page or the chat on a phone. */
import { el } from "./dom.js";

const DIGITS = /\d(?:[\d-]*\d)?/g;
const DIALABLE = /^(?:(?:1-)?\d{3}-\d{3}-\d{4}|911|988)$/;
// "1,911 people", "$988" and "988%" are amounts. Written without look-behind, which older Safari cannot parse.
const AMOUNT_BEFORE = /[\w$#]$|\d[.,:/]$/;
const AMOUNT_AFTER = /^(?:[\w%]|[.,:/]\d)/;

/**
 * The tel: address of a number as people write it: "201-555-0100" is "tel:+12015550100", "911" is "tel:911".
 *
 * @param {string} number
 */
export function dialAddress(number) {
  const digits = number.replace(/\D/g, "");
  if (digits.length === 10) return `tel:+1${digits}`;
  return digits.length === 3 ? `tel:${digits}` : `tel:+${digits}`;
}

/**
 * The same text as a fragment, each phone number a link.
 *
 * @param {string} text
 * @returns {DocumentFragment}
 */
export function withPhoneLinks(text) {
  const fragment = document.createDocumentFragment();
  let end = 0;
  for (const match of text.matchAll(DIGITS)) {
    const [number] = match;
    const after = match.index + number.length;
    if (!DIALABLE.test(number)) continue;
    if (AMOUNT_BEFORE.test(text.slice(0, match.index)) || AMOUNT_AFTER.test(text.slice(after))) continue;
    fragment.append(text.slice(end, match.index), el("a", { class: "tel", href: dialAddress(number) }, number));
    end = after;
  }
  fragment.append(text.slice(end));
  return fragment;
}

/**
 * A list item for one contact of page.json: what the number is for, then the number.
 *
 * @param {{label: string, number: string, tel?: string}} contact
 */
export function contactItem({ label, number, tel }) {
  const href = tel ? `tel:${tel.replace(/^tel:/, "")}` : dialAddress(number);
  return el("li", {}, el("span", {}, label), " ", el("a", { class: "tel", href }, number));
}
