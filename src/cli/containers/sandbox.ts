/** A container for one program: made, run, and removed by the agent when the program has ended, whoever is there then. */
import { randomBytes } from 'node:crypto';
import type { OptionValues } from '../cli-command.ts';
import { UsageError } from '../cli-error.ts';
import { confinementArguments } from '../confinement-options.ts';
import { runCommand, type RUN_OPTIONS, type RunCaller } from '../run-command.ts';
import { formatBytes } from '../sizes.ts';
import { USUAL_SIZE, type TerminalSize } from '../terminal/caller-terminal.ts';
import { type CONTAINER_OPTIONS, readMount } from './container-options.ts';
import { readPort } from './read-port.ts';

type Values = OptionValues<typeof RUN_OPTIONS & typeof CONTAINER_OPTIONS>;

/** What a program in a container of its own can't be told, since its main process is one run and no more. */
const NOT_TAKEN: readonly (keyof Values)[] = [
  'after',
  'queue',
  'priority',
  'timeout',
  'maxRestart',
  'every',
  'successCode',
  'stats',
  'keep',
  'ttl',
  'raw',
  'command',
  'args',
  'group',
  'nice',
  'noNewPrivs',
  'rlimit',
];

/** What a runtime needs to make one. */
const LEAST_MEMORY = 6 * 1024 ** 2;

/** The arguments of `container.create`. Errors: UsageError. */
export function sandboxArguments(
  options: Values,
  words: readonly string[],
  caller: RunCaller,
  size: TerminalSize = USUAL_SIZE,
): Record<string, unknown> {
  const wrong = NOT_TAKEN.find((name) => {
    const value = options[name];
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
  });
  if (wrong !== undefined) {
    const written = wrong.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new UsageError(`Cannot use --${written} with --image: the container’s main process runs once, as it is`);
  }
  const { cap, user } = options;
  const { args: [program, ...rest] = [], env } = programOf(options, words, caller);
  const { cgroup = {} } = confinementArguments({ ...options, user: undefined, cap: [] }) as {
    cgroup?: { memory?: number; cpus?: number; pids?: number };
  };
  const { memory, cpus, pids } = cgroup;
  if (memory !== undefined && memory < LEAST_MEMORY) {
    throw new UsageError(
      `Cannot use so little --memory with --image: a container has ${formatBytes(LEAST_MEMORY)} at least`,
    );
  }
  return given({
    name: options.id ?? `run-${randomBytes(4).toString('hex')}`,
    image: options.image,
    entry_point: program === undefined ? undefined : given({ path: program, args: rest, dir: options.cwd }),
    env,
    user,
    tags: options.tag,
    network: options.network,
    ports: options.publish.map(readPort),
    mounts: options.mount.map(readMount),
    capabilities: cap.filter((name) => name !== 'none'),
    users: options.users,
    read_only: options.readOnly,
    limits: given({ memory_mb: memory === undefined ? undefined : Math.ceil(memory / 1024 ** 2), cpus, pids }),
    open_stdin: options.stdin,
    terminal: options.tty ? { columns: size.columns, rows: size.rows } : undefined,
    stop_grace: options.grace,
    auto_remove: true,
    run_state: 'running',
  });
}

/** Without a program the image says what is run. */
function programOf(
  options: Values,
  words: readonly string[],
  caller: RunCaller,
): { readonly args?: readonly string[]; readonly env: Record<string, string> } {
  // What it is told of the kind of its terminal is the caller's, unless that is said.
  const terminal = options.tty && caller.env['TERM'] !== undefined ? [`TERM=${caller.env['TERM']}`] : [];
  const plain = { ...options, env: [...terminal, ...options.env], cwd: undefined, user: undefined, cap: [] };
  const { arguments: read } = runCommand(plain, words.length === 0 ? ['-'] : words, { ...caller, isLocal: false });
  const { env = {} } = read as { env?: Record<string, string> };
  return { ...(words.length > 0 && { args: words }), env };
}

function given(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
