import { describe, expect, onTestFinished, test } from 'vitest';

import { systemClock } from '../../../src/base/clock.ts';
import type { RunPlan } from '../../../src/engine/process.ts';
import { InProcessLauncher } from '../../../src/host/in-process/in-process-launcher.ts';
import type { Abilities, RunKey, SpawnFailure, SpawnSpec } from '../../../src/host/launcher.ts';
import { Leftovers } from '../../../src/host/leftovers.ts';
import { RecentPrograms } from '../../../src/host/recent-programs.ts';
import type { CgroupMode } from '../../../src/kinds/system/confinement-arguments.ts';
import { LauncherPlace } from '../../../src/kinds/launcher-place.ts';
import { systemKind } from '../../../src/kinds/system/system-process.ts';
import { parseCommand } from '../../../src/protocol/command.ts';
import { silentLogger } from '../../../src/telemetry/logger.ts';

const ALL: Abilities = {
  survives: false,
  reapsOrphans: false,
  pty: true,
  cgroup: true,
  user: true,
  limits: true,
  stdoutIsPipe: true,
  redaction: true,
  unprivileged: true,
};

/** Starts nothing, but remembers what it was asked to start. */
class RecordingLauncher extends InProcessLauncher {
  override readonly abilities: Abilities;
  readonly asked: SpawnSpec[] = [];

  constructor(abilities: Partial<Abilities>) {
    super();
    this.abilities = { ...ALL, ...abilities };
  }

  override spawn(_key: RunKey, spec: SpawnSpec): Promise<SpawnFailure> {
    this.asked.push(spec);
    return Promise.resolve({ type: 'failed', failure: 'no-resources', message: 'Cannot start: it is only remembered' });
  }
}

interface Asked {
  readonly abilities?: Partial<Abilities>;
  readonly cgroups?: CgroupMode;
}

/** What a launcher is asked to start, or why nothing was. */
async function specOf(args: object, { abilities = {}, cgroups = 'auto' }: Asked = {}) {
  const launcher = new RecordingLauncher(abilities);
  const place = new LauncherPlace(launcher, new Leftovers(systemClock), silentLogger);
  await place.open(1);
  onTestFinished(() => place.close());
  const kind = systemKind({
    place,
    environment: { PATH: '/bin', HOME: '/root', USER: 'root', LOGNAME: 'root', SHELL: '/x', XDG_RUNTIME_DIR: '/run/x' },
    directory: '/',
    outputDirectory: () => '/nowhere',
    outputBytes: 1,
    drainMs: 1,
    cgroups,
    recentPrograms: new RecentPrograms(systemClock),
    readSecret: (name) => Promise.resolve(`value of ${name}`),
  });
  const command = parseCommand({ command: 'core.system', arguments: { name: 'true', ...args } });
  const plan: RunPlan = { key: 'u.1', uid: 'u', run: 1, jobId: 'j', command, outputStart: 0, killGraceMs: 1 };
  const start = await kind.prepare(command).start(plan, { grew: () => undefined, exited: () => undefined });
  const [spec] = launcher.asked;
  return { spec, failure: start.type === 'failed' ? start.error : undefined };
}

describe('core.system', () => {
  test('asks for no confinement unless told to', async () => {
    const { spec } = await specOf({});
    expect(Object.keys(spec ?? {})).toEqual([
      ...['program', 'args', 'env', 'cwd', 'stdin', 'keep', 'drainMs', 'output'],
    ]);
  });

  test('asks for what the command asks for', async () => {
    const { spec } = await specOf({ nice: 5, no_new_privs: true, capabilities: [], rlimits: { core: 0 }, cgroup: {} });
    expect(spec).toMatchObject({
      niceness: 5,
      noNewPrivileges: true,
      capabilities: [],
      limits: { core: { soft: 0, hard: 0 } },
      cgroup: {},
    });
  });

  test('gives another user the variables of a login, and those of the command before all', async () => {
    const { spec } = await specOf({ user: '4242:4243', groups: [7], env: { SHELL: '/mine' } });
    expect(spec?.user).toEqual({ uid: 4242, gid: 4243, groups: [7] });
    expect(spec?.env).toEqual({ PATH: '/bin', HOME: '/', SHELL: '/mine', COREX_JOB_ID: 'j' });
    const named = await specOf({ user: 0 });
    expect(named.spec?.env).toMatchObject({ USER: 'root', LOGNAME: 'root', HOME: '/root' });
  });

  test('says which user it does not know', async () => {
    const { spec, failure } = await specOf({ user: 'nobody-of-that-name' });
    expect(spec).toBeUndefined();
    expect(failure).toMatchObject({ code: 'bad-arguments', number: 400 });
    expect(failure?.message).toContain('"nobody-of-that-name"');
  });

  test('puts every program into a control group where that is configured', async () => {
    expect((await specOf({}, { cgroups: 'always' })).spec?.cgroup).toEqual({});
    expect((await specOf({}, { cgroups: 'never' })).spec?.cgroup).toBeUndefined();
  });

  test.each([
    [{ user: 'root' }, { abilities: { user: false } }, 'as another user: only an agent that is root can'],
    [{ groups: [5] }, {}, 'in other groups: "groups" needs "user"'],
    [{ rlimits: { core: 0 } }, { abilities: { limits: false } }, 'with "rlimits": this agent\'s launcher'],
    [{ nice: 0 }, { abilities: { limits: false } }, 'with "nice"'],
    [{ capabilities: [] }, { abilities: { limits: false } }, 'with "capabilities"'],
    [{ no_new_privs: true }, { abilities: { limits: false } }, 'with "no_new_privs"'],
    [{ cgroup: {} }, { abilities: { cgroup: false } }, 'in a control group: this agent can make none'],
    [{}, { cgroups: 'always', abilities: { cgroup: false } }, 'in a control group: this agent can make none'],
    [{ cgroup: {} }, { cgroups: 'never' }, 'in a control group: "kill.cgroup" is "never"'],
    [{ pty: { columns: 80, rows: 24 } }, { abilities: { pty: false } }, 'on a terminal'],
  ] satisfies [object, Asked, string][])(
    'refuses what can not be given, and says why: %j',
    async (args, asked, message) => {
      await expect(specOf(args, asked)).rejects.toThrow(`Cannot run "true" ${message}`);
    },
  );
});
