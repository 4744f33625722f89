import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';

import { ALLOWED_SYSTEM_CALLS } from '../../../src/oci/spec/allowed-system-calls.ts';
import { buildRuntimeConfig } from '../../../src/oci/spec/build-config.ts';
import {
  ADDABLE_CAPABILITIES,
  containerCapabilities,
  DEFAULT_CAPABILITIES,
} from '../../../src/oci/spec/container-capabilities.ts';
import { LEAST_MEMORY_BYTES } from '../../../src/oci/spec/container-limits.ts';
import type { ContainerGround, ContainerPlan } from '../../../src/oci/spec/container-plan.ts';

const GROUND: ContainerGround = {
  cgroupParent: 'corex',
  limits: ['memory', 'cpu', 'pids'],
  canLimitSwap: true,
  canLimitDevices: true,
  architecture: 'x64',
};

const PLAN: ContainerPlan = {
  id: 'c1',
  root: { path: '/roots/c1' },
  process: { args: ['sh'], env: {} },
  network: { type: 'none' },
  capabilities: DEFAULT_CAPABILITIES,
};

const id = z.int().min(0).max(0xffff_ffff);
const names = z.array(z.string().regex(/^CAP_[A-Z_]+$/));
const mappings = z.array(z.strictObject({ containerID: id, hostID: id, size: z.int().min(1) })).optional();

/** What the specification demands of the parts we write. */
const schema = z.strictObject({
  ociVersion: z.literal('1.0.2'),
  process: z.strictObject({
    terminal: z.boolean(),
    consoleSize: z.strictObject({ width: z.int(), height: z.int() }).optional(),
    user: z.strictObject({ uid: id, gid: id, umask: id, additionalGids: z.array(id).optional() }),
    args: z.array(z.string()).min(1),
    env: z.array(z.string().regex(/^[^=\0]+=[^\0]*$/s)),
    cwd: z.string().startsWith('/'),
    capabilities: z.strictObject({
      bounding: names,
      effective: names,
      permitted: names,
      inheritable: names,
      ambient: names,
    }),
    rlimits: z.array(z.strictObject({ type: z.string().regex(/^RLIMIT_[A-Z]+$/), soft: z.number(), hard: z.number() })),
    noNewPrivileges: z.boolean(),
    oomScoreAdj: z.int().min(-1000).max(1000),
  }),
  root: z.strictObject({ path: z.string().startsWith('/'), readonly: z.boolean() }),
  hostname: z.string().min(1).max(63),
  mounts: z.array(
    z.strictObject({
      destination: z.string().startsWith('/'),
      type: z.string(),
      source: z.string(),
      options: z.array(z.string()),
    }),
  ),
  linux: z.strictObject({
    namespaces: z.array(z.strictObject({ type: z.string(), path: z.string().optional() })),
    uidMappings: mappings,
    gidMappings: mappings,
    cgroupsPath: z.string().optional(),
    resources: z
      .strictObject({
        devices: z.array(z.strictObject({ allow: z.literal(false), access: z.literal('rwm') })).optional(),
        memory: z.strictObject({ limit: z.int(), swap: z.int().optional() }).optional(),
        cpu: z.strictObject({ quota: z.int().min(1000), period: z.int() }).optional(),
        pids: z.strictObject({ limit: z.int().min(1) }).optional(),
      })
      .optional(),
    seccomp: z.looseObject({ defaultAction: z.literal('SCMP_ACT_ERRNO') }),
    maskedPaths: z.array(z.string()).min(5),
    readonlyPaths: z.array(z.string()).min(4),
    rootfsPropagation: z.literal('private'),
  }),
});

