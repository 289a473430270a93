/** The look of <spine-chat>, as a constructable stylesheet: a strict content security policy allows no inline style. */
export const chatStyle = new CSSStyleSheet();

chatStyle.replaceSync(`
:host {
  --ink: #14242e; --quiet: #475762; --paper: #ffffff; --soft: #eef3f5; --line: #c4d0d6; --edge: #667884;
  --brand: #0b5269; --on-brand: #ffffff; --link: #0b5269; --focus: #0b5269;
  --alarm: #a8121c; --on-alarm: #ffffff; --warn: #fff3d1; --warn-edge: #8f5f00; --on-warn: #2f2300;
  display: block; height: 100%; color: var(--ink); font: inherit; line-height: 1.5;
}
@media (prefers-color-scheme: dark) {
  :host {
    --ink: #eef3f6; --quiet: #b5c3cb; --paper: #16222a; --soft: #23323b; --line: #3a4b55; --edge: #8fa2ad;
    --brand: #17637c; --link: #8fd3e8; --focus: #8fd3e8;
    --warn: #3a2e0c; --warn-edge: #e0b04a; --on-warn: #fdf1d3;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
.unseen { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.panel { display: flex; flex-direction: column; height: 100%; overflow: hidden; background: var(--paper); }
.panel > * { flex: none; }
.header { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 0 .25rem; min-height: 3.4rem; padding: .4rem .5rem .4rem 1rem; }
h1 { margin: 0; font-size: 1.1em; line-height: 1.3; }
.tools { display: flex; flex-wrap: wrap; gap: 0 .25rem; }
.strip { display: grid; grid-template-columns: 1fr 1fr; gap: 1px; background: var(--on-alarm); }
.strip a { display: block; padding: .65rem .5rem; background: var(--alarm); color: var(--on-alarm); font-weight: 700; text-align: center; }
.menu { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 9em), 1fr)); gap: .5rem; max-height: 60%; overflow-y: auto; padding: .75rem 1rem; border-bottom: 1px solid var(--line); background: var(--soft); }
.menu ul, .confirm { grid-column: 1 / -1; margin: 0; padding: 0; list-style: none; }
.menu li { padding-block: .25rem; }
.menu [aria-disabled="true"] { opacity: .6; text-decoration: line-through; }
.confirm { display: flex; flex-wrap: wrap; gap: .5rem; }
.confirm p { flex: 1 1 100%; margin: 0; font-weight: 600; }
.connection { margin: 0; padding: .5rem 1rem; background: var(--warn); color: var(--on-warn); font-weight: 600; }
.connection:empty { display: none; }
.scroll { position: relative; flex: 1 1 auto; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: 1rem; }
form {
  display: grid; grid-template-columns: 1fr auto; gap: .35rem .6rem; align-items: stretch;
  padding: .6rem 1rem max(.8rem, env(safe-area-inset-bottom)); border-top: 1px solid var(--line);
}
label { grid-column: 1 / -1; font-weight: 600; font-size: .95em; }
textarea { width: 100%; min-height: 3.4rem; padding: .5rem .7rem; resize: none; border: 2px solid var(--edge); border-radius: 10px; background: var(--paper); color: inherit; font: inherit; }

/* Controls: at least 44 px high at the normal size. */
button {
  min-height: max(44px, 2.4em); padding: .4rem .95rem; border: 2px solid var(--edge); border-radius: 10px;
  background: var(--paper); color: var(--link); font: inherit; font-weight: 600; line-height: 1.3; cursor: pointer;
}
button.primary { border-color: var(--brand); background: var(--brand); color: var(--on-brand); }
.header button { border-color: transparent; padding-inline: .35rem; font-size: .9em; text-decoration: underline; text-underline-offset: .2em; }
a { color: var(--link); text-underline-offset: .15em; }
a.tel { padding-block: .3em; font-weight: 700; white-space: nowrap; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.scroll:focus-visible, .strip a:focus-visible { outline-offset: -5px; }
.strip a:focus-visible { outline-color: var(--on-alarm); }

/* Conversation. */
.intro p { margin: 0 0 .6rem; }
.lead { font-size: 1.1em; font-weight: 600; }
.safety { padding: .6rem .8rem; border-inline-start: 5px solid var(--alarm); background: var(--soft); }
.intro, .privacy { color: var(--quiet); }
.lead, .safety { color: var(--ink); }
.log { display: flex; flex-direction: column; gap: .7rem; }
.message { max-width: 92%; padding: .65rem .9rem; border: 1px solid transparent; border-radius: 14px; overflow-wrap: anywhere; }
.message p { margin: 0; }
.message p + p, .message p + ul { margin-top: .5rem; }
.message ul { padding-inline-start: 1.2em; margin-bottom: 0; }
.text, .user { white-space: pre-line; }
.user { align-self: flex-end; border-end-end-radius: 4px; background: var(--brand); color: var(--on-brand); }
.user[data-note] { opacity: 1; border: 2px dashed var(--on-brand); }
.user[data-note]::after { content: attr(data-note); display: block; margin-top: .3rem; font-size: .9em; font-weight: 600; }
.bot { align-self: flex-start; border-end-start-radius: 4px; background: var(--soft); }
.kind { font-weight: 700; font-size: 1.1em; }
.kind::before { content: "!"; content: "!" / ""; display: inline-grid; place-content: center; width: 1.4em; height: 1.4em; margin-inline-end: .45em; border: 2px solid; border-radius: 50%; line-height: 1; }
.bot[data-tone="warn"] { max-width: 100%; border: 1px solid var(--warn-edge); border-inline-start-width: 6px; background: var(--warn); color: var(--on-warn); }
.bot[data-tone="warn"] a { color: inherit; }
.bot[data-tone="alarm"], .bot[data-tone="calm"] { max-width: 100%; width: 100%; background: var(--alarm); color: var(--on-alarm); }
.bot[data-tone="calm"] { background: var(--brand); color: var(--on-brand); }
.bot[data-tone="calm"] .kind::before { content: none; }
.bot[data-tone="calm"] .calls a { color: #0b5269; }
.bot[data-tone="alarm"] a, .bot[data-tone="calm"] a { color: inherit; }
.bot[data-tone="alarm"] :focus-visible, .bot[data-tone="calm"] :focus-visible { outline-color: var(--on-alarm); }
.calls { display: flex; flex-wrap: wrap; gap: .6rem; }
.message .calls a, .retry { flex: 1 1 8rem; padding: .7rem 1rem; border: 0; border-radius: 10px; background: #ffffff; color: #8f0e17; font-size: 1.15em; font-weight: 700; text-align: center; }
.failure li { margin-block: .35rem; }
.retry { width: 100%; margin-top: .7rem; border: 2px solid var(--on-alarm); background: transparent; color: var(--on-alarm); }
.source { padding-top: .45rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: .92em; }
.notice { margin: 0; padding: .6rem .8rem; border: 1px dashed var(--edge); border-radius: 10px; }
.choices { display: flex; flex-wrap: wrap; gap: .6rem; margin-top: .9rem; }
.choices button { flex: 1 1 auto; min-width: 5.5rem; border-color: var(--link); }
.choices button[aria-pressed] { flex-basis: 100%; text-align: start; }
.choices button[aria-pressed]::before { content: ""; display: inline-block; width: 1.05em; height: 1.05em; margin-inline-end: .6em; border: 2px solid; border-radius: 4px; vertical-align: -.15em; }
.choices button[aria-pressed="true"] { background: var(--soft); border-width: 3px; }
.choices button[aria-pressed="true"]::before { content: "\\2713"; border-color: var(--brand); background: var(--brand); color: var(--on-brand); line-height: 1; text-align: center; }
.hint { flex: 1 1 100%; margin: 0; font-weight: 600; }
.typing { display: flex; gap: .35rem; width: max-content; margin-top: .7rem; padding: .9rem 1rem; border-radius: 14px; background: var(--soft); }
.typing i { width: .6rem; height: .6rem; border-radius: 50%; background: var(--edge); }
@media (prefers-reduced-motion: no-preference) {
  .typing i { animation: breathe 1.2s infinite ease-in-out; }
  .typing i:nth-child(2) { animation-delay: .2s; }
  .typing i:nth-child(3) { animation-delay: .4s; }
  @keyframes breathe { 50% { opacity: .25; } }
}
@media (hover: hover) { button:hover { text-decoration: underline; text-underline-offset: .2em; } }
/* Little height for the text size (zoom, open keyboard): it belongs to the conversation. */
[data-low] .header { min-height: 0; padding-block: 0; justify-content: end; }
[data-low] h1, [data-low] label { position: absolute; clip-path: inset(50%); }
[data-low] .header button { min-height: 44px; padding-block: 0; }
[data-low] .strip a { min-height: 44px; padding: .5rem .2rem; font-size: .7em; }
[data-low] form { padding-block: .3rem; }
[data-low] textarea { min-height: 0; height: 2.4em; padding-block: .2em; }
@media (forced-colors: active) {
  .message, .strip a, .safety, .message .calls a { border: 2px solid; }
  .choices button[aria-pressed="true"] { border-color: Highlight; background: Highlight; color: HighlightText; forced-color-adjust: none; }
  .typing i { background: CanvasText; }
}
@media print {
  .tools, .strip, .menu, .connection, .answers, .typing, form { display: none; }
  .panel, .scroll { display: block; height: auto; overflow: visible; }
  .message { break-inside: avoid; border: 1px solid; }
}
`);
