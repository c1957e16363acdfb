// Says the phone's own hour beside the venue's, where the two differ. The venue's stays first.
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
const write = (zone, at, fields) => new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...fields }).format(at);
const hour = { hour: "2-digit", minute: "2-digit" };
const day = { weekday: "short" };
const place = (zone) => zone.slice(zone.lastIndexOf("/") + 1).replaceAll("_", " ");

for (const line of document.querySelectorAll("[data-phone-time]")) {
  const at = new Date(line.dataset.phoneTime);
  const venue = line.dataset.venueZone;
  const sameDay = write(here, at, day) === write(venue, at, day);
  if (sameDay && write(here, at, hour) === write(venue, at, hour)) continue;
  const local = write(here, at, sameDay ? hour : { ...day, ...hour });
  line.textContent = `Your phone shows ${place(here)} time: ${local}`;
  line.hidden = false;
}
