import type { ServerFrame } from '../../src/protocol/frames.ts';

/** What became of one command so far. */
interface Fate {
  readonly text: string;
  accepted: number;
  ended: number;
}

/** Follows the commands of one connection, each sent under a ref of its own: every one is answered, and only once. */
export class Fates {
  readonly #all = new Map<string, Fate>();

  sent(ref: string, text: string): void {
    this.#all.set(ref, { text, accepted: 0, ended: 0 });
  }

  /** Throws when an answer is one too many. */
  answered(ref: string, type: ServerFrame['type']): void {
    const fate = this.#all.get(ref);
    if (fate === undefined) return;
    if (type === 'accepted') {
      if (fate.ended > 0) throw new Error(`"accepted" after the result of ${fate.text}`);
      fate.accepted += 1;
    } else {
      fate.ended += 1;
    }
    if (fate.accepted > 1 || fate.ended > 1) throw new Error(`Answered twice: ${fate.text}`);
  }

  /** A command that has no answer yet, if there is one. One that waits for a job may wait. */
  get missing(): string | undefined {
    for (const { text, accepted, ended } of this.#all.values())
      if (accepted + ended === 0 && !text.startsWith('{"command":"job.wait"')) return text;
    return undefined;
  }
}
