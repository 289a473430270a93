/**
 * What this tab remembers across a reload, and forgets when it is closed (a shared computer must not keep it).
 *
 * A page framed without allow-same-origin has no storage; there the values live as long as the page does.
 */
const fallback = new Map();

function storage() {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}

/** @param {string} key */
export const recall = (key) => storage()?.getItem(key) ?? fallback.get(key) ?? null;

/** @param {string} key @param {string} value */
export function remember(key, value) {
  fallback.set(key, value);
  try {
    storage()?.setItem(key, value);
  } catch {
    // A full or forbidden storage costs only the memory across a reload.
  }
}

/** @param {string} key */
export function forget(key) {
  fallback.delete(key);
  storage()?.removeItem(key);
}
