import type { Clock } from '../base/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import { MILESTONES } from './startup-entry.ts';
import type { Milestone } from './startup-entry.ts';

/** How often, and how long in all, the network is waited for. Milliseconds. */
const NETWORK_EVERY_MS = 1000;
const NETWORK_WITHIN_MS = 30_000;

export interface MilestonePorts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether the machine has an address that others can reach. */
  hasNetwork(): boolean;
}

export interface MilestoneFacts {
  /** Whether each entry of a stage is up, can't be, or has failed at least once. */
  isStageTried(stage: Milestone): boolean;
  /** Whether an entry names `net`. */
  wantsNetwork(): boolean;
  onReached(milestone: Milestone): void;
}

/**
 * When the startup has come how far. `init`: it has begun. `net`: all of the stage `init` were tried and, if an entry
 * asks for it, the network is there or 30 s have gone by. `boot`: all of the stages `init` and `net` were tried. What was
 * reached stays so.
 */
export class Milestones implements Disposable {
  readonly #ports: MilestonePorts;
  readonly #facts: MilestoneFacts;
  readonly #reached = new Map<Milestone, number>();
  #timer: Disposable | undefined;
  /** Since when the network is waited for, monotonic milliseconds. */
  #waitsSince: number | undefined;

  constructor(ports: MilestonePorts, facts: MilestoneFacts) {
    this.#ports = ports;
    this.#facts = facts;
  }

  isReached(milestone: Milestone): boolean {
    return this.#reached.has(milestone);
  }

  list(): { readonly name: Milestone; readonly reached?: number }[] {
    return MILESTONES.map((name) => {
      const reached = this.#reached.get(name);
      return { name, ...(reached === undefined ? {} : { reached }) };
    });
  }

  /** Looks whether the next ones are reached by now. */
  look(): void {
    for (const milestone of MILESTONES) {
      if (this.#reached.has(milestone)) continue;
      if (!this.#isNow(milestone)) return;
      this.#reached.set(milestone, this.#ports.clock.now());
      this.#ports.logger.info({ milestone }, 'The startup has reached a milestone');
      this.#facts.onReached(milestone);
    }
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }

  #isNow(milestone: Milestone): boolean {
    switch (milestone) {
      case 'init':
        return true;
      case 'net':
        return this.#facts.isStageTried('init') && this.#hasNetwork();
      case 'boot':
        return this.#facts.isStageTried('init') && this.#facts.isStageTried('net');
    }
  }

  #hasNetwork(): boolean {
    const { clock, logger } = this.#ports;
    if (!this.#facts.wantsNetwork() || this.#ports.hasNetwork()) return true;
    this.#waitsSince ??= clock.monotonic();
    if (clock.monotonic() - this.#waitsSince >= NETWORK_WITHIN_MS) {
      logger.warn({ seconds: NETWORK_WITHIN_MS / 1000 }, 'The startup goes on without a network');
      return true;
    }
    this.#timer?.[Symbol.dispose]();
    this.#timer = clock.after(NETWORK_EVERY_MS, () => {
      this.look();
    });
    return false;
  }
}
