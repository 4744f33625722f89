/**
 * Starts an agent on a temporary data directory, talks to it through a plain WebSocket, prints every
 * frame as it comes, and closes with a table of what became of each command.
 *
 *     npm run demo
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { styleText } from 'node:util';
import { createAgent } from 'corex';
import type { JobResult, ServerFrame } from 'corex/protocol';

/** Marks every process of this demo, to prove at the end that none is left. */
const MARKER = `COREX_DEMO=${process.pid}-${Date.now()}`;
const [markerName = '', markerValue = ''] = MARKER.split('=');

const shell = (script: string, more: object = {}): object => ({
  command: 'core.system',
  arguments: { name: 'sh', args: ['-c', script], env: { [markerName]: markerValue } },
  ...more,
});

/** What is asked, in order. Three share a queue, so they run one after the other. */
const COMMANDS: readonly { readonly id: string; readonly what: string; readonly frame: object }[] = [
  {
    id: 'hello',
    what: 'streamed output',
    frame: shell('for i in 1 2 3; do echo "line $i"; sleep 0.1; done; echo "3::for the public"', { stream: true }),
  },
  { id: 'ping', what: 'a call', frame: { command: 'core.ping' } },
  {
    id: 'flaky',
    what: 'restarts, then gives up',
    frame: shell('echo try >&2; exit 7', { max_restart: 2, restart_delay: 0.1, stream: true }),
  },
  { id: 'first', what: 'queued', frame: shell('sleep 0.2; echo one', { queue: 'disk' }) },
  { id: 'second', what: 'queued', frame: shell('sleep 0.2; echo two', { queue: 'disk' }) },
  { id: 'third', what: 'queued, goes first', frame: shell('echo three', { queue: 'disk', priority: 5 }) },
  { id: 'slow', what: 'runs out of time', frame: shell('sleep 60', { max_time: 0.5, kill_grace: 1 }) },
  {
    id: 'endless',
    what: 'ignores TERM, is killed',
    frame: shell('trap "" TERM; echo ready; while :; do sleep 1; done', { kill_grace: 0.3, stream: true }),
  },
  { id: 'typo', what: 'no such command', frame: { command: 'core.sytem' } },
];

const dataDir = await mkdtemp(path.join(tmpdir(), 'corex-demo-'));
try {
  const results = await runDemo();
  printTable(results);
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
await proveNothingIsLeft();

async function runDemo(): Promise<Map<string, JobResult>> {
  await using agent = await createAgent({ dataDir, name: 'demo', listen: ['ws://127.0.0.1:0'] });
  const [endpoint = ''] = agent.endpoints;
  const token = (await readFile(path.join(dataDir, 'token'), 'utf8')).trim();
  console.log(`agent at ${endpoint}, data in ${dataDir}\n`);

  const socket = new WebSocket(new URL('/v1', endpoint), [
    'corex.v1',
    `corex.bearer.${Buffer.from(token).toString('base64url')}`,
  ]);
  const results = new Map<string, JobResult>();
  const done = Promise.withResolvers<void>();
  socket.addEventListener('error', () => {
    done.reject(new Error('The connection failed'));
  });
  socket.addEventListener('message', ({ data }) => {
    const frame = JSON.parse(String(data)) as ServerFrame;
    printFrame(frame);
    if (frame.type === 'hello') {
      for (const { id, frame: command } of COMMANDS) send(socket, { ...command, id, ref: id });
    }
    // Killed as soon as it says that its trap is set.
    if (frame.type === 'messages' && frame.id === 'endless')
      send(socket, { command: 'job.kill', arguments: { id: 'endless' } });
    if (frame.type === 'result' && typeof frame.ref === 'string') results.set(frame.ref, frame);
    if (results.size === COMMANDS.length) done.resolve();
  });
  await done.promise;
  socket.close();
  return results;
}

function send(socket: WebSocket, frame: object): void {
  const text = JSON.stringify(frame);
  console.log(`${styleText('cyan', '→')} ${shorten(text)}`);
  socket.send(text);
}

function printFrame(frame: ServerFrame): void {
  console.log(`${styleText('green', '←')} ${shorten(JSON.stringify(frame))}`);
}

function shorten(text: string): string {
  const width = Math.max(60, process.stdout.columns || 120) - 3;
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}

function printTable(results: ReadonlyMap<string, JobResult>): void {
  console.log(
    `\n${'id'.padEnd(9)}${'what'.padEnd(26)}${'state'.padEnd(13)}${'code'.padEnd(6)}${'reason'.padEnd(12)}${'runs'.padEnd(6)}said`,
  );
  for (const { id, what } of COMMANDS) {
    const result = results.get(id);
    if (result === undefined) continue;
    const said = (result.data || result.streams.join('') || result.error?.message) ?? '';
    const columns = [
      id.padEnd(9),
      what.padEnd(26),
      result.state.padEnd(13),
      String(result.code).padEnd(6),
      result.reason.padEnd(12),
      String(result.runs).padEnd(6),
    ];
    console.log(columns.join('') + said.trim().replaceAll('\n', ' | ').slice(0, 60));
  }
}

async function proveNothingIsLeft(): Promise<void> {
  const left: string[] = [];
  for (const pid of await readdir('/proc').catch(() => [])) {
    const environ = /^\d+$/.test(pid) ? await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '') : '';
    if (environ.split('\0').includes(MARKER)) left.push(pid);
  }
  const files = await readdir(dataDir).catch(() => []);
  console.log(`\nprocesses left: ${left.length}, files left: ${files.length}`);
  if (left.length > 0 || files.length > 0) process.exitCode = 1;
}
