import { readFileSync } from 'node:fs';
import path from 'node:path';

import type { Clock } from '../../base/clock.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import { bootId, isKeeperAlive, type KeeperRecord, readKeeperRecord } from '../keeper/keeper-file.ts';
import { commonProtocol, type KeeperHello, type ProtocolRange } from '../keeper/protocol.ts';
import { KeeperLink } from './link.ts';
import { startKeeper, type StartedKeeper, type StartKeeperOptions } from './start-keeper.ts';

export interface ReachOptions extends StartKeeperOptions {
  readonly clock: Clock;
  /** How long a keeper may take to answer, milliseconds. */
  readonly patienceMs: number;
  readonly protocol: ProtocolRange;
  /** Somebody else starts the keeper: it is waited for, and none is started here. @default false */
  readonly isAttended?: boolean;
}

/** How one attempt is to go. */
export interface ReachAttempt {
  /** Given up when it is aborted. */
  readonly signal: AbortSignal;
  /** Called when it takes longer than the patience, with the reason; the attempt goes on. May throw to end it. */
  readonly onTrouble: (why: string) => void;
}

export interface ReachedKeeper {
  readonly link: KeeperLink;
  readonly hello: KeeperHello;
}

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 250;

/** A keeper that was just started is not listening yet; starting Node takes its time on a busy machine. */
const START_MS = 20_000;

/** Between two keepers that could not start. */
const RETRY_MS = 1_000;

/**
 * Connects to the keeper of a data directory, and starts one where there is none. One that is alive is never passed
 * over, however long it is silent: two keepers on one directory would mean two processes for one run.
 */
export class KeeperReach {
  readonly #options: ReachOptions;
  #started: StartedKeeper | undefined;
  /** The one this agent had last. */
  #last: KeeperRecord | undefined;

  constructor(options: ReachOptions) {
    this.#options = options;
  }

  /**
   * Resolves when a keeper has said hello that can be understood.
   *
   * Errors: AgentError `keeper-unavailable` for one of an incompatible version; the signal's reason; what `onTrouble`
   * throws.
   */
  async reach(attempt: ReachAttempt): Promise<ReachedKeeper> {
    for (;;) {
      const link = await this.#connect(attempt);
      const hello = await this.#hear(link, attempt);
      if (hello === undefined) continue;
      if (await this.#makesRoom(link, hello)) continue;
      const { protocol, version, dataDir, socket } = this.#options;
      if (commonProtocol(protocol, hello) === undefined) {
        link.destroy();
        throw new AgentError(
          'keeper-unavailable',
          `Cannot use the keeper of "${dataDir}" (pid ${hello.pid}): it is of version ${hello.version} and speaks protocol ${hello.protocol} (${hello.oldest} at least), this agent of version ${version} speaks ${protocol.protocol} (${protocol.oldest} at least); it keeps ${hello.runs} runs, so start the version it belongs to, or let them end`,
        );
      }
      const { pid, startTime } = hello;
      this.#last = { pid, startTime, boot: bootId(), socket };
      return { link, hello };
    }
  }

  async #connect({ signal, onTrouble }: ReachAttempt): Promise<KeeperLink> {
    const { clock, patienceMs, protocol, version } = this.#options;
    const began = clock.monotonic();
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      signal.throwIfAborted();
      const alive = this.#findAlive();
      try {
        return await KeeperLink.connect(alive?.socket ?? this.#options.socket, { ...protocol, version });
      } catch (error) {
        const { isStarting, failure } = this.#startUnless(
          alive !== undefined || !isNobodyThere(error) || this.#options.isAttended === true,
        );
        const waitedMs = clock.monotonic() - began;
        if (failure !== undefined) {
          onTrouble(`The keeper can not be started: ${failure}${this.#lastWords()}`);
          pauseMs = RETRY_MS;
        } else if (waitedMs > (isStarting ? START_MS : patienceMs)) {
          onTrouble(
            alive === undefined
              ? this.#absence()
              : `The keeper (pid ${alive.pid}) can not be reached: ${error instanceof Error ? error.message : String(error)}`,
          );
        }
      }
      await pause(clock, pauseMs, signal);
    }
  }

  #absence(): string {
    if (this.#options.isAttended !== true) return 'The keeper does not start';
    return `No keeper of "${this.#options.dataDir}" runs, and "agent.launcher" says that somebody else starts it`;
  }

  /** Who is known to be alive: as the directory says, or as it was known last. */
  #findAlive(): KeeperRecord | undefined {
    return [readKeeperRecord(this.#options.dataDir), this.#last].find(
      (record) => record !== undefined && isKeeperAlive(record),
    );
  }

  /** Starts a keeper where there is none and none is being started. `failure`: one was started and could not; then the next call starts another. */
  #startUnless(isThere: boolean): { readonly isStarting: boolean; readonly failure?: string } {
    if (isThere) return { isStarting: false };
    const started = this.#started;
    const end = started?.end();
    if (started !== undefined && end === undefined) return { isStarting: true };
    this.#started = undefined;
    if (end?.isFailure === true && this.#last?.pid !== started?.pid) return { isStarting: true, failure: end.how };
    this.#started = startKeeper(this.#options);
    return { isStarting: true };
  }

  /** Its hello; undefined when it closed the connection instead. */
  async #hear(link: KeeperLink, { signal, onTrouble }: ReachAttempt): Promise<KeeperHello | undefined> {
    const { clock, patienceMs } = this.#options;
    const late = Promise.withResolvers<never>();
    const giveUp = (error: unknown): void => {
      late.reject(error instanceof Error ? error : new Error(String(error)));
    };
    using _patience = clock.after(patienceMs, () => {
      const pid = this.#findAlive()?.pid;
      try {
        onTrouble(silence(pid));
      } catch (error) {
        giveUp(error);
      }
    });
    const onAbort = (): void => {
      giveUp(signal.reason);
    };
    signal.addEventListener('abort', onAbort);
    try {
      return await Promise.race([link.hello.catch(() => undefined), late.promise]);
    } catch (error) {
      link.destroy();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** One of another version that has nothing to keep is asked to end, so that one of ours can be started. */
  async #makesRoom(link: KeeperLink, hello: KeeperHello): Promise<boolean> {
    const { protocol, version } = this.#options;
    const isOurs = hello.protocol === protocol.protocol && hello.version === version;
    if (isOurs || hello.runs > 0 || hello.pid === this.#started?.pid) return false;
    return await link.leave();
  }

  /** The last line of the keeper's log says why it could not start. */
  #lastWords(): string {
    try {
      const log = readFileSync(path.join(this.#options.dataDir, 'keeper.log'), 'utf8').trimEnd();
      return ` (${log.slice(log.lastIndexOf('\n') + 1)})`;
    } catch {
      return '';
    }
  }
}

/** What is said of a keeper that is alive and silent. */
export function silence(pid: number | undefined): string {
  return `The keeper${pid === undefined ? '' : ` (pid ${pid})`} does not answer`;
}

function isNobodyThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ECONNREFUSED');
}

async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  const done = Promise.withResolvers<undefined>();
  const finish = (): void => {
    done.resolve(undefined);
  };
  using _timer = clock.after(ms, finish);
  signal.addEventListener('abort', finish, { once: true });
  await done.promise;
  signal.removeEventListener('abort', finish);
}
