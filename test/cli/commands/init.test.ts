import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { childrenOf, commandLineOf, describeProcess, descendantsOf, isAlive } from '../../harness/processes.ts';
import { requires } from '../../harness/requires.ts';
import { type TempDir, tempDir } from '../../harness/temp-dir.ts';
import { until } from '../../harness/until.ts';
import { within } from '../../harness/within.ts';
import { answering, corex, executable, finished, startCorex, userEnvironment, type Finished } from '../corex.ts';

/** Makes the command that follows the first process of a pid namespace of its own. */
const AS_FIRST = ['--pid', '--fork', '--mount-proc', '--kill-child=KILL'];

/** A running `corex init`, seen from outside. */
class Container implements AsyncDisposable {
  readonly directory: TempDir = tempDir();
  readonly dataDir = this.directory.at('data');
  readonly #child: ChildProcess;
  readonly #isFirst: boolean;
  readonly ended: Promise<Finished>;
  said = '';

  constructor(isFirst: boolean) {
    const args = ['init', '--data-dir', this.dataDir, '--listen', `unix:${this.directory.at('s')}`];
    this.#isFirst = isFirst;
    this.#child = isFirst
      ? spawn('unshare', [...AS_FIRST, process.execPath, executable, ...args], { env: userEnvironment() })
      : startCorex(args);
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.said += chunk.toString()));
    this.ended = finished(this.#child);
  }

  /** The keeper. */
  get pid(): number {
    const { pid = 0 } = this.#child;
    return this.#isFirst ? (childrenOf(pid)[0] ?? 0) : pid;
  }

  /** The agent. Beside others it tells its number; what it starts may look like it for a moment. */
  get agent(): number | undefined {
    if (!this.#isFirst) return Number([...this.said.matchAll(/takes commands at .* \(pid (\d+)\)/g)].at(-1)?.[1]);
    return childrenOf(this.pid).find((pid) => commandLineOf(pid).includes('start') && isAlive(pid));
  }

  run(...args: string[]): Promise<Finished> {
    return corex(args, { env: { COREX_DATA_DIR: this.dataDir } });
  }

  async ready(): Promise<this> {
    await answering(this.dataDir);
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { pid } = this;
    const isRunning = this.#child.exitCode === null && this.#child.signalCode === null && pid > 0;
    // Beside others, what it keeps does not end with it.
    for (const each of isRunning ? [pid, ...descendantsOf(pid)] : []) if (isAlive(each)) process.kill(each, 'SIGKILL');
    await this.ended;
    await this.directory[Symbol.asyncDispose]();
  }
}

describe.each([
  ['as the first process of a container', true],
  ['beside others', false],
])('corex init %s', (_where, isFirst) => {
  const isPossible = !isFirst || requires('root', 'mounts');

  test.runIf(isPossible)('keeps jobs when its agent dies, and starts another', async () => {
    await using container = await new Container(isFirst).ready();
    const script = 'for i in 1 2 3 4 5 6 7 8 9; do echo $i; sleep 0.3; done; exit 7';
    await container.run('run', '-d', '--id', 'j', '--', 'sh', '-c', script);
    const first = container.agent ?? 0;
    process.kill(first, 'SIGKILL');
    const word = /The agent \(pid \d+\) was ended by SIGKILL; another is started in 1 s/;
    await until('its end is told', () => word.test(container.said));
    await container.ready();
    await until('another agent is there', () => container.agent !== undefined && container.agent !== first);
    expect((await container.run('wait', 'j')).code).toBe(7);
    expect((await container.run('logs', 'j')).stdout.toString()).toBe('1\n2\n3\n4\n5\n6\n7\n8\n9\n');
  });

  test.runIf(isPossible)('buries orphans', async () => {
    await using container = await new Container(isFirst).ready();
    // Each leaves a process that forked twice and ends by itself.
    for (let count = 0; count < 5; count += 1)
      await container.run('run', '--keep', '--', 'sh', '-c', '(setsid sh -c "sleep 0.2; exit 3" >/dev/null 2>&1 &)');
    await until('nobody but the agent is left', () => childrenOf(container.pid).length === 1).catch(() => {
      expect(childrenOf(container.pid).map(describeProcess)).toHaveLength(1);
    });
  });

  test.runIf(isPossible)('ends jobs, agent and itself on SIGTERM, and what became of the jobs is known', async () => {
    await using container = await new Container(isFirst).ready();
    await container.run(
      'run',
      '-d',
      '--id',
      'polite',
      '--',
      'sh',
      '-c',
      'trap "echo bye; exit 3" TERM; while :; do sleep 0.1; done',
    );
    await until('it has set its trap', async () => (await container.run('ps', '--json')).stdout.includes('running'));
    const processes = childrenOf(container.pid);
    expect(processes).toHaveLength(2);
    process.kill(container.pid, 'SIGTERM');
    expect(await within(20_000, 'the end', container.ended)).toMatchObject({ code: 0 });
    expect(processes.filter(isAlive)).toEqual([]);
    expect(container.said).toContain('The keeper ends: SIGTERM came');

    const next = startCorex([
      'start',
      '--data-dir',
      container.dataDir,
      '--listen',
      `unix:${container.directory.at('t')}`,
    ]);
    const nextEnd = finished(next);
    await answering(container.dataDir);
    const result = JSON.parse((await container.run('result', 'polite', '--json')).stdout.toString());
    expect(result).toMatchObject({ state: 'KILLED', cleanup: expect.any(String) });
    expect(result.reason).not.toBe('lost');
    await container.run('stop', '--drain');
    await nextEnd;
  });

  test.runIf(isPossible)('does not wait for anything after a second signal', async () => {
    await using container = await new Container(isFirst).ready();
    await container.run('run', '-d', '--grace', '600', '--', 'sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done');
    process.kill(container.pid, 'SIGTERM');
    await until('it is ending', () => container.said.includes('The keeper ends'));
    process.kill(container.pid, 'SIGTERM');
    expect(await within(20_000, 'the end', container.ended)).toMatchObject({ code: 137 });
  });
});

describe('corex init', () => {
  test('exits with 78 for a configuration, or a token, that can not be used', async () => {
    await using directory = tempDir();
    const dataDir = directory.at('data');
    expect(await corex(['init', '--config', directory.at('none.toml')])).toMatchObject({ code: 78 });
    expect(await corex(['init', '--data-dir', dataDir], { env: { COREX_LAUNCHER: 'in-process' } })).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('"agent.launcher" is "in-process"'),
    });
    mkdirSync(dataDir, { mode: 0o700 });
    writeFileSync(`${dataDir}/token`, 'x'.repeat(40), { mode: 0o644 });
    const listen = `unix:${directory.at('s')}`;
    expect(await corex(['init', '--data-dir', dataDir, '--listen', listen])).toMatchObject({
      code: 78,
      stderr: expect.stringMatching(/token[\s\S]*The keeper ends: Its agent can not use its configuration/),
    });
    expect(readFileSync(`${dataDir}/keeper.log`, 'utf8')).toContain('ended with code 78');
  });
});
