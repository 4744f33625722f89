/** What a `core.system` command may ask its program to be confined by, and what that means to a launcher. */
import * as z from 'zod';
import { parseByteSize } from '../../base/byte-size.ts';
import { nearestName } from '../../base/nearest-name.ts';
import { CAPABILITIES, parseCapability } from '../../host/confine/capabilities.ts';
import { RESOURCE_LIMITS } from '../../host/confine/resource-limits.ts';
import type { CgroupLimits, SpawnSpec } from '../../host/launcher.ts';

const LARGEST_ID = 2 ** 32 - 2;

/** The shells that confine a program need this many open files and this much memory themselves. */
const LEAST_FILES = 16;
const LEAST_MEMORY = 4 * 1024 ** 2;

const Name = z.union([z.int().min(0).max(LARGEST_ID), z.string().min(1).max(256)], {
  error: 'expected a name or a number from 0',
});

const LimitValue = z.union([z.int().min(0), z.literal('unlimited')], {
  error: 'expected a whole number from 0, or "unlimited"',
});

const Limit = z
  .union([LimitValue, z.strictObject({ soft: LimitValue, hard: LimitValue })], {
    error: 'expected a whole number from 0, "unlimited", or an object with "soft" and "hard" of these',
  })
  .transform((value) => (typeof value === 'object' ? value : { soft: value, hard: value }))
  .refine(({ soft, hard }) => asNumber(soft) <= asNumber(hard), 'expected a soft limit no greater than the hard one');

const LimitName = z.string().transform((text, context) => {
  const name = RESOURCE_LIMITS.find((known) => known === text);
  if (name !== undefined) return name;
  const nearest = nearestName(text, RESOURCE_LIMITS);
  const hint = nearest === undefined ? `expected one of ${RESOURCE_LIMITS.join(', ')}` : `did you mean "${nearest}"?`;
  context.addIssue({ code: 'custom', message: `"${text}" is no limit, ${hint}` });
  return z.NEVER;
});

const Limits = z
  .partialRecord(LimitName, Limit)
  .refine(
    ({ nofile }) => nofile === undefined || asNumber(nofile.soft) >= LEAST_FILES,
    `expected "nofile" of at least ${LEAST_FILES}`,
  );

const Memory = z
  .union([z.int(), z.string().transform((text, context) => parseByteSize(text) ?? refuseSize(context))], {
    error: 'expected a whole number of bytes, or a text such as "512MiB"',
  })
  .pipe(z.int().min(LEAST_MEMORY, `expected at least ${LEAST_MEMORY} bytes`));

function refuseSize(context: z.RefinementCtx): never {
  context.addIssue({ code: 'custom', message: 'expected a whole number of bytes, or a text such as "512MiB"' });
  return z.NEVER;
}

const KeptCapability = z.string().transform((text, context) => {
  const capability = parseCapability(text);
  if (capability !== undefined) return capability;
  const nearest = nearestName(text.replace(/^cap_/i, ''), CAPABILITIES);
  const hint = nearest === undefined ? 'expected one such as "net_bind_service"' : `did you mean "${nearest}"?`;
  context.addIssue({ code: 'custom', message: `"${text}" is no capability, ${hint}` });
  return z.NEVER;
});

/** Fields of the arguments of `core.system`. */
export const CONFINEMENT_FIELDS = {
  user: Name.nullish().describe(
    'Run it as this user: a name or number, or "user:group". Only root can. `HOME`, `USER`, `LOGNAME` and `SHELL` become the user’s.',
  ),
  groups: z
    .array(Name)
    .max(1024)
    .nullish()
    .describe('Supplementary groups, by name or number. Default: those the user is in.'),
  capabilities: z
    .array(KeptCapability)
    .max(64)
    .nullish()
    .describe('Capabilities it and its children may have at most, such as `net_bind_service`; `[]`: none.'),
  no_new_privs: z.boolean().nullish().describe('Nothing it executes may give it more rights, as `sudo` would.'),
  rlimits: Limits.nullish().describe(
    'Limits of each process, by the names of `prlimit`: a number, "unlimited", or `{soft, hard}`; in the kernel’s units.',
  ),
  nice: z.int().min(-20).max(19).nullish().describe('Niceness, 19 is served last.'),
  cgroup: z
    .strictObject({
      memory: Memory.nullish().describe('Bytes, or a text such as "512MiB". Whoever exceeds it is ended.'),
      cpus: z.number().min(0.01).max(10_000).nullish().describe('Processors’ worth of time, such as 1.5.'),
      pids: z.int().min(1).max(4_194_304).nullish().describe('Processes and threads at once.'),
    })
    .nullish()
    .describe('A control group of its own with these limits for all its processes together.'),
};

export type ConfinementArguments = {
  readonly [Field in keyof typeof CONFINEMENT_FIELDS]?: z.infer<(typeof CONFINEMENT_FIELDS)[Field]>;
};

/** When a program gets a control group: when limits ask for one, always, or never. */
export type CgroupMode = 'auto' | 'always' | 'never';

/** What a launcher is asked for beside the user, who has to be looked up first. */
export function confinementOf(
  args: ConfinementArguments,
  mode: CgroupMode,
): Pick<SpawnSpec, 'limits' | 'niceness' | 'capabilities' | 'noNewPrivileges' | 'cgroup'> {
  const { capabilities, no_new_privs: noNewPrivileges, rlimits: limits, nice: niceness } = args;
  const cgroup = cgroupOf(args, mode);
  return {
    ...(isGiven(capabilities) && { capabilities }),
    ...(noNewPrivileges === true && { noNewPrivileges }),
    ...(isGiven(limits) && { limits }),
    ...(isGiven(niceness) && { niceness }),
    ...(cgroup !== undefined && { cgroup }),
  };
}

function cgroupOf({ cgroup }: ConfinementArguments, mode: CgroupMode): CgroupLimits | undefined {
  if (!isGiven(cgroup)) return mode === 'always' ? {} : undefined;
  const { memory, cpus, pids } = cgroup;
  return {
    ...(isGiven(memory) && { memoryBytes: memory }),
    ...(isGiven(cpus) && { cpus }),
    ...(isGiven(pids) && { pids }),
  };
}

function isGiven<Value>(value: Value | null | undefined): value is Value {
  return value !== undefined && value !== null;
}

function asNumber(value: number | 'unlimited'): number {
  return value === 'unlimited' ? Infinity : value;
}
