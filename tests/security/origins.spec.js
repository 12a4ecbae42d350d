// Pages of other origins: what Chromium lets them do, and what another implementation would have said.
const fs = require('node:fs');
const cors = require('cors');
const { test, expect } = require('@playwright/test');
const { startConformance, startStranger } = require('./server.js');

const chromium = process.env.CHROMIUM || '/usr/bin/chromium';
const trusted = 'https://trusted.example';
let server;
let stranger;

test.beforeAll(async () => {
  stranger = await startStranger('<!doctype html><title>Stranger</title><h1>Stranger</h1>');
  server = await startConformance({ CONFORMANCE_CORS_ORIGINS: `${trusted},${stranger.origin}` });
});

test.afterAll(async () => {
  await stranger?.stop();
  await server?.stop();
});

test.describe('browser', () => {
  test.skip(!fs.existsSync(chromium), `${chromium} is not installed`);

  // What a page of the stranger gets of `path`: status, a header and the body, or that it was not let in.
  async function ask(page, path, options) {
    await page.goto(stranger.origin);
    return page.evaluate(
      async ([url, init]) => {
        try {
          const reply = await fetch(url, init);
          return { status: reply.status, location: reply.headers.get('x-request-id'), body: await reply.text() };
        } catch (error) {
          return { refused: error.name };
        }
      },
      [`${server.origin}${path}`, options],
    );
  }

  test('reads what is open to it, and writes with a header that is', async ({ page }) => {
    const json = JSON.stringify({ ok: true });
    for (const init of [{}, { credentials: 'include' }, { method: 'PUT' }, { method: 'PUT', credentials: 'include', headers: { Authorization: 'Bearer x' } }]) {
      const got = await ask(page, '/api/json', init);
      expect(got.body, JSON.stringify(init)).toBe(json);
      expect(got.location).toBe(null); // no header that is not exposed
    }
    expect((await ask(page, '/public/json', {})).body).toBe(json);
  });

  test('reads errors of what is open to it', async ({ page }) => {
    expect((await ask(page, '/shared/mine', {})).status).toBe(401);
    expect((await ask(page, '/shared/fails', {})).status).toBe(409);
    expect((await ask(page, '/shared/nothing', {})).status).toBe(404);
  });

  test('gets nothing else', async ({ page }) => {
    const refused = { refused: 'TypeError' };
    expect(await ask(page, '/api-private', {})).toEqual(refused);
    expect(await ask(page, '/cors/pattern', {})).toEqual(refused);
    expect(await ask(page, '/shared/closed', {})).toEqual(refused);
    expect(await ask(page, '/api/json', { method: 'DELETE' })).toEqual(refused);
    expect(await ask(page, '/api/json', { method: 'POST' })).toEqual(refused);
    expect(await ask(page, '/api/json', { headers: { 'X-Evil': '1' } })).toEqual(refused);
    expect(await ask(page, '/public/json', { credentials: 'include' })).toEqual(refused);
  });

  test('a form of its own is refused', async ({ page }) => {
    await page.goto(stranger.origin);
    const [reply] = await Promise.all([
      page.waitForResponse(`${server.origin}/echo`),
      page.evaluate((action) => {
        document.body.insertAdjacentHTML('beforeend', `<form method="post" action="${action}"><input name="x" value="y"></form>`);
        document.forms[0].submit();
      }, `${server.origin}/echo`),
    ]);
    expect(reply.status()).toBe(403);
  });

  test('a link of its own is followed, and what is for others is embedded', async ({ page }) => {
    await page.goto(stranger.origin);
    const status = (path) => page.evaluate((url) => fetch(url, { mode: 'no-cors' }).then((reply) => reply.type, () => 'refused'), `${server.origin}${path}`);
    expect(await status('/embed/all')).toBe('opaque');
    expect(await status('/hello')).toBe('refused');
    await page.evaluate((url) => (location.href = url), `${server.origin}/`);
    await expect(page.locator('h1')).toHaveText('Conformance');
  });

  test('null is nobody', async ({ page }) => {
    await page.goto(stranger.origin);
    const got = await page.evaluate(
      (url) =>
        new Promise((resolve) => {
          const frame = document.createElement('iframe');
          addEventListener('message', (event) => resolve(event.data));
          frame.sandbox = 'allow-scripts';
          frame.srcdoc = `<script>fetch(${JSON.stringify(url)}).then((r) => r.text(), (e) => e.name).then((t) => parent.postMessage(t, '*'))</script>`;
          document.body.append(frame);
        }),
      `${server.origin}/api/json`,
    );
    expect(got).toBe('TypeError');
  });
});

