// Takes the link's secret out of the address bar into the form, and says whose clock the reader has.
// Nothing is sent before a person presses the button.
const secret = location.hash.slice(1);
if (/^[A-Za-z0-9_-]{43}$/.test(secret)) {
  history.replaceState(null, "", location.pathname);
  for (const field of document.querySelectorAll('input[name="token"]')) field.value = secret;
  const byLink = document.getElementById("by-link");
  if (byLink) {
    byLink.hidden = false;
    document.getElementById("without-link").hidden = true;
  }
}
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const field of document.querySelectorAll('input[name="zone"]')) field.value = zone;
