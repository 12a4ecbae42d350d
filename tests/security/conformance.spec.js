// What a browser makes of our headers, and what an API client gets.
const fs = require('node:fs');
const { test, expect } = require('@playwright/test');
const { startConformance, startStranger } = require('./server.js');

const chromium = process.env.CHROMIUM || '/usr/bin/chromium';
let server;
let stranger;

test.beforeAll(async () => {
  server = await startConformance();
  stranger = await startStranger('<!doctype html><title>Stranger</title><h1>Stranger</h1>');
});

test.afterAll(async () => {
  await stranger?.stop();
  await server?.stop();
});

test.describe('browser', () => {
  test.skip(!fs.existsSync(chromium), `${chromium} is not installed`);

  // Runs `work` in the page; the directives that were violated meanwhile.
  function violations(page, work, argument) {
    return page.evaluate(
      async ([source, value]) => {
        const seen = [];
        document.addEventListener('securitypolicyviolation', (event) => seen.push(event.effectiveDirective));
        await eval(`(${source})`)(value);
        await new Promise((resolve) => setTimeout(resolve, 300));
        return seen;
      },
      [work.toString(), argument],
    );
  }

  test('the page loads without a complaint', async ({ page }) => {
    const complaints = [];
    page.on('console', (message) => message.type() === 'error' && !message.location().url.endsWith('/favicon.ico') && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    const reply = await page.goto(`${server.origin}/`);
    expect(reply.status()).toBe(200);
    await expect(page.locator('h1')).toHaveText('Conformance');
    expect(complaints).toEqual([]);
  });

  test('the page is not blank', async ({ page, context }) => {
    await page.goto(`${server.origin}/`);
    const shot = (await page.screenshot()).toString('base64');
    const judge = await context.newPage();
    const colours = await judge.evaluate(async (data) => {
      const image = new Image();
      image.src = `data:image/png;base64,${data}`;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
      canvas.drawImage(image, 0, 0);
      return new Set(new Uint32Array(canvas.getImageData(0, 0, image.width, image.height).data.buffer)).size;
    }, shot);
    expect(colours).toBeGreaterThan(2);
  });

  test('an injected inline script does not run', async ({ page }) => {
    await page.goto(`${server.origin}/`);
    const seen = await violations(page, () => {
      const script = document.createElement('script');
      script.textContent = 'window.injected = true';
      document.body.append(script);
    });
    expect(seen).toContain('script-src-elem');
    expect(await page.evaluate(() => window.injected)).toBeUndefined();
  });

  test('an injected event handler does not run', async ({ page }) => {
    await page.goto(`${server.origin}/`);
    const seen = await violations(page, () => {
      document.body.insertAdjacentHTML('beforeend', '<img src="/none" onerror="window.injected = true"><svg onload="window.injected = true"></svg>');
    });
    expect(seen).toContain('script-src-attr');
    expect(await page.evaluate(() => window.injected)).toBeUndefined();
  });

  test('nothing is loaded from elsewhere, sent elsewhere, or based elsewhere', async ({ page }) => {
    await page.goto(`${server.origin}/`);
    const seen = await violations(
      page,
      async (origin) => {
        document.body.insertAdjacentHTML('beforeend', `<img src="${origin}/x.png"><object data="/hello"></object><iframe src="${origin}/"></iframe>`);
        const script = document.createElement('script');
        script.src = `${origin}/x.js`;
        document.body.append(script);
        const base = document.createElement('base');
        base.href = `${origin}/`;
        document.head.append(base);
        await fetch(`${origin}/`).catch(() => {});
        const form = document.createElement('form');
        form.action = `${origin}/`;
        form.method = 'post';
        document.body.append(form);
        form.submit();
      },
      stranger.origin,
    );
    expect(new Set(seen)).toEqual(new Set(['img-src', 'object-src', 'frame-src', 'script-src-elem', 'base-uri', 'connect-src', 'form-action']));
    expect(page.url()).toBe(`${server.origin}/`);
  });

  test('nobody can frame us', async ({ page }) => {
    const complaints = [];
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(`${stranger.origin}/`);
    for (const path of ['/', '/hello', '/none']) {
      complaints.length = 0;
      await page.evaluate((url) => {
        const frame = document.createElement('iframe');
        frame.src = url;
        return new Promise((resolve) => {
          frame.onload = resolve;
          document.body.replaceChildren(frame);
        });
      }, server.origin + path);
      await expect.poll(() => complaints.join('\n')).toMatch(/frame-ancestors|X-Frame-Options/);
      const frame = page.frames().find((one) => one !== page.mainFrame());
      // The browser may have taken the refused frame away: then it shows nothing either.
      expect(await frame.content().catch(() => '')).not.toMatch(/Conformance|Hello|request_id/);
    }
  });

  test('a stranger that opens us has no hold of us', async ({ page, context }) => {
    await page.goto(`${stranger.origin}/`);
    const [popup] = await Promise.all([
      context.waitForEvent('page'),
      page.evaluate((url) => void (window.opened = window.open(url)), `${server.origin}/`),
    ]);
    await popup.waitForLoadState();
    await expect(popup.locator('h1')).toHaveText('Conformance');
    expect(await popup.evaluate(() => window.opener)).toBeNull();
    expect(await page.evaluate(() => window.opened.closed)).toBe(true);
  });

  test('a stranger can neither read nor embed what we answer', async ({ page }) => {
    await page.goto(`${stranger.origin}/`);
    const outcomes = await page.evaluate(async (origin) => {
      const loads = (tag, property, url) =>
        new Promise((resolve) => {
          const element = document.createElement(tag);
          element.onload = () => resolve('loaded');
          element.onerror = () => resolve('refused');
          element[property] = url;
          document.body.append(element);
        });
      const fetched = (options) => fetch(`${origin}/hello`, options).then(() => 'answered', () => 'refused');
      return [await fetched({}), await fetched({ mode: 'no-cors' }), await fetched({ credentials: 'include' }),
        await fetched({ method: 'PUT', headers: { 'X-Any': '1' } }), await loads('script', 'src', `${origin}/hello`), await loads('img', 'src', `${origin}/`)];
    }, server.origin);
    expect(outcomes).toEqual(Array(6).fill('refused'));
  });

  test('an error page is a page, with the same policy', async ({ page }) => {
    const reply = await page.goto(`${server.origin}/none`);
    expect(reply.status()).toBe(404);
    await expect(page.locator('h1')).toHaveText('Not Found');
    const seen = await violations(page, () => {
      document.body.insertAdjacentHTML('beforeend', '<img src="/none" onerror="window.injected = true">');
    });
    expect(seen).toContain('script-src-attr');
  });

  test('its forms are bound like JSON', async ({ page }) => {
    const title = 'Emma \u2013 "M\u00fcller" %22\\';
    await page.goto(`${server.origin}/`);
    const sent = await page.evaluate(async (value) => {
      const fields = [['title', value], ['text', 'a\r\n--\r\nb'], ['count', '7'], ['urgent', 'true'], ['labels', 'a'], ['labels', 'b']];
      const data = new FormData();
      for (const [name, text] of fields) data.append(name, text);
      const odd = new FormData();
      odd.append('"\r\n%\\x', '');
      const file = new FormData();
      file.append('title', new Blob(['x'], { type: 'text/plain' }), 'a"b.txt');
      const post = async (body) => (await fetch('/forms', { method: 'POST', body })).json();
      return [await post(data), await post(new URLSearchParams(fields)), await post(odd), await post(file), await post(new FormData())];
    }, title);
    const taken = { title, text: 'a\r\n--\r\nb', count: 7, urgent: true, size: 'small', labels: ['a', 'b'] };
    expect(sent.slice(0, 2)).toEqual([taken, taken]);
    expect(sent[2].invalid_fields).toEqual(['"\r\n%\\x']);
    expect(sent[3].details).toEqual({ title: ['Must be plain text, not a file.'] });
    expect(sent[4].details).toEqual({ title: ['Missing data for required field.'] });
  });

  for (const enctype of ['multipart/form-data', 'application/x-www-form-urlencoded'])
    test(`what a form of ${enctype} sends is bound`, async ({ page }) => {
      await page.goto(`${server.origin}/`);
      const reply = page.waitForResponse(`${server.origin}/forms`);
      await page.evaluate((type) => {
        const form = document.createElement('form');
        form.action = '/forms';
        form.method = 'post';
        form.enctype = type;
        form.innerHTML = '<input name="title" value="&quot;x&quot; é"><textarea name="text">a\nb</textarea><select name="size"><option>large</option></select>'
          + '<input type="checkbox" name="labels" value="a" checked><input type="checkbox" name="labels" value="b" checked><input name="">';
        document.body.append(form);
        form.submit();
      }, enctype);
      expect(await (await reply).json()).toEqual({ title: '"x" é', text: 'a\r\nb', urgent: false, size: 'large', labels: ['a', 'b'] });
    });

  test('a file that was not picked is no text', async ({ page }) => {
    await page.goto(`${server.origin}/`);
    const said = await page.evaluate(async () => {
      document.body.insertAdjacentHTML('beforeend', '<form><input name="title" value="x"><input type="file" name="text"></form>');
      const reply = await fetch('/forms', { method: 'POST', body: new FormData(document.forms[0]) });
      return reply.json();
    });
    expect(said.errors).toEqual([{ pointer: '/text', code: 'plain_text', detail: 'Must be plain text, not a file.' }]);
  });

  test('what looks like a page is not taken for one', async ({ page }) => {
    const shown = await page.goto(`${server.origin}/`).then(() =>
      page.evaluate(async () => {
        const form = document.createElement('form');
        form.action = '/echo';
        form.method = 'post';
        form.enctype = 'text/plain';
        form.innerHTML = '<textarea name="x">&lt;script&gt;window.injected = true&lt;/script&gt;</textarea>';
        document.body.append(form);
        form.submit();
        await new Promise((resolve) => setTimeout(resolve, 500));
        return location.pathname;
      }).catch(() => 'navigated'));
    // application/octet-stream with nosniff is a download and never a document.
    expect(shown).toBe('/');
  });
});

test.describe('API client', () => {
  let api;

  test.beforeEach(async ({ playwright }) => {
    api = await playwright.request.newContext({ baseURL: server.origin });
  });

  test.afterEach(() => api.dispose());

  test('gets JSON', async () => {
    const reply = await api.get('/hello');
    expect(reply.status()).toBe(200);
    expect(reply.headers()['content-type']).toBe('application/json');
    expect(await reply.json()).toEqual({ message: 'Hello, world' });
  });

  test('gets errors as JSON, with the policy of JSON', async () => {
    const reply = await api.get('/none');
    expect(reply.status()).toBe(404);
    expect((await reply.json()).error).toBe('Not Found');
    expect(reply.headers()['content-security-policy']).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(reply.headers()['x-frame-options']).toBe('DENY');
    expect(reply.headers().server).toBeUndefined();
  });

  test('signs in, stores and reads', async () => {
    const signedIn = await api.post('/token', { form: { grant_type: 'password', username: 'alice', password: 'correct horse battery staple 1' } });
    const headers = { Authorization: `Bearer ${(await signedIn.json()).access_token}` };
    const data = { name: 'A lamp', description: 'It stands on the desk' };
    expect((await api.post('/api/items', { data })).status()).toBe(401);
    const made = await api.post('/api/items', { data, headers });
    expect(made.status()).toBe(201);
    expect(await (await api.get(`/api/items/${(await made.json()).id}`, { headers })).json()).toMatchObject(data);
    const refused = await api.post('/api/items', { data: { ...data, isAdmin: true }, headers });
    expect(refused.status()).toBe(400);
    expect((await refused.json()).invalid_fields).toEqual(['isAdmin']);
  });
});
