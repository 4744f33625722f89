/** The options of `run` that confine the program, and the arguments of `core.system` they stand for. */
import { parseByteSize } from '../base/byte-size.ts';
import { writtenName, type OptionSpecs, type OptionValues } from './cli-command.ts';
import { UsageError } from './cli-error.ts';

export const CONFINEMENT_OPTIONS = {
  user: {
    type: 'text',
    short: 'u',
    value: 'USER[:GROUP]',
    summary: 'run it as this user, by name or number; the agent has to be root',
  },
  group: {
    type: 'text',
    value: 'GROUP',
    multiple: true,
    summary: 'supplementary group; without it, those the user is in',
  },
  memory: { type: 'text', value: 'SIZE', summary: 'memory for all its processes together, such as 512MiB' },
  cpus: { type: 'text', value: 'N', summary: 'processors’ worth of time for all of them, such as 1.5' },
  pids: { type: 'integer', value: 'N', min: 1, max: 4_194_304, summary: 'processes and threads it may have at once' },
  nice: { type: 'integer', value: 'N', min: -20, max: 19, summary: 'niceness, 19 is served last' },
  noNewPrivs: { type: 'flag', summary: 'nothing it executes may give it more rights, as sudo would' },
  rlimit: {
    type: 'text',
    value: 'NAME=VALUE',
    multiple: true,
    summary: 'limit of each process as prlimit has it: a number, "unlimited", or SOFT:HARD',
  },
  cap: {
    type: 'text',
    value: 'NAME',
    multiple: true,
    summary: 'capability it may keep, the others are gone; "none" for none',
  },
} as const satisfies OptionSpecs;

type Values = OptionValues<typeof CONFINEMENT_OPTIONS>;

/** The arguments of `core.system` that were asked for, and no others. Errors: UsageError. */
export function confinementArguments(options: Values): Record<string, unknown> {
  const { user, group, memory, cpus, pids, nice, noNewPrivs, rlimit, cap } = options;
  const cgroup = defined({ memory: readMemory(memory), cpus: readCpus(cpus), pids });
  return defined({
    user,
    groups: group.length === 0 ? undefined : group,
    // An empty list is not the same as none.
    capabilities: cap.length === 0 ? undefined : cap.filter((name) => name !== 'none'),
    no_new_privs: noNewPrivs ? true : undefined,
    rlimits: rlimit.length === 0 ? undefined : Object.fromEntries(rlimit.map(readLimit)),
    nice,
    cgroup: Object.keys(cgroup).length === 0 ? undefined : cgroup,
  });
}

/** The first of these options that was given, as it is written. */
export function givenConfinement(options: Values): string | undefined {
  const names = Object.keys(CONFINEMENT_OPTIONS) as (keyof Values)[];
  const name = names.find((option) => {
    const value = options[option];
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
  });
  return name === undefined ? undefined : `--${writtenName(name)}`;
}

function defined(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function readLimit(text: string): [string, unknown] {
  const split = text.indexOf('=');
  const [soft = '', ...rest] = text.slice(split + 1).split(':');
  const values = [soft, ...rest].map(readLimitValue);
  if (split <= 0 || rest.length > 1 || values.includes(undefined)) {
    throw new UsageError(
      `Cannot read --rlimit "${text}": a limit such as nofile=1024, core=0:unlimited or cpu=60 is wanted`,
    );
  }
  const [first, second] = values;
  return [text.slice(0, split), rest.length === 0 ? first : { soft: first, hard: second }];
}

function readLimitValue(text: string): number | 'unlimited' | undefined {
  if (text === 'unlimited') return text;
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

function readMemory(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  // Whoever knows container engines writes 64m or 64M.
  const written = /^\d+[kmg]$/i.test(text) ? `${text.slice(0, -1)}${text.slice(-1).toUpperCase()}iB` : text;
  const bytes = /^\d+$/.test(text) ? Number(text) : parseByteSize(written);
  if (bytes !== undefined) return bytes;
  throw new UsageError(`Cannot read --memory "${text}": a size such as 512MiB or 2GiB is wanted`);
}

function readCpus(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new UsageError(`Cannot read --cpus "${text}": a number such as 0.5 or 2 is wanted`);
}
