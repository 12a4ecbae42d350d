// Starts the conformance application as an operator would, and a site of somebody else.
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

function isReady(origin) {
  return new Promise((resolve) => {
    http.get(`${origin}/hello`, (reply) => resolve(reply.resume().statusCode === 200)).on('error', () => resolve(false));
  });
}

// The running application: { origin, stop() }. stop() fails when it did not end cleanly.
async function startConformance() {
  const directory = freshDirectory();
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  let said = '';
  const child = spawn(path.join(bin, 'conformance'), ['serve'], {
    cwd: directory,
    env: {
      CONFORMANCE_PROFILE: 'prod',
      CONFORMANCE_LISTEN: `127.0.0.1:${port}`,
      CONFORMANCE_ADMIN_LISTEN: `unix:${directory}/admin.sock`,
      CONFORMANCE_DATABASE_URL: `sqlite:${directory}/test.db`,
      CONFORMANCE_LOG: path.join(directory, 'server.log'),
      CONFORMANCE_WORKERS: '1',
      CONFORMANCE_IDLE_TIMEOUT: '1s', // browsers keep connections, and a drain waits for them
      PATH: process.env.PATH,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
  for (let i = 0; !(await isReady(origin)); i++) {
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

// Another origin that serves `html` at every path: { origin, stop() }.
async function startStranger(html) {
  const server = http.createServer((request, reply) => reply.setHeader('Content-Type', 'text/html').end(html));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://localhost:${server.address().port}`,
    stop: () => new Promise((resolve) => server.close(resolve) && server.closeAllConnections()),
  };
}

module.exports = { startConformance, startStranger };
