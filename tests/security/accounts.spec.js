// What a client of the API does with an account: signs in, sends forms, shows a second factor, signs out.
const { createHmac } = require('node:crypto');
const { test, expect } = require('@playwright/test');
const { startConformance } = require('./server.js');

const password = 'correct horse battery staple 1';
let server;
let api;

// RFC 6238, of the seed JBSWY3DPEHPK3PXP in base32.
function totp(at = Date.now() / 1000) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30)));
  const mac = createHmac('sha1', Buffer.from('48656c6c6f21deadbeef', 'hex')).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, '0');
}

test.beforeAll(async () => {
  server = await startConformance({ CONFORMANCE_SESSION_IDLE: '10m', CONFORMANCE_SESSION_ABSOLUTE: '1h', CONFORMANCE_LOGIN_FORM: '5m' });
});

test.afterAll(async () => {
  await server?.stop();
});

test.beforeEach(async ({ playwright }) => {
  // Its jar takes cookies that are Secure from http://localhost, as browsers do.
  api = await playwright.request.newContext({ baseURL: server.origin.replace('127.0.0.1', 'localhost') });
});

test.afterEach(() => api.dispose());

const signIn = (username, more) => api.post('/login', { data: { username, password, ...more } });
const who = async () => (await api.get('/me')).status();
const cookies = async () => (await api.storageState()).cookies;
const tokenOf = async () => (await (await api.get('/csrf')).json()).csrf_token;

test('signs in and out', async () => {
  expect(await who()).toBe(401);
  const reply = await signIn('alice', { next: '//evil.test' });
  expect(reply.status()).toBe(200);
  const { csrf_token: token, next } = await reply.json();
  expect(next).toBe('/');
  expect(await cookies()).toMatchObject([{ name: '__Host-conformance', httpOnly: true, secure: true, sameSite: 'Lax', path: '/', expires: -1 }]);
  expect(await (await api.get('/me')).json()).toMatchObject({ username: 'alice' });

  expect((await api.post('/logout')).status()).toBe(403);
  expect((await api.post('/logout', { headers: { 'X-CSRF-Token': `${token.slice(0, -2)}AA` } })).status()).toBe(403);
  expect(await who()).toBe(200);
  const gone = await api.post('/logout', { headers: { 'X-CSRF-Token': token } });
  expect(gone.status()).toBe(204);
  expect(gone.headers()['clear-site-data']).toBe('"cache", "cookies", "storage"');
  expect(await cookies()).toEqual([]);
  expect(await who()).toBe(401);
});

test('sends forms', async () => {
  const form = { username: 'bob', password, next: '/me' };
  expect((await api.post('/login', { form })).status()).toBe(403);
  const signedIn = await api.post('/login', { form: { ...form, csrf_token: await tokenOf() }, maxRedirects: 0 });
  expect([signedIn.status(), signedIn.headers().location]).toEqual([303, '/me']);
  expect((await cookies()).map(({ name }) => name)).toEqual(['__Host-conformance']);

  const token = await tokenOf();
  for (const kind of ['form', 'multipart']) {
    expect((await api.post('/form', { [kind]: { text: 'x' } })).status()).toBe(403);
    const reply = await api.post('/form', { [kind]: { text: 'x', csrf_token: token } });
    expect(reply.status()).toBe(200);
    expect(await reply.json()).toEqual({ text: 'x' });
  }
  const headers = { 'X-CSRF-Token': token };
  expect((await api.post('/form', { data: { text: 'x' }, headers })).status()).toBe(200);
  expect((await api.post(`/form?csrf_token=${token}`, { data: { text: 'x' } })).status()).toBe(403);
  for (const origin of ['https://evil.test', 'null', 'http://localhost:1'])
    expect((await api.post('/form', { data: { text: 'x' }, headers: { ...headers, Origin: origin } })).status()).toBe(403);
  expect((await api.post('/form', { data: { text: 'x' }, headers: { ...headers, 'Sec-Fetch-Site': 'cross-site' } })).status()).toBe(403);
});

test('shows a second factor', async () => {
  expect(await (await signIn('dave')).json()).toEqual({ mfa_required: true });
  const [waiting] = await cookies();
  expect(waiting.name).toBe('__Host-conformance');
  expect(waiting.expires - Date.now() / 1000).toBeLessThanOrEqual(301);
  expect(await who()).toBe(401);
  const verify = async (code) => (await api.post('/mfa/verify', { data: { code } })).status();
  expect(await verify(totp(0))).toBe(401);
  expect(await who()).toBe(401);
  expect(await verify(totp())).toBe(200);
  expect(await (await api.get('/me')).json()).toMatchObject({ username: 'dave', amr: 3 });
  const [session] = await cookies();
  expect(session.value).not.toBe(waiting.value);

  const again = await api.post('/mfa/verify', { data: { code: totp(Date.now() / 1000 + 30) }, headers: { Cookie: `__Host-conformance=${waiting.value}` } });
  expect(again.status()).toBe(401);
  const codes = await api.post('/mfa/codes', { headers: { 'X-CSRF-Token': await tokenOf() } });
  const [code] = (await codes.json()).recovery_codes;
  await signIn('dave');
  expect((await api.post('/mfa/recovery', { data: { code } })).status()).toBe(200);
  expect(await who()).toBe(200);
});
