// Says how far reports are while they are made. Without script the page asks again by itself.
const AT_ONCE = 1000;

async function ask(place) {
  const answer = await fetch(place.dataset.state, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return true;
  const far = await answer.json();
  const words = place.querySelector("[data-words]");
  if (words && words.textContent !== far.words) words.textContent = far.words;
  const bar = place.querySelector("progress");
  if (bar && far.total) {
    bar.max = far.total;
    bar.value = far.done;
  }
  return far.is_at_work;
}

const places = [...document.querySelectorAll("[data-state]")];
async function look() {
  const still = await Promise.all(places.map(ask));
  if (still.includes(false)) location.reload();
  else setTimeout(look, AT_ONCE);
}
if (places.length) setTimeout(look, AT_ONCE);
