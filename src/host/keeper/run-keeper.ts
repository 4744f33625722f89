/** The keeper process: puts its parts together and decides what ends it. */
import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';

import { systemClock } from '../../base/clock.ts';
import { inTime } from '../../base/in-time.ts';
import { Rest } from '../../base/rest.ts';
import type { Launcher } from '../launcher.ts';
import { giveBackUnusedMemory } from '../unused-memory.ts';
import type { AgentProcess } from './agent-process.ts';
import { tellAttendant } from './attendance.ts';
import { SocketTaken } from './claim-socket.ts';
import type { KeeperArguments } from './keeper-arguments.ts';
import { keeperFilesSay, type KeeperRecord, ownRecord, removeKeeperFiles, writeKeeperFiles } from './keeper-file.ts';
import { KeeperLog } from './keeper-log.ts';
import { KeeperServer } from './keeper-server.ts';
import { Life } from './life.ts';

/** How often the keeper looks whether its directory, its socket and its files are there. */
const LOOK_EVERY_MS = 2_000;

/** After a sign that its directory is being removed: long enough for that to be over. */
const LOOK_SOON_MS = 200;

/** When nothing began or ended for the first, and each time something did for the second, freed memory is given back. */
const QUIET_MS = 300;
const REST_MS = 10_000;

/** What runs get to end by themselves when their directory is gone, and how long their end is waited for. */
const GRACE_MS = 2_000;
const LAST_WAIT_MS = 10_000;
/** On a disk that does not answer its files come later, or never. */
const FILES_MS = 1_000;

/**
 * Serves a launcher until nobody needs it any more, or whoever attends it has had enough, then ends this process. Keeps
 * `agent` running meanwhile, if there is one. Must be called once in a process.
 */
export async function runKeeper(launcher: Launcher, options: KeeperArguments, agent?: AgentProcess): Promise<void> {
  await new Keeper(launcher, options, agent).start();
}

class Keeper {
  readonly #options: KeeperArguments;
  readonly #log: KeeperLog;
  readonly #server: KeeperServer;
  readonly #life: Life;
  readonly #record: KeeperRecord;
  readonly #agent: AgentProcess | undefined;
  #exitCode = 0;
  #graceMs = GRACE_MS;
  #watcher: FSWatcher | undefined;
  #isEnding = false;
  #isLooking = false;
  /** Its files were not there at the last look. Whoever is removing the directory must not meet new ones. */
  #wereMissing = true;
  #nextLook: Disposable | undefined;
  #writesFail = false;

