/**
 * One script tag for any page of the hospital:
 *   <script src="https://CHAT/chat/static/launcher.js" data-label="Ask about your symptoms" defer></script>
 * adds a button; the chat itself is a frame on the chat's own origin, loaded when the button is first pressed.
 */
(() => {
  const script = document.currentScript;
  const root = new URL("..", script.src);
  const style = new CSSStyleSheet();
  style.replaceSync(`
    :host { all: initial; --brand: #0b5269; }
    button { position: fixed; inset: auto 1rem max(1rem, env(safe-area-inset-bottom)) auto; z-index: 2147483000;
      min-height: 48px; max-width: calc(100vw - 2rem); padding: .7rem 1.2rem; border: 2px solid #ffffff; border-radius: 999px;
      background: var(--brand); color: #ffffff; font: 700 1.0625rem/1.3 system-ui, sans-serif; cursor: pointer;
      box-shadow: 0 2px 10px rgb(10 30 40 / .35); }
    button:focus-visible { outline: 3px solid var(--brand); outline-offset: 3px; }
    div { position: fixed; inset: 0; z-index: 2147483001; background: Canvas; }
    [hidden] { display: none; }
    iframe { width: 100%; height: 100%; border: 0; }
    @media (min-width: 40em) and (min-height: 32em) {
      div { inset: auto 1rem 1rem auto; width: 26rem; height: min(44rem, calc(100dvh - 2rem)); border: 1px solid #667884;
        border-radius: 14px; overflow: hidden; box-shadow: 0 8px 40px rgb(10 30 40 / .35); }
    }
    @media print { :host { display: none; } }
  `);

  class SpineChatLauncher extends HTMLElement {
    #button = document.createElement("button");
    #panel = document.createElement("div");
    #frame = null;

    connectedCallback() {
      if (this.shadowRoot) return;
      const shadow = this.attachShadow({ mode: "closed" });
      shadow.adoptedStyleSheets = [style];
      this.#button.type = "button";
      this.#button.textContent = script.dataset.label || "Ask about your symptoms";
      this.#button.setAttribute("aria-expanded", "false");
      this.#button.addEventListener("click", () => this.#open());
      this.#panel.hidden = true;
      shadow.append(this.#button, this.#panel);
      window.addEventListener("message", ({ source, origin, data }) => {
        if (origin !== root.origin || !this.#frame || source !== this.#frame.contentWindow) return;
        if (data?.type === "spine-chat:close") this.#close();
      });
    }

    #open() {
      if (!this.#frame) {
        this.#frame = document.createElement("iframe");
        this.#frame.src = new URL("frame#site", root).href;
        this.#frame.title = this.#button.textContent;
        this.#frame.addEventListener("load", () => this.#frame.focus());
        this.#panel.append(this.#frame);
      }
      this.#panel.hidden = false;
      this.#button.hidden = true;
      this.#button.setAttribute("aria-expanded", "true");
      this.#frame.focus();
    }

    #close() {
      this.#panel.hidden = true;
      this.#button.hidden = false;
      this.#button.setAttribute("aria-expanded", "false");
      this.#button.focus();
    }
  }

  customElements.define("spine-chat-launcher", SpineChatLauncher);
  const add = () => document.body.append(document.createElement("spine-chat-launcher"));
  if (document.body) add();
  else document.addEventListener("DOMContentLoaded", add);
})();
