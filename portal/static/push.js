// "Tell me on this phone": asks the browser for leave after a tap, never before, and hands the address in.
const room = document.querySelector("[data-push-key]");
const form = document.getElementById("push");
const note = document.getElementById("push-note");
const text = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const bytes = (words) => Uint8Array.from(atob(words.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const can = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
const say = (words) => { note.textContent = words; note.hidden = !words; };

const address = (path) => {
  if (!window.trustedTypes) return path;
  return trustedTypes.createPolicy("portal-worker", { createScriptURL: (one) => one }).createScriptURL(path);
};

const hexOf = async (words) => {
  const hashed = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(words));
  return [...new Uint8Array(hashed)].map((one) => one.toString(16).padStart(2, "0")).join("");
};

const subscription = async () => (await navigator.serviceWorker.getRegistration("/portal/"))?.pushManager.getSubscription();

async function look() {
  const own = await subscription();
  const row = own && document.querySelector(`[data-phone="${await hexOf(own.endpoint)}"]`);
  if (row) row.querySelector("[data-this-one]").hidden = false;
  form.hidden = Boolean(row) || Notification.permission === "denied";
  say(Notification.permission === "denied" ? "This browser was told not to show notices. Allow them in its settings, then come back." : "");
}

async function ask(event) {
  event.preventDefault();
  if ((await Notification.requestPermission()) !== "granted") return look();
  say("One moment …");
  try {
    await navigator.serviceWorker.register(address("/portal/worker.js"), { scope: "/portal/" });
    const ready = await navigator.serviceWorker.ready;
    const key = bytes(room.dataset.pushKey);
    const made = await ready.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    form.elements.endpoint.value = made.endpoint;
    form.elements.point.value = text(made.getKey("p256dh"));
    form.elements.secret.value = text(made.getKey("auth"));
    form.submit();
  } catch {
    say("This browser could not be reached for notices just now. Try again in a moment.");
  }
}

// Whoever signs out here is told nothing more here.
async function leave(event) {
  event.preventDefault();
  const own = await Promise.race([subscription(), new Promise((done) => setTimeout(done, 1500))]).catch(() => null);
  if (own) await own.unsubscribe().catch(() => false);
  event.target.submit();
}

if (can) {
  look();
  form.addEventListener("submit", ask);
  for (const exit of document.querySelectorAll("form[data-leaves]")) exit.addEventListener("submit", leave);
}