  constructor(launcher: Launcher, options: KeeperArguments, agent: AgentProcess | undefined) {
    this.#options = options;
    this.#agent = agent;
    this.#log = new KeeperLog(path.join(options.dataDir, 'keeper.log'), systemClock);
    this.#record = ownRecord(options.socket);
    const onRest = (): void => void giveBackUnusedMemory();
    const rest = new Rest({ clock: systemClock, quietMs: QUIET_MS, latestMs: REST_MS, onRest });
    this.#server = new KeeperServer({
      launcher,
      socketPath: options.socket,
      version: options.version,
      mayLeave: options.attended === undefined,
      log: (line) => {
        this.#say(line);
      },
      // An agent that is answered may be killed at once: the next one and people find the keeper by its files.
      onClaimed: () => inTime(systemClock, FILES_MS, this.#look(), undefined),
      onLeave: () => {
        this.#life.end('Its agent needs it no more and left nothing');
      },
      onChange: () => {
        this.#life.look();
        rest.stir();
      },
    });
    this.#life = new Life({
      clock: systemClock,
      idleMs: options.idleMs,
      facts: () => ({ isOwned: this.#server.isOwned, runs: this.#server.table.size }),
      onEnd: (why) => {
        void this.#end(why);
      },
    });
  }

  async start(): Promise<void> {
    this.#surviveErrors();
    // Before anybody can find it: it would end by a signal that comes first.
    this.#heedSignals();
    try {
      await this.#server.start();
    } catch (error) {
      this.#say(`The keeper can not start: ${messageOf(error)}`);
      await this.#log.flush();
      // Whoever wants a keeper there has one, but not whoever wants to attend to it.
      process.exit(error instanceof SocketTaken && this.#options.attended === undefined ? 0 : 1);
    }
    this.#say(
      `The keeper (pid ${process.pid}) keeps "${this.#options.dataDir}", listening at "${this.#options.socket}"`,
    );
    this.#life.look();
    this.#agent?.start({
      say: (line) => {
        this.#say(line);
      },
      onHopeless: (code) => {
        this.#exitCode = code;
        this.#life.end('Its agent can not use its configuration');
      },
    });
  }

  /** To its own log, and to whoever attends to it. */
  #say(line: string): void {
    this.#log.add(line);
    if (this.#options.attended !== undefined) tellAttendant(line);
  }

  /** Whatever goes wrong with one thing, the runs go on. */
  #surviveErrors(): void {
    process.on('uncaughtException', (error) => {
      this.#log.add(`Something went wrong: ${error.stack ?? error.message}`);
    });
    process.on('unhandledRejection', (reason) => {
      this.#log.add(
        `Something went wrong: ${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}`,
      );
    });
  }

  #heedSignals(): void {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (this.#options.attended === undefined) this.#endIfIdle(signal);
        else if (signal === 'SIGHUP') this.#agent?.signal(signal);
        else if (this.#isEnding) this.#hurry();
        else this.#life.end(`${signal} came`);
      });
    }
  }

  /** Whoever means the runs has to tell the agent. */
  #endIfIdle(signal: string): void {
    const { size } = this.#server.table;
    if (size === 0) this.#life.end(`${signal} came and there is nothing to keep`);
    else this.#say(`${signal} is ignored: ${size} runs are kept`);
  }

  /** Whoever asks twice wants no grace. */
  #hurry(): void {
    this.#graceMs = 0;
    this.#agent?.signal('SIGKILL');
    this.#stopRuns();
  }

  /** Looks after what others may take away, again and again. */
  async #look(): Promise<void> {
    if (this.#isLooking || this.#isEnding) return;
    this.#isLooking = true;
    try {
      if (await this.#isDirectoryGone()) {
        this.#life.end('Its directory is gone');
        return;
      }
      await this.#keepFiles();
      await this.#server.listenAgain();
      this.#writesFail = false;
    } catch (error) {
      if (!this.#writesFail) this.#log.add(`Its files or its socket can not be made: ${messageOf(error)}`);
      this.#writesFail = true;
    } finally {
      this.#isLooking = false;
    }
    this.#lookIn(LOOK_EVERY_MS);
  }

  #lookIn(ms: number): void {
    this.#nextLook?.[Symbol.dispose]();
    this.#nextLook = systemClock.after(ms, () => void this.#look());
  }

  async #isDirectoryGone(): Promise<boolean> {
    try {
      await stat(this.#options.dataDir);
      return false;
    } catch (error) {
      return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
    }
  }

  async #keepFiles(): Promise<void> {
    const { dataDir } = this.#options;
    if (!keeperFilesSay(dataDir, this.#record)) {
      this.#unwatch();
      const mayWrite = this.#wereMissing;
      this.#wereMissing = true;
      if (!mayWrite) return;
      await writeKeeperFiles(dataDir, this.#record);
    }
    this.#wereMissing = false;
    this.#watcher ??= this.#watch();
  }

  /** A directory that is removed is noticed at once by the file in it; without a watcher, by the next look. */
  #watch(): FSWatcher | undefined {
    try {
      const watcher = watch(path.join(this.#options.dataDir, 'keeper.pid'), { persistent: false }, () => {
        this.#unwatch();
        this.#lookIn(LOOK_SOON_MS);
      });
      watcher.on('error', () => undefined);
      return watcher;
    } catch {
      return undefined;
    }
  }

  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  async #end(why: string): Promise<void> {
    this.#isEnding = true;
    this.#unwatch();
    this.#say(`The keeper ends: ${why}`);
    await this.#endAgent();
    this.#stopRuns();
    await this.#runsEnded();
    this.#server.close();
    await this.#server.launcher.close();
    await removeKeeperFiles(this.#options.dataDir, this.#record).catch(() => undefined);
    await this.#log.flush();
    process.exit(this.#exitCode);
  }

  /** First, so that it can end its runs itself and store what became of them. */
  async #endAgent(): Promise<void> {
    const { attended } = this.#options;
    if (this.#agent === undefined || attended === undefined) return;
    const code = await this.#agent.stop(attended.agentStopMs);
    this.#exitCode ||= code;
  }

  #stopRuns(): void {
    const { table, launcher } = this.#server;
    for (const key of table.keys()) void launcher.stop(key, 'shutdown', this.#graceMs);
  }

  async #runsEnded(): Promise<void> {
    const { table } = this.#server;
    const ended = Promise.withResolvers<undefined>();
    const look = (): void => {
      if (table.live === 0) ended.resolve(undefined);
    };
    table.watch(look);
    look();
    systemClock.after(LAST_WAIT_MS, () => {
      ended.resolve(undefined);
    });
    await ended.promise;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
