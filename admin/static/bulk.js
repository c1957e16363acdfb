// Says how far a run is. When it comes to its next step, and every few rows, the page is fetched anew.
const EVERY = 1500;
const place = document.querySelector("[data-state]");
let said = place?.querySelector("[data-words]")?.textContent;

async function look() {
  const answer = await fetch(place.dataset.state, { headers: { Accept: "application/json" } }).catch(() => null);
  const far = answer?.ok ? await answer.json() : null;
  // Rows are drawn by the server; whoever reads or types in them is left alone.
  const busy = document.activeElement && document.activeElement !== document.body;
  if (far && (!far.is_at_work || (far.words !== said && !busy))) location.reload();
  else {
    if (far && far.words !== said) place.querySelector("[data-words]").textContent = said = far.words;
    setTimeout(look, EVERY);
  }
}
if (place) setTimeout(look, EVERY);
