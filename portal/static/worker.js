// Shows what the phone is told: a few words that name nobody, and where a tap leads.
self.addEventListener("push", (event) => {
  const told = event.data ? event.data.json() : {};
  const path = String(told.path || "").startsWith("/portal/") ? told.path : "/portal/";
  const shown = { tag: told.topic || "news", renotify: false, data: { path } };
  event.waitUntil(self.registration.showNotification(told.words || "Something changed", shown));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const path = event.notification.data.path;
  event.waitUntil(
    self.clients.matchAll({ type: "window" }).then((open) => {
      const page = open.find((one) => new URL(one.url).pathname.startsWith("/portal/"));
      return page ? page.focus().then((one) => one.navigate(path)) : self.clients.openWindow(path);
    }),
  );
});

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
