// Says how far a run is and draws the rows that were done. At its next step the page is fetched anew.
const EVERY = 1500;
const place = document.querySelector("[data-state]");
let since = place?.dataset.at;

// Our own server's rows, escaped there; a policy is what the browser asks for before it takes HTML.
const policy = window.trustedTypes?.createPolicy("rows", { createHTML: (rows) => rows });
const trusted = (rows) => (policy ? policy.createHTML(rows) : rows);

// Whoever stands in a row with the keyboard is left alone: then it is asked for once more.
function write(far) {
  let isWhole = true;
  const words = place.querySelector("[data-words]");
  if (words.textContent !== far.words) words.textContent = far.words;
  const bar = place.querySelector("progress");
  if (bar) bar.value = far.ended;
  const drawn = document.createElement("template");
  drawn.innerHTML = trusted(`${far.icons}<table><tbody>${far.rows}</tbody></table>`);
  // A page carries the pictures it uses: those of a row as it is now may not be here yet.
  for (const symbol of drawn.content.querySelectorAll("symbol[id]"))
    if (!document.getElementById(symbol.id)) document.querySelector("svg.sprite")?.append(symbol);
  for (const row of drawn.content.querySelectorAll("tr[id]")) {
    const old = document.getElementById(row.id);
    if (old?.contains(document.activeElement)) isWhole = false;
    else if (old && old.innerHTML !== row.innerHTML) old.replaceWith(row);
  }
  return isWhole;
}

async function look() {
  const where = `${place.dataset.state}?since=${encodeURIComponent(since)}`;
  const answer = await fetch(where, { headers: { Accept: "application/json" } }).catch(() => null);
  const far = answer?.ok ? await answer.json() : null;
  if (far && (!far.is_at_work || far.status !== place.dataset.status)) return location.reload();
  if (far && write(far)) since = far.at;
  setTimeout(look, EVERY);
}
if (place) setTimeout(look, EVERY);