const plans: fc.Arbitrary<ContainerPlan> = fc.record(
  {
    id: fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,20}[a-z0-9]$/),
    root: fc.record({ path: fc.constant('/r'), readOnly: fc.boolean() }),
    process: fc.record({
      args: fc.array(
        fc.string({ minLength: 1 }).filter((text) => !text.includes('\0')),
        { minLength: 1, maxLength: 4 },
      ),
      env: fc.dictionary(
        fc.stringMatching(/^[A-Z_]{1,8}$/),
        fc.string().filter((text) => !text.includes('\0')),
      ),
      user: fc.record({ uid: fc.nat(), gid: fc.nat(), groups: fc.array(fc.nat(), { maxLength: 3 }) }),
      cwd: fc.constantFrom('/', '/srv', '/a b'),
    }),
    network: fc.constantFrom<ContainerPlan['network']>(
      { type: 'none' },
      { type: 'host' },
      { type: 'joined', file: '/n/c1' },
    ),
    capabilities: fc.subarray([...DEFAULT_CAPABILITIES, ...ADDABLE_CAPABILITIES]),
    idMap: fc.record({ uid: fc.nat(1e6), gid: fc.nat(1e6), size: fc.integer({ min: 1, max: 65_536 }) }),
    limits: fc.record(
      {
        memoryBytes: fc.integer({ min: LEAST_MEMORY_BYTES, max: 2 ** 40 }),
        cpus: fc.double({ min: 0.01, max: 64, noNaN: true }),
        pids: fc.integer({ min: 1, max: 1e6 }),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['id', 'root', 'process', 'network', 'capabilities'] },
);

