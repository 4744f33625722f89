import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { StartupReport } from '../../src/engine/startup-access.ts';
import { startAgentProcess } from '../harness/agent-process.ts';
import type { AgentProcess } from '../harness/agent-process.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';

interface Scene extends AsyncDisposable {
  readonly at: (name: string) => string;
  /** Writes the configuration. */
  configure(text: string): Promise<void>;
  start(): Promise<AgentProcess>;
  /** What entries wrote to their common file, line by line. */
  told(): Promise<string[]>;
}

function scene(): Scene {
  const directory = tempDir();
  const at = (name: string): string => directory.at(name);
  return {
    at,
    configure: (text) => writeFile(at('corex.toml'), text),
    start: async () => {
      // One that was killed left its own.
      await rm(path.join(at('data'), 'endpoints'), { force: true });
      return startAgentProcess(at('data'), ['--config', at('corex.toml')]);
    },
    told: async () => (await readFile(at('told'), 'utf8').catch(() => '')).split('\n').filter((line) => line !== ''),
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

/** An entry that runs a shell script. */
function entry(id: string, script: string, ...lines: readonly string[]): string {
  const args = `args = { name = "sh", args = ["-c", ${JSON.stringify(script)}] }`;
  return [`[startup.${id}]`, 'name = "core.system"', args, ...lines, ''].join('\n');
}

async function report(agent: AgentProcess): Promise<StartupReport> {
  return (await agent.call('startup.list')) as StartupReport;
}

async function stateOf(agent: AgentProcess, id: string): Promise<string | undefined> {
  return (await report(agent)).entries.find((each) => each.id === id)?.state;
}

test('entries start in the order of what needs what, and stop in reverse when all is to end', async () => {
  await using stage = scene();
  const say = (word: string): string => `echo ${word} >> ${stage.at('told')}`;
  const service = (id: string): string =>
    `trap '${say(`${id}-ends`)}; exit 0' TERM; ${say(id)}; echo up; while :; do sleep 0.05; done`;
  await stage.configure(
    [
      entry('proxy', service('proxy'), 'after = ["web"]', 'running_match = "^up$"'),
      entry('web', service('web'), 'after = ["db", "prepare"]', 'running_match = "^up$"', 'protected = true'),
      entry('db', service('db'), 'after = ["prepare"]', 'running_match = "^up$"'),
      entry('prepare', say('prepare'), 'after = ["init"]', 'running_delay = -1'),
    ].join('\n'),
  );
  const agent = await stage.start();
  await until('all runs', async () => (await stateOf(agent, 'proxy')) === 'running');
  expect(await stage.told()).toEqual(['prepare', 'db', 'web', 'proxy']);
  expect((await report(agent)).milestones.every(({ reached }) => reached !== undefined)).toBe(true);
  await agent.call('core.stop', { drain: true });
  await until('the agent has ended', () => agent.child.exitCode !== null);
  expect((await stage.told()).slice(4)).toEqual(['proxy-ends', 'web-ends', 'db-ends']);
  await agent[Symbol.asyncDispose]();
});

test('an agent that is killed on the way is followed by one that goes on from there and starts nothing twice', async () => {
  await using stage = scene();
  const told = stage.at('told');
  await stage.configure(
    [
      entry('prepare', `echo prepare >> ${told}`, 'running_delay = -1'),
      entry(
        'db',
        `echo db >> ${told}; echo ready; until test -e ${stage.at('go')}; do sleep 0.05; done; echo really; exec sleep 60`,
        'after = ["prepare"]',
        'running_match = "really"',
      ),
      entry('web', `echo web >> ${told}; exec sleep 60`, 'after = ["db"]', 'running_delay = 0.1'),
    ].join('\n'),
  );
  const first = await stage.start();
  await until('db is there', async () => (await stage.told()).includes('db'));
  const pid = await until('the agent knows it', async () => (await first.job('db')).pid);
  await first.kill('SIGKILL');
  await writeFile(stage.at('go'), '');
  await using second = await stage.start();
  await until('web runs', async () => (await stateOf(second, 'web')) === 'running');
  expect(await second.job('db')).toMatchObject({ state: 'running', pid, runs: 1 });
  expect(await stateOf(second, 'prepare')).toBe('done');
  expect(await stage.told()).toEqual(['prepare', 'db', 'web']);
  await second.call('core.stop', { drain: true });
});

test('SIGHUP and startup.reload apply what changed in the files, and a file that is wrong changes nothing', async () => {
  await using stage = scene();
  const same = entry('same', 'exec sleep 60', 'running_delay = 0.05');
  await stage.configure([same, entry('old', 'exec sleep 60'), entry('other', 'exec sleep 60')].join('\n'));
  await using agent = await stage.start();
  await until('it runs', async () => (await stateOf(agent, 'same')) === 'running');
  const { pid } = await agent.job('same');
  const { pid: otherPid } = await agent.job('other');
  await stage.configure([same, entry('fresh', 'exec sleep 60'), entry('other', 'exec sleep 61')].join('\n'));
  agent.child.kill('SIGHUP');
  await until('the new one is there', async () => (await stateOf(agent, 'fresh')) === 'starting');
  const ids = (await report(agent)).entries.map(({ id }) => id);
  expect(ids.sort()).toEqual(['fresh', 'other', 'same']);
  expect((await agent.job('same')).pid).toBe(pid);
  await until('it runs anew', async () => (await agent.job('other')).pid !== otherPid);
  expect(await agent.job('old')).toMatchObject({ result: { state: 'KILLED' } });
  await stage.configure('[startup.x]\nnmae = 1');
  await expect(agent.call('startup.reload')).rejects.toThrow('"startup.x.nmae"');
  expect((await report(agent)).entries).toHaveLength(3);
  await stage.configure(same);
  expect(await agent.call('startup.reload')).toEqual({
    added: [],
    removed: expect.arrayContaining(['fresh', 'other']),
    changed: [],
    revived: [],
    unchanged: 1,
  });
  await agent.call('core.stop', { drain: true });
});
