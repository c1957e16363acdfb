// Shows how a text reads while it is typed. Without script the button Preview does the same.
const form = document.querySelector("form[data-preview]");
const shown = document.getElementById("preview");
let waiting = 0;
let asked = null;

// Our own server's page, escaped there; a policy is what the browser asks for before it takes HTML.
const policy = window.trustedTypes?.createPolicy("preview", { createHTML: (page) => page });
const trusted = (page) => (policy ? policy.createHTML(page) : page);

async function show() {
  asked?.abort();
  asked = new AbortController();
  const answer = await fetch(form.dataset.preview, {
    method: "POST",
    body: new FormData(form),
    headers: { "X-Fragment": "1" },
    signal: asked.signal,
  }).catch(() => null);
  if (answer?.ok) shown.innerHTML = trusted(await answer.text());
}

if (form && shown) {
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, 500);
  });
}
