/** What a keeper is told when it is started. Written by {@link keeperArguments}, read by {@link parseKeeperArguments}. */
export interface KeeperArguments {
  /** Absolute. */
  readonly dataDir: string;
  /** Where it listens; at most about 100 bytes. */
  readonly socket: string;
  /** Of the package, told to agents. */
  readonly version: string;
  /** How long it waits for an agent when it has nothing to keep, milliseconds. */
  readonly idleMs: number;
}

/** How long a keeper waits by default. */
export const KEEPER_IDLE_MS = 10_000;

export function keeperArguments({ dataDir, socket, version, idleMs }: KeeperArguments): string[] {
  return ['--data-dir', dataDir, '--socket', socket, '--version', version, '--idle-ms', String(idleMs)];
}

/** Errors: TypeError when one is missing or wrong. */
export function parseKeeperArguments(argv: readonly string[]): KeeperArguments {
  const value = (name: string): string => {
    const at = argv.indexOf(name);
    const found = at < 0 ? undefined : argv[at + 1];
    if (found === undefined) throw new TypeError(`Cannot start the keeper: "${name}" is missing`);
    return found;
  };
  const idleMs = Number(value('--idle-ms'));
  if (!(idleMs >= 0)) throw new TypeError('Cannot start the keeper: "--idle-ms" is no time');
  return { dataDir: value('--data-dir'), socket: value('--socket'), version: value('--version'), idleMs };
}
