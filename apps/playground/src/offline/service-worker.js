// Keeps the page's files, and networks once they are fetched, so that the page works without a connection. The lines
// in capitals are written by the build (plugin.ts).
const FILES = [];
const PAGE = 'PAGE';
const MODELS = 'MODELS';
const PREFIX = 'zeroskip-playground';

/** Of another version of the page, or of its networks. */
const isOld = (name) => name.startsWith(PREFIX) && name !== PAGE && name !== MODELS;

addEventListener('install', (event) => {
  // Past the HTTP cache, which may hold files of the version before.
  const requests = FILES.map((file) => new Request(file, { cache: 'reload' }));
  event.waitUntil(caches.open(PAGE).then((cache) => cache.addAll(requests)));
});

addEventListener('activate', (event) => {
  const clean = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter(isOld).map((name) => caches.delete(name)));
    await clients.claim();
  };
  event.waitUntil(clean());
});

const kept = (request) => caches.match(request, { ignoreVary: true });

/** A response with all its headers, of which those of cross-origin isolation count; kept for the next time. */
async function fetched(event) {
  const { request } = event;
  const response = await fetch(request);
  if (response.status !== 200) return response;
  const copy = response.clone();
  const cache = await caches.open(request.url.includes('/models/') ? MODELS : PAGE);
  event.waitUntil(cache.put(request, copy).catch(() => undefined));
  return response;
}

addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(registration.scope)) return;
  if (request.mode === 'navigate') {
    // The newest page where there is a connection; its files have names by their contents.
    event.respondWith(fetch(request).catch(() => kept(new URL('index.html', registration.scope))));
  } else {
    event.respondWith(kept(request).then((response) => response ?? fetched(event)));
  }
});
