// Runs in every test worker, once per test file: gives the file a mark, a temporary directory and an environment of its
// own, and fails it when a process, a listening server or a file is left behind.
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeEach, inject } from 'vitest';

import {
  controlGroupsOf,
  describeLeftovers,
  filesIn,
  type Leftovers,
  listeningServers,
  ownChildren,
  processesOfTestRun,
  runningWorkers,
  TEST_RUN,
} from './leftovers.ts';
import { isAlive } from './processes.ts';
import { until } from './until.ts';

const PATIENCE_MS = Number(process.env['COREX_TEST_PATIENCE_MS'] ?? 10_000);

const root = mkdtempSync('/tmp/cx-');
const mark = `${inject('suiteMark')}.${path.basename(root)}`;

// The next file runs in this process, too.
const environmentBefore = { ...process.env };
const directoryBefore = process.cwd();

process.env[TEST_RUN] = mark;
process.env['TMPDIR'] = root;
process.env['XDG_STATE_HOME'] = path.join(root, 'state');
process.env['XDG_RUNTIME_DIR'] = path.join(root, 'run');
process.env['XDG_CONFIG_HOME'] = path.join(root, 'config');
delete process.env['COREX_URL'];
delete process.env['COREX_TOKEN'];

const childrenBefore = new Set(ownChildren());
const serversBefore = new Set(listeningServers());

// What `beforeAll` started lives through the tests of a file, so a test answers only for what it added itself.
beforeEach(({ onTestFinished, task }) => {
  if (task.concurrent === true) return;
  const children = new Set(ownChildren());
  const servers = new Set(listeningServers());
  const threads = new Set(runningWorkers());
  onTestFinished(async () => {
    await expectNothingLeft('This test', () => ({
      processes: ownChildren(children),
      servers: listeningServers(servers),
      threads: runningWorkers(threads),
    }));
  });
});

afterAll(async () => {
  try {
    await expectNothingLeft('This test file', () => ({
      processes: [
        ...new Set([...ownChildren(childrenBefore), ...processesOfTestRun(mark, root).filter((pid) => isAlive(pid))]),
      ],
      servers: listeningServers(serversBefore),
      threads: runningWorkers(),
      files: filesIn(root),
      groups: controlGroupsOf(root),
    }));
  } finally {
    for (const pid of processesOfTestRun(mark, root)) kill(pid);
    rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    restoreEnvironment();
    process.chdir(directoryBefore);
  }
});

/** What has just been stopped may need a moment to be gone. */
async function expectNothingLeft(whose: string, look: () => Leftovers): Promise<void> {
  let left: string[] = [];
  try {
    await until('nothing is left', () => (left = describeLeftovers(look())).length === 0, { withinMs: PATIENCE_MS });
  } catch {
    throw new Error(`${whose} left behind:\n  ${left.join('\n  ')}`);
  }
}

function restoreEnvironment(): void {
  for (const name of Object.keys(process.env))
    if (!(name in environmentBefore)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, environmentBefore);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

declare module 'vitest' {
  interface ProvidedContext {
    suiteMark: string;
  }
}
