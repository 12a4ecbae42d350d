// The hardened GET and POST of the benchmark as one writes them with Fastify.
//
// Everything that the other servers of the table do is done here, with what costs least: schemas that are compiled for input and output,
// statements prepared once, a verifier that remembers tokens that it has seen, a log that is written in pieces of 4 KiB.
"use strict";

const fs = require("node:fs");
const { randomUUID } = require("node:crypto");
const Database = require("better-sqlite3");
const { createVerifier } = require("fast-jwt");
const fastify = require("fastify");
const pino = require("pino");

const { BENCH_PORT, BENCH_SECRET, BENCH_ISSUER, BENCH_AUDIENCE, BENCH_DATABASE, BENCH_LOG } = process.env;
const HOSTS = new Set(["127.0.0.1", "localhost"]);
const EDITOR = 2;
const HEADERS = {
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "X-XSS-Protection": "0",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), microphone=(), geolocation=(), usb=(), payment=(), browsing-topics=()",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-store",
};

const database = new Database(BENCH_DATABASE, { timeout: 10000 });
database.pragma("journal_mode = WAL");
database.pragma("synchronous = FULL");
const findUser = database.prepare("SELECT id, roles FROM users WHERE uid = ? AND disabled = 0");
const findItem = database.prepare(
  "SELECT id, name, description, created_at, updated_at, version FROM items WHERE id = ? AND owner = ?");
const addItem = database.prepare(
  "INSERT INTO items (owner, name, description, created_at, updated_at) VALUES (?, ?, ?, ?, ?) RETURNING id");
const verify = createVerifier({ key: BENCH_SECRET, algorithms: ["HS256"], allowedAud: BENCH_AUDIENCE, cache: 4096,
  requiredClaims: ["exp", "iat", "iss", "aud", "sub"] });

const access = pino({ base: null }, pino.destination({ dest: BENCH_LOG, sync: false, minLength: 4096 }));
setInterval(() => access.flush(), 10).unref();

const app = fastify({
  logger: false,
  bodyLimit: 64 * 1024,
  keepAliveTimeout: 600000,
  genReqId: () => randomUUID().replaceAll("-", ""),
  ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: true } },
});

function refusal(status, error) {
  return Object.assign(new Error(error), { statusCode: status });
}

function authorize(roles) {
  return (request, reply, done) => {
    const [kind, token] = (request.headers.authorization ?? "").split(" ");
    let claims;
    try {
      claims = kind.toLowerCase() === "bearer" && verify(token);
    } catch {
      claims = false;
    }
    const user = claims && claims.iss === BENCH_ISSUER && findUser.get(claims.sub);
    if (!user) return done(refusal(401, "Unauthorized"));
    if (roles && !(user.roles & roles)) return done(refusal(403, "Forbidden"));
    request.me = user.id;
    done();
  };
}

app.decorateRequest("me", 0);
app.removeContentTypeParser("text/plain");

app.addHook("onRequest", (request, reply, done) => {
  reply.headers(HEADERS).header("X-Request-Id", request.id);
  if (!HOSTS.has((request.headers.host ?? "").split(":")[0])) return done(refusal(400, "Bad Request"));
  done();
});

app.addHook("onResponse", (request, reply, done) => {
  access.info({ request_id: request.id, method: request.method, path: request.url, status: reply.statusCode, client: request.ip,
    ms: reply.elapsedTime });
  done();
});

app.setErrorHandler((error, request, reply) => {
  const unknown = error.validation?.some((one) => one.keyword === "additionalProperties");
  const status = error.validation && !unknown && error.validationContext === "body" ? 422 : (error.statusCode ?? 500);
  if (status === 401) reply.header("WWW-Authenticate", "Bearer");
  reply.code(status).send({ error: status < 500 ? error.message : "Internal Server Error", request_id: request.id });
});

app.get("/api/items/:id", {
  onRequest: authorize(0),
  schema: {
    params: { type: "object", properties: { id: { type: "string", pattern: "^[1-9][0-9]{0,15}$" } } },
    response: { 200: { type: "object", properties: { id: { type: "integer" }, name: { type: "string" },
      description: { type: "string" }, created_at: { type: "string" }, updated_at: { type: "string" } } } },
  },
}, (request, reply) => {
  const row = findItem.get(Number(request.params.id), request.me);
  if (!row) throw refusal(404, "Not Found");
  reply.header("ETag", `"${row.id}-${row.version}"`).send(row);
});

app.post("/api/items", {
  onRequest: authorize(EDITOR),
  schema: {
    body: { type: "object", additionalProperties: false, required: ["name", "description"], properties: {
      name: { type: "string", minLength: 3, maxLength: 100 },
      description: { type: "string", minLength: 5, maxLength: 500 } } },
    response: { 201: { type: "object", properties: { id: { type: "integer" }, message: { type: "string" } } } },
  },
}, (request, reply) => {
  const now = new Date().toISOString();
  const { id } = addItem.get(request.me, request.body.name, request.body.description, now, now);
  reply.code(201).header("Location", `/api/items/${id}`).send({ id, message: "Item created successfully" });
});

fs.closeSync(fs.openSync(BENCH_LOG, "a"));
app.listen({ host: "127.0.0.1", port: Number(BENCH_PORT) });
