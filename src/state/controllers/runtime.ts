/** Runs controllers: tells them what changed, holds them to what they declared, and keeps them running. */
import { backoffDelay } from '../../base/backoff.ts';
import { type Clock, systemClock } from '../../base/clock.ts';
import { nextTurn } from '../../base/next-turn.ts';
import { type Logger, silentLogger } from '../../telemetry/logger.ts';
import type { EventLog } from '../event-log.ts';
import { type Kind, type Metadata, pointerKey, type Resource } from '../resource.ts';
import { State } from '../state.ts';
import type { Changed, Controller, QueueController } from './controller.ts';
import { counted, type ControllerCounts, noControllerCounts } from './controller-counts.ts';
import { ControllerState } from './controller-state.ts';
import type { Input } from './declarations.ts';
import { Dependencies, type Edge } from './dependencies.ts';
import { type Change, type Feed, LogFeed, WatchFeed } from './feed.ts';
import { HotLoops } from './hot-loops.ts';
import { OutputTracking } from './output-tracking.ts';
import { pause, PlainRunner } from './plain-runner.ts';
import { QueueRunner } from './queue-runner.ts';
import { ReadCache } from './read-cache.ts';
import { CONTROLLER_BACKOFF, type RunnerParts } from './runner-parts.ts';

export interface RuntimeOptions {
  /** The log the backends of `state` share: changes of all kinds are heard in one order then. Default: each kind is watched. */
  readonly log?: EventLog;
  /** Kinds that are read from a cache, which is at least as new as what woke a controller. @default none */
  readonly cached?: readonly Kind[];
  /** At most so many writes a second of each controller, and so many at once before that counts. @default no limit */
  readonly writeLimit?: { readonly perSecond: number; readonly burst: number };
  /** Writes of one controller within ten seconds that are logged as too many. @default 5_000 */
  readonly hotLoopWrites?: number;
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** From 0 to 1, for the delays after failures. */
  readonly random: () => number;
}

/** Changes handed out before others get a turn of the loop. */
const TURN_CHANGES = 512;

interface Registered {
  readonly runner: PlainRunner | QueueRunner;
  readonly counts: ControllerCounts;
}

export class ControllerRuntime {
  readonly #state: State;
  readonly #options: RuntimeOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #dependencies = new Dependencies();
  readonly #registered = new Map<string, Registered>();
  readonly #cache = new ReadCache();
  readonly #hotLoops: HotLoops;
  readonly #stop = new AbortController();
  /** The newest change of each resource that was not handed out yet, in the order in which they came first. */
  readonly #pending = new Map<string, Change>();
  readonly #running: Promise<void>[] = [];
  readonly #failed = Promise.withResolvers<never>();
  #feed: Feed | undefined;
  #isHandingOut = false;

  constructor(state: State, options: RuntimeOptions) {
    this.#state = state;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#hotLoops = new HotLoops(this.#clock, this.#logger, options.hotLoopWrites);
    for (const kind of options.cached ?? []) this.#cache.keep(kind);
  }

  /** Before or while everything runs. Errors: TypeError for a name that is taken, or declarations that don't go together with others'. */
  register(controller: Controller): void {
    this.#add(controller, (parts) => new PlainRunner(controller, parts));
  }

  /** As {@link register}. */
  registerQueue(controller: QueueController): void {
    const { name, concurrency = 1, inputs } = controller;
    if (!Number.isInteger(concurrency) || concurrency < 1) {
      throw new TypeError(`Cannot register the controller "${name}": its concurrency must be at least 1`);
    }
    if (controller.map === undefined && inputs.some(({ kind }) => kind !== 'primary')) {
      throw new TypeError(`Cannot register the controller "${name}": it has mapped inputs and no "map"`);
    }
    this.#add(controller, (parts) => new QueueRunner(controller, parts));
  }

