// The desk without script is whole. This only makes it quicker: it counts what is chosen,
// chooses a page of rows at once, and puts a toast away when it has been read.

const plural = (number, one, many) => `${number} ${number === 1 ? one : many}`;

for (const form of document.querySelectorAll("form[data-bulk]")) {
  const all = form.querySelector("[name=all]");
  const rows = () => [...form.querySelectorAll("[name=rowid]")];
  const tell = () => {
    const chosen = rows().filter((row) => row.checked).length;
    const said = form.querySelector("[data-chosen]");
    if (said) said.textContent = chosen ? `${plural(chosen, "row", "rows")} chosen.` : "Nothing chosen.";
    if (all) {
      all.checked = chosen > 0 && chosen === rows().length;
      all.indeterminate = chosen > 0 && !all.checked;
    }
  };
  if (all) all.closest("label").hidden = false;
  form.addEventListener("change", (event) => {
    if (event.target === all) for (const row of rows()) row.checked = all.checked;
    tell();
  });
  form.addEventListener("reset", () => setTimeout(tell));
  tell();
}

for (const toast of document.querySelectorAll(".toast")) {
  setTimeout(() => toast.remove(), 10000);
}