// ---- the package cors of npm, on the same rules ----

const listed = (value) => new Set((value || '').split(/[,\n]/).map((word) => word.trim().toLowerCase()).filter(Boolean));
const names = ['access-control-allow-origin', 'access-control-allow-credentials', 'access-control-allow-methods', 'access-control-allow-headers',
  'access-control-max-age', 'access-control-expose-headers'];

// What cors() says of a request: { status (of a preflight), headers }.
function theirs(options, method, headers) {
  const said = {};
  const reply = {
    statusCode: 200,
    setHeader: (name, value) => (said[name.toLowerCase()] = String(value)),
    getHeader: (name) => said[name.toLowerCase()],
    end: () => {},
  };
  cors(options)({ method, headers }, reply, () => {});
  return { status: reply.statusCode, headers: said };
}

const rules = {
  '/api/json': { origin: [trusted], methods: ['GET', 'PUT'], credentials: true, allowedHeaders: ['authorization', 'content-type'],
    exposedHeaders: ['x-ratelimit-limit', 'location'], maxAge: 600 },
  '/public/json': { origin: '*', methods: ['GET'], allowedHeaders: ['x-client'], exposedHeaders: ['etag'], maxAge: 600 },
  '/cors/pattern': { origin: [/^https:\/\/[a-z0-9]+\.example\.com$/], methods: ['GET'], allowedHeaders: [], maxAge: 600 },
};
const origins = [trusted, 'https://a.example.com', 'https://a.b.example.com', 'https://trusted.example.evil.test', 'http://trusted.example', 'null',
  'https://TRUSTED.example', 'https://trusted.example:8443', undefined];

test('another implementation says the same', async ({ request }) => {
  for (const [path, options] of Object.entries(rules))
    for (const origin of origins)
      for (const asked of [undefined, 'GET']) {
        const method = asked ? 'OPTIONS' : 'GET';
        const headers = Object.fromEntries(Object.entries({ origin, 'access-control-request-method': asked }).filter(([, value]) => value !== undefined));
        const reply = await request.fetch(`${server.origin}${path}`, { method, headers });
        const [ours, other] = [reply.headers(), theirs(options, method, headers)];
        const about = `${method} ${path} from ${origin}`;
        if (asked && origin === undefined) continue; // they take every OPTIONS for a preflight, which Fetch does not: it has an Origin
        expect(ours[names[0]], about).toBe(other.headers[names[0]]);
        if (ours[names[0]] === undefined) {
          // To whom it is not open they still say what it would be open for. We say nothing, and a preflight is refused.
          for (const name of names) expect(ours[name], about).toBeUndefined();
          expect(reply.status(), about).toBe(asked ? 403 : 200);
          continue;
        }
        for (const name of names) expect(listed(ours[name]), `${about}: ${name}`).toEqual(
          // Headers that a page may read are for the reply that it reads. They say them with preflights too, where no page reads any.
          asked && name === 'access-control-expose-headers' ? new Set() : listed(other.headers[name]));
        if (asked) expect(reply.status(), about).toBe(other.status);
        // With `*` a reply is the same for everyone, and they leave Vary out. Ours is there for every rule.
        for (const word of listed(other.headers.vary)) expect(listed(ours.vary), about).toContain(word);
      }
});
