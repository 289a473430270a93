/** Build DOM nodes for the page and the chat; text is always a text node, never markup. */

/**
 * Make an element. A key `onclick` adds a listener; `true` sets an empty attribute; `false`, `null` and
 * `undefined` leave it out. Children are nodes or strings; `null` children are skipped.
 *
 * @param {string} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node | string | null | undefined)} children
 * @returns {HTMLElement}
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, String(value));
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

/** Whether this device is mainly touched: there, focusing the input would cover the answer with a keyboard. */
export const touched = () => matchMedia("(pointer: coarse)").matches;
