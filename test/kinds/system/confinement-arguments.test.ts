import { describe, expect, test } from 'vitest';

import { confinementOf } from '../../../src/kinds/system/confinement-arguments.ts';
import { parseSystemArguments } from '../../../src/kinds/system/system-arguments.ts';
import { parseCommand } from '../../../src/protocol/command.ts';

function parse(args: object) {
  return parseSystemArguments(parseCommand({ command: 'core.system', arguments: { name: 'a', ...args } }));
}

describe('the arguments that confine a program', () => {
  test('become what a launcher understands', () => {
    const args = parse({
      user: 'ann:users',
      groups: [5, 'disk'],
      capabilities: ['CAP_NET_ADMIN', 'chown'],
      no_new_privs: true,
      rlimits: { nofile: 1024, core: { soft: 0, hard: 'unlimited' }, as: 'unlimited' },
      nice: -5,
      cgroup: { memory: '512 MiB', cpus: 1.5, pids: 100 },
    });
    expect(confinementOf(args, 'auto')).toEqual({
      capabilities: ['net_admin', 'chown'],
      noNewPrivileges: true,
      limits: {
        nofile: { soft: 1024, hard: 1024 },
        core: { soft: 0, hard: 'unlimited' },
        as: { soft: 'unlimited', hard: 'unlimited' },
      },
      niceness: -5,
      cgroup: { memoryBytes: 512 * 1024 ** 2, cpus: 1.5, pids: 100 },
    });
  });

  test('ask for nothing when they are missing, null or off', () => {
    const nothing = { user: null, groups: null, capabilities: null, no_new_privs: false, rlimits: null, nice: null };
    expect(confinementOf(parse({}), 'auto')).toEqual({});
    expect(confinementOf(parse({ ...nothing, cgroup: null }), 'never')).toEqual({});
    expect(confinementOf(parse({ capabilities: [], cgroup: { memory: null } }), 'auto')).toEqual({
      capabilities: [],
      cgroup: {},
    });
  });

  test('give every program a control group where the agent is told so', () => {
    expect(confinementOf(parse({}), 'always')).toEqual({ cgroup: {} });
    expect(confinementOf(parse({ cgroup: { pids: 5 } }), 'always')).toEqual({ cgroup: { pids: 5 } });
  });

  test.each([
    [{ user: -1 }, '"user": '],
    [{ user: true }, '"user": expected a name or a number from 0'],
    [{ user: 4_294_967_295 }, '"user"'],
    [{ groups: [''] }, '"groups.0": '],
    [{ capabilities: ['net_admn'] }, '"net_admn" is no capability, did you mean "net_admin"?'],
    [{ capabilities: ['everything at all'] }, 'expected one such as "net_bind_service"'],
    [{ rlimits: { nofiles: 5 } }, '"rlimits.nofiles": "nofiles" is no limit, did you mean "nofile"?'],
    [{ rlimits: { everything: 5 } }, '"everything" is no limit, expected one of as, core, cpu'],
    [{ rlimits: { core: -1 } }, '"rlimits.core": '],
    [{ rlimits: { core: true } }, '"rlimits.core": expected a whole number from 0, "unlimited", or an object'],
    [{ rlimits: { core: 'lots' } }, '"rlimits.core": expected a whole number'],
    [{ rlimits: { core: { soft: 5, hard: 4 } } }, 'expected a soft limit no greater than the hard one'],
    [{ rlimits: { nofile: 3 } }, 'expected "nofile" of at least 16'],
    [{ nice: 20 }, '"nice": '],
    [{ nice: 1.5 }, '"nice": '],
    [{ cgroup: { memory: '1 MB' } }, 'expected a whole number of bytes, or a text such as "512MiB"'],
    [{ cgroup: { memory: 1000 } }, '"cgroup.memory": expected at least 4194304 bytes'],
    [{ cgroup: { cpus: 0 } }, '"cgroup.cpus"'],
    [{ cgroup: { pids: 0 } }, '"cgroup.pids"'],
    [{ cgroup: { mem: 5 } }, 'unknown key "cgroup.mem"'],
  ])('are refused when wrong, with what would be right: %j', (args, message) => {
    expect(() => parse(args)).toThrow(message);
  });
});