describe('buildRuntimeConfig()', () => {
  test('writes what the specification allows, closed unless asked otherwise, whatever the plan', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const config = buildRuntimeConfig(plan, GROUND);
        expect(schema.safeParse(config).error).toBeUndefined();
        const types = config.linux.namespaces.map(({ type }) => type);
        expect(types).toEqual(expect.arrayContaining(['pid', 'mount', 'uts', 'ipc', 'cgroup']));
        expect(types.includes('network')).toBe(plan.network.type !== 'host');
        expect(types.includes('user')).toBe(plan.idMap !== undefined);
        expect(config.process.noNewPrivileges).toBe(true);
        const { bounding, effective, inheritable, ambient } = config.process.capabilities;
        expect(bounding).not.toContain('CAP_SYS_ADMIN');
        expect([...inheritable, ...ambient]).toEqual([]);
        if (plan.process.user !== undefined && plan.process.user.uid !== 0) expect(effective).toEqual([]);
        const places = config.mounts.map(({ destination }) => destination);
        expect(new Set(places).size).toBe(places.length);
        for (const [at, place] of places.entries()) {
          // Nothing is mounted over what was mounted before.
          expect(places.slice(0, at).some((earlier) => earlier.startsWith(`${place}/`))).toBe(false);
        }
        expect(config.linux.resources?.pids?.limit).toBeGreaterThan(0);
      }),
      { numRuns: 150 },
    );
  });

  test('lets programs ask the kernel for nothing that changes the machine', () => {
    const { syscalls } = buildRuntimeConfig(
      { ...PLAN, capabilities: [...DEFAULT_CAPABILITIES, ...ADDABLE_CAPABILITIES] },
      GROUND,
    ).linux.seccomp ?? { syscalls: [] };
    const free = new Set(
      syscalls.flatMap(({ names: each, action, args }) =>
        action === 'SCMP_ACT_ALLOW' && args === undefined ? each : [],
      ),
    );
    for (const name of [
      'mount',
      'setns',
      'unshare',
      'bpf',
      'init_module',
      'kexec_load',
      'reboot',
      'keyctl',
      'io_uring_setup',
      'open_by_handle_at',
      'userfaultfd',
      'clock_settime',
      'swapon',
      'clone',
      'clone3',
      'socket',
    ])
      expect([name, free.has(name)]).toEqual([name, false]);
    for (const name of ['read', 'openat', 'execve', 'futex', 'ptrace', 'chroot']) expect(free.has(name)).toBe(true);
    expect(ALLOWED_SYSTEM_CALLS).toEqual([...new Set(ALLOWED_SYSTEM_CALLS)].toSorted((a, b) => (a < b ? -1 : 1)));
    expect(ALLOWED_SYSTEM_CALLS).not.toContain('ptrace');
  });

  test.each<[string, Partial<ContainerPlan>, string]>([
    ['an id that is a path', { id: '../x' }, 'bad-arguments'],
    ['no program', { process: { args: [], env: {} } }, 'bad-arguments'],
    ['a NUL in an argument', { process: { args: ['a\0b'], env: {} } }, 'bad-arguments'],
    ['a NUL in a variable', { process: { args: ['a'], env: { A: 'b\0' } } }, 'bad-arguments'],
    ['a variable without a name', { process: { args: ['a'], env: { '': 'b' } } }, 'bad-arguments'],
    ['a variable with "=" in its name', { process: { args: ['a'], env: { 'A=B': 'c' } } }, 'bad-arguments'],
    ['a relative directory', { process: { args: ['a'], env: {}, cwd: 'x' } }, 'bad-directory'],
    ['a directory of the kernel', { process: { args: ['a'], env: {}, cwd: '/x/../proc/self/fd/7' } }, 'bad-directory'],
    ['a user below 0', { process: { args: ['a'], env: {}, user: { uid: -1, gid: 0 } } }, 'bad-arguments'],
    ['a group that is none', { process: { args: ['a'], env: {}, user: { uid: 0, gid: 2 ** 32 } } }, 'bad-arguments'],
    ['too little memory', { limits: { memoryBytes: 1000 } }, 'bad-arguments'],
    ['half a byte', { limits: { memoryBytes: 10_000_000.5 } }, 'bad-arguments'],
    ['no processor', { limits: { cpus: 0 } }, 'bad-arguments'],
    ['a processor that is no number', { limits: { cpus: Number.NaN } }, 'bad-arguments'],
    ['no process', { limits: { pids: 0 } }, 'bad-arguments'],
    ['a machine name with a blank', { hostname: 'a b' }, 'bad-arguments'],
    ['users beyond the last', { idMap: { uid: 0xffff_fff0, gid: 0, size: 100 } }, 'bad-arguments'],
    ['memory at the root', { tmpfs: [{ destination: '/' }] }, 'forbidden'],
    ['memory over the files of the kernel', { tmpfs: [{ destination: '/proc/sys' }] }, 'forbidden'],
    ['memory at a path with ".."', { tmpfs: [{ destination: '/a/../proc' }] }, 'bad-path'],
    ['memory at a relative path', { tmpfs: [{ destination: 'a' }] }, 'bad-path'],
    ['two things at one place', { tmpfs: [{ destination: '/a' }, { destination: '/a' }] }, 'bad-arguments'],
    [
      'a soft limit above the hard one',
      { process: { args: ['a'], env: {}, limits: { nofile: { soft: 2, hard: 1 } } } },
      'bad-arguments',
    ],
  ])('refuses %s', (_what, parts, code) => {
    expect(() => buildRuntimeConfig({ ...PLAN, ...parts }, GROUND)).toThrow(expect.objectContaining({ code }));
  });

  test('refuses limits where there are no control groups for them, and does without where none is asked for', () => {
    const ground = { ...GROUND, cgroupParent: undefined, limits: [] };
    expect(() => buildRuntimeConfig({ ...PLAN, limits: { pids: 5 } }, ground)).toThrow(/Cannot limit "pids"/);
    expect(buildRuntimeConfig(PLAN, ground).linux).not.toHaveProperty('resources');
  });
});

describe('containerCapabilities()', () => {
  test('adds and drops by any spelling', () => {
    expect(containerCapabilities({ drop: 'all', add: ['CAP_NET_RAW', 'chown', 'NET_RAW'] })).toEqual([
      'net_raw',
      'chown',
    ]);
    expect(containerCapabilities({ drop: ['Cap_Chown'] })).not.toContain('chown');
    expect(containerCapabilities({})).toEqual(DEFAULT_CAPABILITIES);
  });

  test.each([
    [{ add: ['sys_admin'] }, 'forbidden'],
    [{ add: ['sys_module'] }, 'forbidden'],
    [{ add: ['sys_flying'] }, 'bad-arguments'],
    [{ drop: ['everything'] }, 'bad-arguments'],
    [{ add: ['net_admin'], sharesNetwork: true }, 'forbidden'],
  ])('refuses %j', (choice, code) => {
    expect(() => containerCapabilities(choice)).toThrow(expect.objectContaining({ code }));
  });
});
