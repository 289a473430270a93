/** What a portal's page does: show the frame, and hand a fresh token to it, and only to it, whenever it asks. */
const frame = document.getElementById("chat");
const patient = document.getElementById("patient");
const chat = frame.dataset.chat;

window.addEventListener("message", async ({ source, origin, data }) => {
  if (origin !== chat || source !== frame.contentWindow || data?.type !== "spine-chat:token-wanted") return;
  const response = await fetch(`/token?patient=${encodeURIComponent(patient.value)}`, { method: "POST" });
  if (!response.ok) return;
  const { token } = await response.json();
  source.postMessage({ type: "spine-chat:token", token }, chat); // never "*"
});

const show = () => { frame.src = `${chat}/chat/frame`; };
patient.addEventListener("change", show);
show();