  /** Runs everything until the signal fires; resolves when all controllers have stopped. Once. Errors: TypeError when it ran before; whatever broke it, when all have stopped. */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#feed !== undefined) throw new TypeError('Cannot run the controllers: they were started already');
    const onAbort = (): void => {
      this.#stop.abort();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#feed = this.#makeFeed();
    for (const kind of this.#options.cached ?? []) this.#feed.follow(kind);
    for (const [name, { runner }] of this.#registered) this.#begin(name, runner);
    if (signal.aborted) onAbort();
    try {
      await Promise.race([this.#untilStopped(), this.#failed.promise]);
    } finally {
      onAbort();
      this.#feed.close();
      while (this.#running.length > 0) await Promise.all(this.#running.splice(0));
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** What each controller did so far. */
  counts(): Readonly<Record<string, ControllerCounts>> {
    return Object.fromEntries(
      [...this.#registered].map(([name, { runner, counts }]) => {
        const queueLength = runner instanceof QueueRunner ? runner.queueLength : 0;
        return [name, { ...counts, queueLength }];
      }),
    );
  }

  get cachedResources(): number {
    return this.#cache.size;
  }

  /** Who reads and writes what. */
  edges(): readonly Edge[] {
    return this.#dependencies.edges();
  }

  /** The same, for people: one line an edge, or a picture in Mermaid. */
  draw(form: 'text' | 'mermaid'): string {
    return form === 'text' ? this.#dependencies.toText() : this.#dependencies.toMermaid();
  }

  #add(controller: Controller | QueueController, make: (parts: RunnerParts) => PlainRunner | QueueRunner): void {
    const { name, inputs, outputs } = controller;
    this.#dependencies.add({ controller: name, inputs: [...inputs], outputs: [...outputs] });
    const counts = noControllerCounts();
    const runner = make(this.#partsOf(name, counts));
    this.#registered.set(name, { runner, counts });
    if (this.#feed !== undefined) this.#begin(name, runner);
  }

  #partsOf(name: string, counts: ControllerCounts): RunnerParts {
    const tracking = new OutputTracking();
    const onWrite = (): void => {
      this.#hotLoops.wrote(name);
    };
    const state = new ControllerState({
      state: new State(counted(this.#state, counts, onWrite)),
      declared: () => this.#dependencies.of(name),
      counts,
      cache: this.#cache,
      tracking,
      beforeWrite: this.#limiter(),
    });
    return {
      state,
      signal: this.#stop.signal,
      log: this.#logger.child({ controller: name }),
      counts,
      tracking,
      clock: this.#clock,
      random: this.#options.random,
      setInputs: (inputs) => {
        this.#dependencies.setInputs(name, inputs);
        for (const input of inputs) this.#feed?.follow(input);
      },
    };
  }

  #begin(name: string, runner: PlainRunner | QueueRunner): void {
    const { inputs } = this.#dependencies.of(name);
    const untold = inputs.filter((input) => this.#feed?.follow(input) === false);
    const { reject } = this.#failed;
    this.#running.push(runner.run().catch(reject));
    if (runner instanceof QueueRunner) this.#running.push(this.#enlist(runner, untold).catch(reject));
  }

  /** All primaries there are of these inputs. */
  async #enlist(runner: QueueRunner, inputs: readonly Input[]): Promise<void> {
    const { signal } = this.#stop;
    const primaries = inputs.filter(({ kind }) => kind === 'primary');
    for (const { namespace, type, id } of primaries) {
      for (let failures = 0; !signal.aborted; failures += 1) {
        try {
          const resources = await this.#state.list({ namespace, type });
          for (const [at, { metadata }] of resources.entries()) {
            if (id === undefined || id === metadata.id) runner.reconcile(metadata);
            if (at % TURN_CHANGES === TURN_CHANGES - 1) await nextTurn();
          }
          break;
        } catch (error) {
          this.#logger.error({ namespace, type, error: String(error) }, 'What is to be reconciled could not be listed');
          await pause(this.#clock, backoffDelay(CONTROLLER_BACKOFF, failures, this.#options.random), signal);
        }
      }
    }
  }

  #makeFeed(): Feed {
    const listener = {
      onChange: (change: Change) => {
        this.#heard(change);
      },
      onContents: (kind: Kind, resources: readonly Resource[]) => {
        this.#found(kind, resources);
      },
    };
    const wait = (attempt: number): Promise<void> =>
      pause(this.#clock, backoffDelay(CONTROLLER_BACKOFF, attempt, this.#options.random), this.#stop.signal);
    const { log } = this.#options;
    if (log !== undefined) return new LogFeed(log, this.#state, listener, this.#logger, wait);
    return new WatchFeed(this.#state, listener, this.#logger, wait);
  }

  #found(kind: Kind, resources: readonly Resource[]): void {
    if (this.#cache.has(kind)) this.#cache.fill(kind, resources);
  }

  #heard(change: Change): void {
    const { resource, isGone } = change;
    if (this.#cache.has(resource.metadata)) {
      if (isGone) this.#cache.remove(resource.metadata);
      else this.#cache.put(resource);
    }
    this.#mark(change);
  }

  #mark(change: Change): void {
    this.#pending.set(pointerKey(change.resource.metadata), change);
    if (this.#isHandingOut) return;
    this.#isHandingOut = true;
    this.#handOut().catch(this.#failed.reject);
  }

  /** One change of a resource stands for all that came since it was handed out last. */
  async #handOut(): Promise<void> {
    await Promise.resolve();
    let count = 0;
    for (const [key, change] of this.#pending) {
      this.#pending.delete(key);
      this.#handOutOne(change);
      count += 1;
      if (count % TURN_CHANGES === 0) await nextTurn();
    }
    this.#isHandingOut = false;
  }

  #handOutOne({ resource: { metadata }, isGone }: Change): void {
    for (const [name, { runner }] of this.#registered) {
      for (const input of this.#dependencies.of(name).inputs) {
        if (!isOf(input, metadata) || !concerns(input, metadata, isGone)) continue;
        if (runner instanceof PlainRunner) runner.wake();
        else if (input.kind === 'primary') runner.reconcile(metadata);
        else runner.map(reduced(metadata));
      }
    }
  }

  #limiter(): () => Promise<void> {
    const { writeLimit } = this.#options;
    if (writeLimit === undefined) return () => Promise.resolve();
    const { perSecond, burst } = writeLimit;
    const everyMs = 1_000 / perSecond;
    let next = -Infinity;
    return async () => {
      const now = this.#clock.monotonic();
      next = Math.max(next, now - burst * everyMs) + everyMs;
      if (next > now) await pause(this.#clock, next - now, this.#stop.signal);
    };
  }

  #untilStopped(): Promise<void> {
    const { signal } = this.#stop;
    return new Promise((resolve) => {
      if (signal.aborted) resolve();
      else
        signal.addEventListener(
          'abort',
          () => {
            resolve();
          },
          { once: true },
        );
    });
  }
}

function isOf({ namespace, type, id }: Input, metadata: Metadata): boolean {
  return namespace === metadata.namespace && type === metadata.type && (id === undefined || id === metadata.id);
}

/** To who waits until something may be destroyed, nothing else matters. */
function concerns({ kind }: Input, { phase, finalizers }: Metadata, isGone: boolean): boolean {
  if (kind !== 'destroy-ready' && kind !== 'mapped-destroy-ready') return true;
  return !isGone && phase === 'tearing-down' && finalizers.length === 0;
}

function reduced({ namespace, type, id, phase, finalizers, labels }: Metadata): Changed {
  return { namespace, type, id, phase, labels, finalizersEmpty: finalizers.length === 0 };
}
