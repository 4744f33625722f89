/** What happened in one soak. */
export class SoakFigures {
  readonly jobs = new Map<string, number>();
  readonly reasons = new Map<string, number>();
  readonly deeds = new Map<string, number>();
  runs = 0;
  readBytes = 0;
  readLines = 0;
  logsReadAgain = 0;

  count(what: 'jobs' | 'reasons' | 'deeds', name: string): void {
    this[what].set(name, (this[what].get(name) ?? 0) + 1);
  }

  /** All of a kind together. */
  sum(what: 'jobs' | 'reasons' | 'deeds'): number {
    return [...this[what].values()].reduce((sum, count) => sum + count, 0);
  }
}
