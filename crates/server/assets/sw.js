// Keeps what a counter needs when the network is gone. BUILD and KEEP stand above; the server writes them.
const NAME = "posdx " + BUILD;
const SEEN = "posdx seen";
const SEEN_MAX = 80;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(KEEP)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("posdx ") && name !== NAME && name !== SEEN;
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter(old).map((n) => caches.delete(n)))).then(() => self.clients.claim()));
});

const kept = async (request) => {
  const found = await caches.match(request, { ignoreVary: true });
  return found && found.ok ? found : undefined;
};

// Pages of codes are worth keeping; a repair or a decoded message is nobody else's business.
const worth = (path) => path === "/" || path === "/card" || path.startsWith("/e/") || path.startsWith("/c/");

const remember = async (request, response) => {
  const cache = await caches.open(SEEN);
  await cache.put(request, response);
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, Math.max(0, keys.length - SEEN_MAX)).map((k) => cache.delete(k)));
};

// The offline page speaks the language that was chosen last.
const refresh = async () => {
  const cache = await caches.open(NAME);
  await Promise.all(["/offline", "/card"].map((p) => fetch(p).then((r) => r.ok && cache.put(p, r)).catch(() => {})));
};

const page = async (event) => {
  const { request } = event;
  const path = new URL(request.url).pathname;
  const form = request.method === "POST" ? request.clone().formData().catch(() => null) : null;
  try {
    const response = await fetch(request);
    if (request.method === "GET" && response.ok && worth(path)) event.waitUntil(remember(request, response.clone()));
    if (path === "/" || path === "/settings") event.waitUntil(refresh());
    return response;
  } catch {
    if (form && path === "/find") {
      const asked = (await form)?.get("q") || "";
      return Response.redirect("/offline#" + encodeURIComponent(asked), 303);
    }
    const seen = await caches.open(SEEN);
    return (await seen.match(request, { ignoreVary: true })) || (await kept(request)) || (await kept("/offline")) || Response.error();
  }
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (request.method === "GET" && url.pathname.startsWith("/assets/")) {
    event.respondWith(kept(request).then((found) => found || fetch(request)));
  } else if (request.method === "GET" && KEEP.includes(url.pathname + url.search)) {
    event.respondWith(fetch(request).catch(() => kept(request).then((found) => found || Response.error())));
  }
});
