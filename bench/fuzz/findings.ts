/** What a run found wrong. */
export interface Finding {
  /** What went wrong, the same for all of its kind: later ones are only counted. */
  readonly title: string;
  readonly details: string;
  /** Milliseconds since the start. */
  readonly at: number;
  /** Frames that went to and fro before, the newest last. */
  readonly frames: readonly string[];
}

const MOST_KEPT = 3;

/** Collects findings; of those with one title the first few are kept, the others counted. */
export class Findings {
  readonly #began = performance.now();
  readonly #counts = new Map<string, number>();
  readonly #all: Finding[] = [];

  add(title: string, details: string, frames: readonly string[] = []): void {
    const count = (this.#counts.get(title) ?? 0) + 1;
    this.#counts.set(title, count);
    if (count > MOST_KEPT) return;
    this.#all.push({ title, details, at: Math.round(performance.now() - this.#began), frames: [...frames] });
  }

  get all(): readonly Finding[] {
    return this.#all;
  }

  /** How often each was seen. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }
}

/** A finding as a text for people. */
export function describeFinding({ title, details, at, frames }: Finding): string {
  return [`${title} (after ${at} ms)`, details, ...frames].join('\n  ');
}
