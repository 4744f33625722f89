import type { State } from '../../protocol/reasons.ts';
import type { Clock } from '../../base/clock.ts';
import type { ParsedMessage } from '../streams/message-parser.ts';
import type { WatcherGuard } from '../guard.ts';

/** Timers whose callbacks are guarded like the hook itself. */
export type HookTimers = Pick<Clock, 'after'>;

/** Watches one job. Any of the moments; each is called in order. What a hook throws never reaches the job. */
export interface Hook {
  /** Shown in logs. */
  readonly name: string;
  /** A run's process runs. `pid` is missing for functions. */
  started?(run: { readonly run: number; readonly pid: number | undefined }, timers: HookTimers): void;
  /** A message was said. Not called for raw jobs. Messages are parsed for it only while it is there, which may change. */
  message?: ((message: ParsedMessage) => void) | undefined;
  /** A run ended; comes after its last message. */
  exited?(run: { readonly run: number; readonly state: State }): void;
}

/** The hooks of one job, called so that none is felt. */
export class Hooks {
  #hooks: readonly Hook[];
  readonly #guard: WatcherGuard;

  constructor(hooks: readonly Hook[], guard: WatcherGuard) {
    this.#hooks = hooks;
    this.#guard = guard;
  }

  /** Adds a hook that hears what happens from now on; disposing removes it. */
  add(hook: Hook): Disposable {
    this.#hooks = [...this.#hooks, hook];
    return {
      [Symbol.dispose]: () => {
        this.#hooks = this.#hooks.filter((known) => known !== hook);
      },
    };
  }

  get wantsMessages(): boolean {
    return this.#hooks.some((hook) => hook.message !== undefined);
  }

  started(run: { readonly run: number; readonly pid: number | undefined }, clock: Clock): void {
    for (const hook of this.#hooks) {
      const timers: HookTimers = {
        after: (ms, due) => clock.after(ms, () => this.#guard.call(hook.name, 'timer', due)),
      };
      this.#guard.call(hook.name, 'started', () => hook.started?.(run, timers));
    }
  }

  message(message: ParsedMessage): void {
    for (const hook of this.#hooks) this.#guard.call(hook.name, 'message', () => hook.message?.(message));
  }

  exited(run: { readonly run: number; readonly state: State }): void {
    for (const hook of this.#hooks) this.#guard.call(hook.name, 'exited', () => hook.exited?.(run));
  }
}
