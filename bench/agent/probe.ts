// Loaded into an agent before anything of its own: `node --import file:///…/probe.ts?dir=DIR&ballast=MB …`. Measures how
// long its event loop is held up; at SIGUSR2 it writes what it measured since the last time to DIR/loop-PID.json. A
// keeper gets the flags of its agent and is measured, too; the ballast is the agent's alone.
import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const MIB = 1024 * 1024;
const wishes = new URL(import.meta.url).searchParams;
const directory = wishes.get('dir') ?? '.';
const isAgent = process.argv[1]?.endsWith('corex.js') === true;
const ballast: Buffer[] = [];

if (isMainThread) {
  // In pieces that are written to: memory nobody wrote to has no pages, and is no weight.
  const pieces = isAgent ? Number(wishes.get('ballast') ?? 0) : 0;
  for (let count = 0; count < pieces; count += 1) ballast.push(Buffer.allocUnsafeSlow(MIB).fill(1));
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const file = path.join(directory, `loop-${process.pid}.json`);
  process.on('SIGUSR2', () => {
    // Named here, it is not collected as garbage.
    const held = ballast.length;
    writeFileSync(`${file}.new`, JSON.stringify({ max: delay.max / 1e6, p99: delay.percentile(99) / 1e6, held }));
    delay.reset();
    // It was not there before, or its reader has removed it.
    renameSync(`${file}.new`, file);
  });
  writeFileSync(path.join(directory, `probe-${process.pid}`), String(ballast.length));
}
