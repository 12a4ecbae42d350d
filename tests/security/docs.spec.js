// The page that describes the API, as a browser sees it under its own policy; and a client made from the description.
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test, expect } = require('@playwright/test');
const { startCoffer } = require('./server.js');
const { connect, firstItem } = require('../openapi/client.ts');

const chromium = process.env.CHROMIUM || '/usr/bin/chromium';
const files = path.resolve(__dirname, '../../build/share/docs');
let server;

test.beforeAll(async () => {
  execFileSync(path.resolve(__dirname, '../../script/setup'), ['docs']);
  server = await startCoffer({ COFFER_ENV: 'development' }, files);
});

test.afterAll(async () => {
  await server?.stop();
});

test.describe('the page', () => {
  test.skip(!fs.existsSync(chromium), `${chromium} is not installed`);

  test('shows every route without a complaint, from our origin alone', async ({ page, request }) => {
    const complaints = [];
    const elsewhere = [];
    page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (made) => !made.url().startsWith(server.origin) && !made.url().startsWith('data:') && elsewhere.push(made.url()));
    await page.addInitScript(() => document.addEventListener('securitypolicyviolation', (event) => console.error(event.effectiveDirective)));
    await page.goto(`${server.origin}/docs`);
    const description = await (await request.get(`${server.origin}/openapi.json`)).json();
    const operations = Object.values(description.paths).flatMap((item) => Object.values(item));
    await expect(page.locator('.opblock')).toHaveCount(operations.length);
    for (const { operationId, tags } of operations) await expect(page.locator(`#operations-${tags[0]}-${operationId}`)).toBeVisible();
    await expect(page.locator('.title')).toContainText('Coffer');
    await expect(page.locator('.errors-wrapper, .version-pragma')).toHaveCount(0);
    expect(complaints).toEqual([]);
    expect(elsewhere).toEqual([]);
  });

  test('tries a route', async ({ page }) => {
    await page.goto(`${server.origin}/docs`);
    const route = page.locator('#operations-users-create_user');
    await route.locator('.opblock-summary-control').click();
    await route.getByRole('button', { name: 'Try it out' }).click();
    await route.getByRole('button', { name: 'Execute' }).click();
    await expect(route.locator('.live-responses-table tbody .response-col_status').first()).toContainText('201');
  });

  test('runs no script that it was not made with', async ({ page }) => {
    await page.goto(`${server.origin}/docs`);
    const blocked = await page.evaluate(async () => {
      const seen = [];
      document.addEventListener('securitypolicyviolation', (event) => seen.push(event.effectiveDirective));
      const script = document.createElement('script');
      script.textContent = 'window.ran = true';
      document.body.append(script);
      await new Promise((resolve) => setTimeout(resolve, 200));
      return { seen, ran: window.ran === true };
    });
    expect(blocked).toEqual({ seen: ['script-src-elem'], ran: false });
  });
});

test('a typed client keeps an item', async () => {
  const client = connect(server.origin);
  const signedIn = await client.POST('/token', {
    body: { grant_type: 'password', username: 'demo-editor', password: server.passwords['demo-editor'] },
    bodySerializer: (body) => new URLSearchParams(body).toString(),
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  });
  expect(signedIn.response.status).toBe(200);
  expect(await firstItem(client, signedIn.data.access_token)).toBe('Kettle');
});
