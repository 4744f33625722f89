/** What can be found out about the keeper of a data directory, and about what keepers need, without an agent. */
import { systemClock } from '../base/clock.ts';
import { inTime } from '../base/in-time.ts';
import { isKeeperAlive, readKeeperRecord } from '../host/keeper/keeper-file.ts';
import { commonProtocol, KEEPER_PROTOCOL, type KeeperHello } from '../host/keeper/protocol.ts';
import { KeeperLink } from '../host/keeper-client/link.ts';
import { RUN_MARKER } from '../host/launcher.ts';
import { hasEnded, readCommandLine, readProcesses, readVariable } from '../host/procfs.ts';
import { errorMessage } from '../protocol/agent-error.ts';
import { AGENT_VERSION } from './version.ts';

/** A keeper that is there. */
export interface KeeperExamination {
  readonly pid: number;
  readonly socket: string;
  /** What it answers; undefined when it does not in time. */
  readonly answer?: {
    readonly version: string;
    /** Runs that are alive, and ended ones that no agent has forgotten. */
    readonly runs: number;
    /** Whether an agent of this version can use it. */
    readonly isUsable: boolean;
  };
  /** Children of it that carry no sign of a run. */
  readonly strangers: readonly { readonly pid: number; readonly command: string }[];
}

const PATIENCE_MS = 3_000;

/** The keeper of a data directory, if its files name one that is alive. */
export async function examineKeeper(dataDir: string): Promise<KeeperExamination | undefined> {
  const record = readKeeperRecord(dataDir);
  if (record === undefined || !isKeeperAlive(record)) return undefined;
  const { pid, socket } = record;
  const hello = await inTime(systemClock, PATIENCE_MS, greet(socket), undefined);
  return { pid, socket, strangers: await strangersOf(pid), ...(hello && { answer: answerOf(hello) }) };
}

/** Why this machine can not run a keeper; undefined when it can. */
export async function whyNoKeeper(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'only Linux has what it needs';
  try {
    const { canBeSubreaper } = await import('../host/keeper/libc.ts');
    return canBeSubreaper() ? undefined : 'the system gives no orphans to a process that asks for them';
  } catch (error) {
    return errorMessage(error);
  }
}

function answerOf({ version, runs, protocol, oldest }: KeeperHello): NonNullable<KeeperExamination['answer']> {
  const isUsable = commonProtocol(KEEPER_PROTOCOL, { protocol, oldest }) !== undefined;
  return { version, runs, isUsable };
}

async function greet(socket: string): Promise<KeeperHello | undefined> {
  try {
    const link = await KeeperLink.connect(socket, { ...KEEPER_PROTOCOL, version: AGENT_VERSION });
    // Whoever gives up waiting must not be kept by the connection.
    using _patience = systemClock.after(PATIENCE_MS, () => {
      link.destroy();
    });
    try {
      return await link.hello;
    } finally {
      link.destroy();
    }
  } catch {
    return undefined;
  }
}

/** An agent that the keeper keeps running is none. */
async function strangersOf(keeper: number): Promise<KeeperExamination['strangers']> {
  const children = [...(await readProcesses()).values()].filter((each) => each.parent === keeper && !hasEnded(each));
  const pids = children.map(({ pid }) => pid);
  const [marked, agents] = await Promise.all([readVariable(pids, RUN_MARKER), readVariable(pids, 'COREX_LAUNCHER')]);
  const strangers = children.filter(({ pid }) => !marked.has(pid) && agents.get(pid) !== 'running-keeper');
  return Promise.all(strangers.map(async (each) => ({ pid: each.pid, command: await readCommandLine(each) })));
}
