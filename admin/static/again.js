// Brings anew what changes by itself on this page, piece by piece: nothing typed is lost, the focus stays,
// and what is said in a status is read out. Without script the page asks again by itself.
const EVERY = 1500;
const SELDOM = 4500;
let brought = 0;

const going = () => document.querySelector("[data-again]");

// A document and not a string: nothing of it runs.
function askPage() {
  return new Promise((done) => {
    const asked = new XMLHttpRequest();
    asked.open("GET", location.href);
    asked.responseType = "document";
    asked.onload = () => done(asked.status === 200 ? asked.response : null);
    asked.onerror = () => done(null);
    asked.send();
  });
}

function keepFocus(piece, held) {
  const like = [...piece.querySelectorAll(held.tagName)];
  const same = like.find((one) => (held.href ? one.href === held.href : one.textContent === held.textContent));
  const heading = document.querySelector("h1");
  heading.tabIndex = -1;
  (same || heading).focus();
}

function bring(page) {
  const pieces = [...document.querySelectorAll("[data-piece]")];
  if (!pieces.every((piece) => page.getElementById(piece.id))) return location.reload();
  // Each page brings the pictures it uses: those of a new piece may not be here yet.
  const shelf = document.querySelector("symbol")?.parentNode;
  for (const symbol of page.querySelectorAll("symbol[id]"))
    if (shelf && !document.getElementById(symbol.id)) shelf.append(document.importNode(symbol, true));
  for (const piece of pieces) {
    const held = piece.contains(document.activeElement) ? document.activeElement : null;
    piece.replaceChildren(...[...page.getElementById(piece.id).childNodes].map((one) => document.adoptNode(one)));
    if (held) keepFocus(piece, held);
  }
  document.title = page.title;
  brought = Date.now();
}

function say(words) {
  const place = document.querySelector("[data-words]");
  if (place && place.textContent !== words) place.textContent = words;
}

// A page that can say in a sentence how far it is asks for that, and for its pieces more seldom.
async function look() {
  const address = going().dataset.again;
  const answer = address && (await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null));
  const far = answer?.ok ? await answer.json() : null;
  if (far) say(far.words);
  const isOther = far && (!far.is_at_work || far.status !== going().dataset.status);
  if (!address || isOther || (far && Date.now() - brought > SELDOM)) {
    const page = await askPage();
    if (page) bring(page);
  }
  if (going()) setTimeout(look, EVERY);
}
if (going()) setTimeout(look, EVERY);
