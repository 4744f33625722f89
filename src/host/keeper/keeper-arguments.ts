/** What a keeper is told when it is started. Written by {@link keeperArguments}, read by {@link parseKeeperArguments}. */
export interface KeeperArguments {
  /** Absolute. */
  readonly dataDir: string;
  /** Where it listens; at most about 100 bytes. */
  readonly socket: string;
  /** Of the package, told to agents. */
  readonly version: string;
  /** How long it waits for an agent when it has nothing to keep, milliseconds; Infinity: for ever. */
  readonly idleMs: number;
  /** Present when somebody has started it to see after it: a service manager, a container, a person. */
  readonly attended?: Attendance;
}

/** What differs for a keeper that somebody sees after: it ends when it is told to, and tells what happens. */
export interface Attendance {
  /** The agent it keeps running itself: program, as an absolute path, and arguments. Empty: others start the agent. */
  readonly agent: readonly string[];
  /** How long that agent may take to end, milliseconds. */
  readonly agentStopMs: number;
}

/** How long a keeper waits by default. */
export const KEEPER_IDLE_MS = 10_000;

export function keeperArguments({ dataDir, socket, version, idleMs, attended }: KeeperArguments): string[] {
  return [
    ...['--data-dir', dataDir, '--socket', socket, '--version', version, '--idle-ms', String(idleMs)],
    ...(attended === undefined ? [] : ['--agent-stop-ms', String(attended.agentStopMs), '--', ...attended.agent]),
  ];
}

/** Errors: TypeError when one is missing or wrong. */
export function parseKeeperArguments(argv: readonly string[]): KeeperArguments {
  const end = argv.indexOf('--');
  const own = end < 0 ? argv : argv.slice(0, end);
  const value = (name: string): string => {
    const at = own.indexOf(name);
    const found = at < 0 ? undefined : own[at + 1];
    if (found === undefined) throw new TypeError(`Cannot start the keeper: "${name}" is missing`);
    return found;
  };
  const time = (name: string): number => {
    const ms = Number(value(name));
    if (!(ms >= 0)) throw new TypeError(`Cannot start the keeper: "${name}" is no time`);
    return ms;
  };
  return {
    dataDir: value('--data-dir'),
    socket: value('--socket'),
    version: value('--version'),
    idleMs: time('--idle-ms'),
    ...(end >= 0 && { attended: { agent: argv.slice(end + 1), agentStopMs: time('--agent-stop-ms') } }),
  };
}
