/**
 * One script tag for any page of the hospital:
 *   <script src="https://CHAT/chat/static/chat.js" data-label="Ask about your symptoms" defer></script>
 * adds a button; the chat itself is a frame on the chat's own origin, loaded when the button is first pressed.
 * `data-news` is what the button says when an answer came while the chat was closed.
 */
(() => {
  const script = document.currentScript;
  const root = new URL("..", script.src);
  const label = script.dataset.label || "Ask about your symptoms";
  const news = script.dataset.news || "New answer. Open the chat";
  const WIDE = "(min-width: 40em) and (min-height: 32em)";
  const style = new CSSStyleSheet();
  style.replaceSync(`
    :host { all: initial; --brand: #0b5269; }
    button { position: fixed; inset-block-end: max(1rem, env(safe-area-inset-bottom)); inset-inline-end: 1rem; z-index: 2147483000;
      min-height: 48px; max-width: calc(100vw - 2rem); padding: .7rem 1.2rem; border: 2px solid #ffffff; border-radius: 999px;
      background: var(--brand); color: #ffffff; font: 700 1.0625rem/1.3 system-ui, sans-serif; cursor: pointer;
      box-shadow: 0 2px 10px rgb(10 30 40 / .35); }
    button:focus-visible { outline: 3px solid var(--brand); outline-offset: 3px; }
    dialog { position: fixed; inset: var(--top, 0) 0 auto; z-index: 2147483001; width: 100%; height: var(--height, 100dvh);
      max-width: none; max-height: none; margin: 0; padding: 0; border: 0; background: Canvas; overflow: hidden; }
    [hidden] { display: none; }
    iframe { display: block; width: 100%; height: 100%; border: 0; }
    @media ${WIDE} {
      dialog { inset: auto 1rem 1rem auto; width: 26rem; height: min(44rem, calc(100dvh - 2rem)); border: 1px solid #667884;
        border-radius: 14px; box-shadow: 0 8px 40px rgb(10 30 40 / .35); }
      dialog:dir(rtl) { inset-inline: auto 1rem; }
    }
    @media print { :host { display: none; } }
  `);

  class SpineChatLauncher extends HTMLElement {
    #button = document.createElement("button");
    #dialog = document.createElement("dialog");
    #frame = null;

    connectedCallback() {
      if (this.shadowRoot) return;
      const shadow = this.attachShadow({ mode: "open" });
      shadow.adoptedStyleSheets = [style];
      this.#button.type = "button";
      this.#button.textContent = label;
      this.#button.setAttribute("aria-haspopup", "dialog");
      this.#button.addEventListener("click", () => this.#open());
      this.#dialog.setAttribute("aria-label", label);
      this.#dialog.addEventListener("close", () => {
        this.#button.hidden = false;
        this.#button.focus();
      });
      shadow.append(this.#button, this.#dialog);
      window.addEventListener("message", (event) => this.#hear(event));
      // iOS draws its keyboard over the page: keep the input above it. A pinch zoom is not a keyboard.
      const fit = () => {
        const { height, offsetTop, scale } = window.visualViewport;
        if (scale > 1.01) return;
        this.#dialog.style.setProperty("--height", `${height}px`);
        this.#dialog.style.setProperty("--top", `${offsetTop}px`);
      };
      for (const change of ["resize", "scroll"]) window.visualViewport?.addEventListener(change, fit);
    }

    #hear({ source, origin, data }) {
      if (origin !== root.origin || !this.#frame || source !== this.#frame.contentWindow) return;
      if (data?.type === "spine-chat:close") this.#dialog.close();
      if (data?.type === "spine-chat:answer" && !this.#dialog.open) {
        // A closed chat must not swallow an answer: an emergency opens it again, others call from the button.
        if (data.urgent === true) this.#open();
        else this.#button.textContent = news;
      }
      if (data?.type === "spine-chat:section") this.#lead(String(data.section));
    }

    /** Lead to a section of this page; where it has none, to the page on the chat's own origin. */
    #lead(section) {
      const here = document.getElementById(section);
      if (!here) {
        window.open(new URL(`./#${encodeURIComponent(section)}`, root), "_blank", "noopener");
        return;
      }
      here.scrollIntoView();
      here.focus();
      if (!this.#dialog.matches(":modal")) return;
      this.#dialog.addEventListener("close", () => here.focus(), { once: true }); // after the button took the focus
      this.#dialog.close();
    }

    #open() {
      if (!this.#frame) {
        this.#frame = document.createElement("iframe");
        this.#frame.src = new URL("frame#site", root).href;
        this.#frame.title = label;
        this.#frame.addEventListener("load", () => this.#frame.focus());
        this.#dialog.append(this.#frame);
      }
      this.#button.hidden = true;
      this.#button.textContent = label;
      // Over the whole of a small screen it is modal; on a wide one the page beside it stays in reach.
      if (matchMedia(WIDE).matches) this.#dialog.show();
      else this.#dialog.showModal();
      this.#frame.focus();
    }
  }

  customElements.define("spine-chat-launcher", SpineChatLauncher);
  const add = () => document.body.append(document.createElement("spine-chat-launcher"));
  if (document.body) add();
  else document.addEventListener("DOMContentLoaded", add);
})();
