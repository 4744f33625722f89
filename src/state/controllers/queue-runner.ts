import { backoffDelay } from '../../base/backoff.ts';
import { nextTurn } from '../../base/next-turn.ts';
import type { Kind, Pointer } from '../resource.ts';
import { pointerKey } from '../resource.ts';
import {
  type Changed,
  type ControllerContext,
  type QueueController,
  RequeueError,
  SkipReconcile,
} from './controller.ts';
import { errorMessage } from '../../protocol/agent-error.ts';
import { KeyQueue } from './key-queue.ts';
import { hasFired, pause } from './plain-runner.ts';
import { CONTROLLER_BACKOFF, type RunnerParts } from './runner-parts.ts';

type Work =
  { readonly type: 'reconcile'; readonly pointer: Pointer } | { readonly type: 'map'; readonly changed: Changed };

/** A hook that ran so long before it failed did well. */
const HEALTHY_MS = 60_000;
/** So much is done in one turn of the loop at most. */
const TURN_WORKS = 64;

/** Runs one queue controller: several workers on one queue by key. */
export class QueueRunner {
  readonly controller: QueueController;
  readonly #parts: RunnerParts;
  readonly #queue: KeyQueue<Work>;
  readonly #failures = new Map<string, number>();
  readonly #primaries: ReadonlySet<string>;

  constructor(controller: QueueController, parts: RunnerParts) {
    this.controller = controller;
    this.#parts = parts;
    this.#queue = new KeyQueue(parts.clock);
    this.#primaries = new Set(
      controller.inputs.filter(({ kind }) => kind === 'primary').map((input) => kindName(input)),
    );
  }

  get queueLength(): number {
    return this.#queue.length;
  }

  reconcile({ namespace, type, id }: Pointer): void {
    const pointer = { namespace, type, id };
    this.#queue.put(`r${pointerKey(pointer)}`, { type: 'reconcile', pointer });
  }

  map(changed: Changed): void {
    if (this.controller.map !== undefined) this.#queue.put(`m${pointerKey(changed)}`, { type: 'map', changed });
  }

  /** Never rejects. */
  async run(): Promise<void> {
    const { signal, log } = this.#parts;
    const onAbort = (): void => {
      this.#queue.close();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    const workers = Array.from({ length: this.controller.concurrency ?? 1 }, () => this.#work());
    await Promise.all([...workers, this.#runHook()]);
    try {
      await this.controller.shutdown?.({ log });
    } catch (error) {
      log.error({ error: errorMessage(error) }, 'A controller could not shut down');
    }
  }

  async #work(): Promise<void> {
    for (let done = 1; ; done += 1) {
      const next = await this.#queue.take();
      if (next === undefined) return;
      this.#queue.release(next.key, await this.#do(next.key, next.value));
      if (done % TURN_WORKS === 0) await nextTurn();
    }
  }

  /** When it is to be done again although nothing came for it. */
  async #do(key: string, work: Work): Promise<{ readonly value: Work; readonly afterMs: number } | undefined> {
    const { counts, clock, log, signal } = this.#parts;
    const began = clock.monotonic();
    try {
      if (work.type === 'map') await this.#map(work.changed);
      const again = work.type === 'map' ? undefined : await this.#reconcile(work.pointer);
      this.#failures.delete(key);
      if (again === undefined) return undefined;
      counts.requeues += 1;
      return { value: work, afterMs: again };
    } catch (error) {
      if (signal.aborted || isOfAnAbort(error)) return undefined;
      if (error instanceof SkipReconcile) {
        this.#failures.delete(key);
        counts.skips += 1;
        log.debug({ key, why: error.message }, 'A controller has nothing to do with a resource');
        return undefined;
      }
      const failures = this.#failures.get(key) ?? 0;
      this.#failures.set(key, failures + 1);
      counts.crashes += 1;
      const own = error instanceof RequeueError && error.requeueAfterMs > 0 ? error.requeueAfterMs : undefined;
      const afterMs = own ?? backoffDelay(CONTROLLER_BACKOFF, failures, this.#parts.random);
      log.error({ key, error: errorMessage(error), againInMs: afterMs }, 'A controller failed at a resource');
      return { value: work, afterMs };
    } finally {
      const took = clock.monotonic() - began;
      if (work.type === 'map') counts.mapBusy += took;
      else counts.reconcileBusy += took;
    }
  }

  async #reconcile(pointer: Pointer): Promise<number | undefined> {
    const answer = await this.controller.reconcile(pointer, this.#context());
    this.#parts.counts.processed += 1;
    return typeof answer === 'object' ? answer.requeueAfterMs : undefined;
  }

  async #map(changed: Changed): Promise<void> {
    const { counts } = this.#parts;
    counts.mappedIn += 1;
    const pointers = (await this.controller.map?.(changed, this.#context())) ?? [];
    for (const pointer of pointers) {
      if (!this.#primaries.has(kindName(pointer))) {
        throw new TypeError(
          `The controller "${this.controller.name}" maps to ${pointer.type} of ${pointer.namespace}, which is no primary input of it`,
        );
      }
      counts.mappedOut += 1;
      this.reconcile(pointer);
    }
  }

  async #runHook(): Promise<void> {
    const { signal, clock, log, counts, random } = this.#parts;
    if (this.controller.run === undefined) return;
    for (let failures = 0; !signal.aborted; failures += 1) {
      const began = clock.monotonic();
      try {
        await this.controller.run(this.#context());
        return;
      } catch (error) {
        if (hasFired(signal)) return;
        counts.crashes += 1;
        if (clock.monotonic() - began > HEALTHY_MS) failures = 0;
        const delayMs = backoffDelay(CONTROLLER_BACKOFF, failures, random);
        log.error({ error: errorMessage(error), againInMs: delayMs }, 'What a controller runs beside failed');
        await pause(clock, delayMs, signal);
      }
    }
  }

  #context(): ControllerContext {
    const { state, signal, log } = this.#parts;
    return { state, signal, log };
  }
}

function kindName({ namespace, type }: Kind): string {
  return JSON.stringify([namespace, type]);
}

/** The work was given up because what it was for goes: that was told, and comes back. */
function isOfAnAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
