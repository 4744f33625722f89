import type { JobResult } from '../../src/protocol/result.ts';

/** One line of a fake job: its text, and where it stands in the output. */
export interface ScriptedLine {
  readonly text: string;
  readonly from: number;
  readonly seq: number;
}

/** A job whose whole output is known: `lines` numbered lines, told to readers in steps. */
export class ScriptedJob {
  readonly id: string;
  readonly content: string;
  readonly lines: ScriptedLine[] = [];
  readonly ended = Promise.withResolvers<JobResult>();
  /** Standard input that was taken. */
  input = Buffer.alloc(0);
  inputEnded = false;
  inputHandle = 0;
  /** Whether input is acknowledged as it comes. */
  takesInput = true;
  killedWith: unknown;
  result: JobResult | undefined;
  #changed = Promise.withResolvers<undefined>();

  constructor(id: string, content: string) {
    this.id = id;
    this.content = content;
  }

  get end(): number {
    return (this.lines.at(-1)?.seq ?? -1) + 1;
  }

  /** Resolves when there is something new. */
  get changed(): Promise<undefined> {
    return this.#changed.promise;
  }

  say(...texts: string[]): void {
    for (const text of texts) {
      const from = this.end;
      this.lines.push({ text, from, seq: from + Buffer.byteLength(text) });
    }
    this.#tell();
  }

  finish(overrides: Partial<JobResult> = {}): void {
    if (this.result !== undefined) return;
    this.result = { ...successOf(this.id, this.end), ...overrides };
    this.ended.resolve(this.result);
    this.#tell();
  }

  #tell(): void {
    this.#changed.resolve(undefined);
    this.#changed = Promise.withResolvers();
  }
}

/** The result of a job that ended well. */
export function successOf(id: string, bytes = 0): JobResult {
  return {
    id,
    command: 'fake.print',
    data: '',
    streams: ['', ''],
    level: 0,
    state: 'SUCCESS',
    code: 0,
    starttime: 1,
    time: 1,
    tags: [],
    container: 0,
    reason: 'exited',
    exit: { code: 0 },
    runs: 1,
    output: { bytes, dropped: 0 },
    output_open: false,
    cleanup: 'group',
    survivors: [],
  };
}
