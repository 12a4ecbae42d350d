// Starts Coffer and the conformance application as an operator would, and a site of somebody else.
const { execFileSync, spawn } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');

const root = path.resolve(__dirname, '../..');
const bin = path.join(process.env.DEWAR_BUILD || path.join(root, 'build/asan'), 'bin');

function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

// A directory that the server's unprivileged user may write.
function freshDirectory() {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dewar-'));
  fs.chmodSync(directory, 0o755);
  if (process.geteuid() === 0) {
    const id = (flag) => Number(execFileSync('id', [flag, 'nobody']).toString());
    fs.chownSync(directory, id('-u'), id('-g'));
  }
  return directory;
}

function isReady(url) {
  return new Promise((resolve) => {
    http.get(url, (reply) => resolve(reply.resume().statusCode < 500)).on('error', () => resolve(false));
  });
}

// Runs `name serve` in `directory` until `ready` is answered: { origin, stop() }. stop() fails when it did not end cleanly.
async function start(name, directory, settings, ready) {
  const port = await freePort();
  const prefix = name.toUpperCase();
  const origin = `http://127.0.0.1:${port}`;
  let said = '';
  const child = spawn(path.join(bin, name), ['serve'], {
    cwd: directory,
    env: {
      [`${prefix}_LISTEN`]: `127.0.0.1:${port}`,
      [`${prefix}_ADMIN_LISTEN`]: `unix:${directory}/admin.sock`,
      [`${prefix}_LOG`]: path.join(directory, 'server.log'),
      [`${prefix}_WORKERS`]: '1',
      [`${prefix}_IDLE_TIMEOUT`]: '1s', // browsers keep connections, and a drain waits for them
      PATH: process.env.PATH,
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
  for (let i = 0; !(await isReady(`${origin}${ready}`)); i++) {
    if (i > 300 || child.exitCode !== null) throw new Error(`did not start: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const stop = async () => {
    child.kill('SIGTERM');
    const status = await ended;
    fs.rmSync(directory, { recursive: true, force: true });
    if (status !== 0 || /AddressSanitizer|runtime error:/.test(said)) throw new Error(`status ${status}: ${said}`);
  };
  return { origin, stop };
}

// The conformance application, as in production behind nothing.
function startConformance(settings) {
  const directory = freshDirectory();
  const all = {
    CONFORMANCE_PROFILE: 'prod',
    CONFORMANCE_DATABASE_URL: `sqlite:${directory}/test.db`,
    CONFORMANCE_RATE_LIMIT_GLOBAL: '1000000/hour', // all tests come from one address
    ...settings,
  };
  return start('conformance', directory, all, '/hello');
}

// Coffer with its demo users; `files`, if any, is a directory for /docs, which is copied to where the server's user may read it.
async function startCoffer(settings, files) {
  const directory = freshDirectory();
  const docs = path.join(directory, 'docs');
  const run = (command, env) => execFileSync(path.join(bin, 'coffer'), [command], { cwd: directory, env }).toString();
  if (files) fs.cpSync(files, docs, { recursive: true });
  const all = {
    COFFER_DATABASE_URL: `sqlite:${directory}/test.db`,
    COFFER_SIGNING_KEYS: run('secret', {}).trim(),
    COFFER_DATA_KEYS: run('secret', {}).trim(),
    COFFER_RATE_LIMIT_SCALE: '100000', // all of it comes from one address, and in seconds
    ...(files && { COFFER_DOCS_FILES: docs }),
    ...settings,
  };
  run('migrate', all);
  const passwords = Object.fromEntries(run('seed', all).trim().split('\n').map((line) => line.split(' ')));
  return { ...(await start('coffer', directory, all, '/openapi.json')), passwords };
}

// Another origin that serves `html` at every path: { origin, stop() }.
async function startStranger(html) {
  const server = http.createServer((request, reply) => reply.setHeader('Content-Type', 'text/html').end(html));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://localhost:${server.address().port}`,
    stop: () => new Promise((resolve) => server.close(resolve) && server.closeAllConnections()),
  };
}

module.exports = { startCoffer, startConformance, startStranger };
