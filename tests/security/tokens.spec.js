// What npm's jose makes of our tokens, and what we make of its: every algorithm of ours, and every way that we know of to break one.
const jose = require('jose');
const { test, expect } = require('@playwright/test');
const { startCoffer, startConformance } = require('./server.js');

const shared = ['HS256', 'HS384', 'HS512'];
const pairs = ['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'ES384', 'EdDSA'];
const others = ['PS384', 'PS512', 'ES512']; // which are none of ours
const alice = '988da607-209f-4a25-8be1-ccbe9698498c';
const keys = {}; // of each algorithm: { sign, jwk }, jwk being what verifies

let server;
let api;

async function newKey(alg) {
  if (shared.includes(alg)) {
    const sign = await jose.generateSecret(alg, { extractable: true });
    return { sign, jwk: { ...(await jose.exportJWK(sign)), alg, kid: alg } };
  }
  const { privateKey, publicKey } = await jose.generateKeyPair(alg, { extractable: true });
  return { sign: privateKey, jwk: { ...(await jose.exportJWK(publicKey)), alg, kid: alg }, publicKey };
}

const setOf = (algorithms) => JSON.stringify({ keys: algorithms.map((alg) => keys[alg].jwk) });

test.beforeAll(async () => {
  for (const alg of [...shared, ...pairs, ...others]) keys[alg] = await newKey(alg);
  server = await startConformance({ CONFORMANCE_ISSUER_SHARED_KEYS: setOf(shared), CONFORMANCE_ISSUER_KEYS: setOf(pairs) });
});

test.afterAll(async () => {
  await server?.stop();
});

test.beforeEach(async ({ playwright }) => {
  api = await playwright.request.newContext({ baseURL: server.origin });
});

test.afterEach(() => api.dispose());

const now = () => Math.floor(Date.now() / 1000);
const claimsOf = (changes) => ({ iss: 'https://issuer.test', aud: 'api.test', sub: alice, iat: now(), exp: now() + 60, ...changes });
const headerOf = (alg, changes) => ({ alg, kid: alg, typ: 'at+jwt', ...changes });
const make = (alg, header, claims, key, options) =>
  new jose.SignJWT(claimsOf(claims)).setProtectedHeader(headerOf(alg, header)).sign(key || keys[alg].sign, options);
const encode = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

async function ask(token) {
  const reply = await api.get('/api/users/me', { headers: { Authorization: `Bearer ${token}` } });
  return reply.status();
}

async function isSigned(token, alg) {
  const reply = await api.post('/jws', { data: { jwk: keys[alg].jwk, jws: token } });
  return reply.status() === 200;
}

for (const alg of [...shared, ...pairs])
  test.describe(alg, () => {
    test('what jose makes is taken', async () => {
      const token = await make(alg);
      expect(await ask(token)).toBe(200);
      expect(await isSigned(token, alg)).toBe(true);
      const { payload } = await jose.jwtVerify(token, keys[alg].publicKey || keys[alg].sign, { typ: 'at+jwt' });
      expect(payload.sub).toBe(alice);
    });

    test('what is broken is refused', async () => {
      const good = await make(alg);
      const [header, payload, signature] = good.split('.');
      const flipped = Buffer.from(signature, 'base64url');
      flipped[flipped.length - 1] ^= 1;
      const stranger = await make(alg, {}, {}, (await newKey(alg)).sign);
      const unsecured = new jose.UnsecuredJWT(claimsOf()).encode();
      const broken = {
        'signed by a stranger': stranger,
        'unsecured': unsecured,
        'alg none, our kid': `${encode(headerOf('none', { kid: alg }))}.${payload}.`,
        'alg none, signed': `${encode(headerOf('none', { kid: alg }))}.${payload}.${signature}`,
        'no signature': `${header}.${payload}.`,
        'a bit of the signature': `${header}.${payload}.${flipped.toString('base64url')}`,
        'another payload': `${header}.${encode(claimsOf({ sub: '987a1960-eccb-4f40-9909-d8b61ff7d05c' }))}.${signature}`,
        'another header': `${encode(headerOf(alg, { x: 1 }))}.${payload}.${signature}`,
        'padded': `${good}=`,
        'flattened': JSON.stringify({ protected: header, payload, signature }),
      };
      for (const [name, token] of Object.entries(broken)) expect(await ask(token), name).toBe(401);
      expect(await ask(good)).toBe(200);
    });

    test('what jose signs and we do not take', async () => {
      const sized = (n) => make(alg, {}, { x: 'x'.repeat(n) });
      const broken = {
        'crit': await make(alg, { crit: ['x'], x: 1 }, {}, undefined, { crit: { x: true } }),
        'b64 true': await make(alg, { crit: ['b64'], b64: true }, {}),
        'jwk': await make(alg, { jwk: keys.ES256.jwk }, {}),
        'jku': await make(alg, { jku: 'https://evil.test/jwks.json' }, {}),
        'x5u': await make(alg, { x5u: 'https://evil.test/cert.pem' }, {}),
        'x5c': await make(alg, { x5c: ['MIIB'] }, {}),
        'typ JWT': await make(alg, { typ: 'JWT' }, {}),
        'no typ': await make(alg, { typ: undefined }, {}),
        'typ in capitals': await make(alg, { typ: 'AT+JWT' }, {}),
        'no kid': await make(alg, { kid: undefined }, {}),
        'an unknown kid': await make(alg, { kid: 'x' }, {}),
        'the kid of another': await make(alg, { kid: alg === 'HS256' ? 'ES256' : 'HS256' }, {}),
        'expired': await make(alg, {}, { iat: now() - 60, exp: now() - 1 }),
        'not yet': await make(alg, {}, { nbf: now() + 60 }),
        'from the future': await make(alg, {}, { iat: now() + 60, exp: now() + 90 }),
        'no exp': await make(alg, {}, { exp: undefined }),
        'another issuer': await make(alg, {}, { iss: 'https://issuer.test.evil.test' }),
        'another audience': await make(alg, {}, { aud: 'other' }),
        'two audiences': await make(alg, {}, { aud: ['api.test', 'other'] }),
        'nobody': await make(alg, {}, { sub: 'nobody' }),
      };
      for (const [name, token] of Object.entries(broken)) expect(await ask(token), name).toBe(401);
      const long = await sized(6500);
      expect([401, 431]).toContain(await ask(long));
      expect(await ask(await sized(2000))).toBe(200);
    });

    test('the unencoded payload of RFC 7797 is none of ours', async () => {
      const { sign, jwk } = keys[alg];
      const flat = await new jose.FlattenedSign(Buffer.from('{}')).setProtectedHeader({ alg, crit: ['b64'], b64: false }).sign(sign);
      const reply = await api.post('/jws', { data: { jwk, jws: `${flat.protected}.{}.${flat.signature}` } });
      expect(reply.status()).toBe(400);
    });
  });

test('what is none of our algorithms is refused with its own key', async () => {
  for (const alg of others) {
    const token = await make(alg);
    expect(await ask(token)).toBe(401);
    expect(await isSigned(token, alg)).toBe(false);
  }
});

test('a public key is no secret to sign with', async () => {
  for (const alg of pairs) {
    const { publicKey, jwk } = keys[alg];
    for (const secret of [await jose.exportSPKI(publicKey), JSON.stringify(jwk)])
      for (const mac of shared) {
        const token = await make(mac, { kid: alg }, {}, Buffer.from(secret));
        expect(await ask(token), `${alg} as ${mac}`).toBe(401);
        expect((await api.post('/jws', { data: { jwk, jws: token } })).status()).toBe(400);
      }
  }
});

test('more than 8 KiB is not looked at', async () => {
  const token = await make('HS256', {}, { x: 'x'.repeat(8192) });
  expect(token.length).toBeGreaterThan(8192);
  expect([401, 431]).toContain(await ask(token));
  expect(await ask(await make('HS256'))).toBe(200);
});

test('jose verifies the tokens of Coffer with the keys that it shows', async ({ playwright }) => {
  const options = { issuer: 'https://coffer.test', audience: 'api.coffer.test', typ: 'at+jwt', algorithms: ['EdDSA'] };
  const coffer = await startCoffer({ COFFER_ENV: 'development', COFFER_ISSUER: options.issuer, COFFER_AUDIENCE: options.audience });
  try {
    const client = await playwright.request.newContext({ baseURL: coffer.origin });
    const form = { grant_type: 'password', username: 'demo-viewer', password: coffer.passwords['demo-viewer'] };
    const token = (await (await client.post('/token', { form })).json()).access_token;
    const set = await (await client.get('/.well-known/jwks.json')).json();
    expect(JSON.stringify(set)).not.toMatch(/"d":/);
    const jwks = jose.createLocalJWKSet(set);
    const { payload, protectedHeader } = await jose.jwtVerify(token, jwks, options);
    expect(protectedHeader).toEqual({ alg: 'EdDSA', kid: set.keys[0].kid, typ: 'at+jwt' });
    expect(payload.exp - payload.iat).toBe(600);
    for (const changed of [{ issuer: 'https://other.test' }, { audience: 'other' }, { typ: 'JWT' }, { algorithms: ['ES256'] }])
      await expect(jose.jwtVerify(token, jwks, { ...options, ...changed })).rejects.toThrow();
    const [header, body, signature] = token.split('.');
    const forged = encode({ ...payload, sub: alice });
    await expect(jose.jwtVerify(`${header}.${forged}.${signature}`, jwks, options)).rejects.toThrow(jose.errors.JWSSignatureVerificationFailed);
    expect(body).not.toBe(forged);
    await client.dispose();
  } finally {
    await coffer.stop();
  }
});
