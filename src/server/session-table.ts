import type { Clock } from '../base/clock.ts';
import type { CloseCodeNumber } from '../protocol/close-codes.ts';
import type { Identity } from '../security/identity.ts';
import type { Session } from './session.ts';

/** What all sessions have under way. */
export interface SessionLoad {
  readonly exchanges: number;
  readonly subscriptions: number;
  readonly stdins: number;
}

/** Who is connected. */
export class SessionTable {
  readonly #sessions = new Set<Session>();

  get size(): number {
    return this.#sessions.size;
  }

  /** Keeps a session until its connection is gone. */
  add(session: Session): void {
    this.#sessions.add(session);
    void session.closed.then(() => this.#sessions.delete(session));
  }

  load(): SessionLoad {
    const total = { exchanges: 0, subscriptions: 0, stdins: 0 };
    for (const { load } of this.#sessions) {
      total.exchanges += load.exchanges;
      total.subscriptions += load.subscriptions;
      total.stdins += load.stdins;
    }
    return total;
  }

  /** Closes the sessions that match, and returns them. */
  closeAll(code: CloseCodeNumber, matches: (identity: Identity) => boolean = () => true): readonly Session[] {
    const chosen = [...this.#sessions].filter((session) => matches(session.identity));
    for (const session of chosen) session.close(code);
    return chosen;
  }

  /** Resolves when all sessions are gone; those that take longer than `withinMs` are cut off. */
  async drained(clock: Clock, withinMs: number): Promise<void> {
    const open = [...this.#sessions];
    const timer = clock.after(withinMs, () => {
      for (const session of open) session.terminate();
    });
    await Promise.all(open.map((session) => session.closed));
    timer[Symbol.dispose]();
  }
}
