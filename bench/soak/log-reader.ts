import type { Message } from '../../src/protocol/frames.ts';
import type { Plan } from './plan.ts';

/**
 * Follows the output of one job over as many connections as it takes, and compares all of it with what the job was made
 * to say.
 */
export class LogReader {
  readonly plan: Plan;
  readonly #noise: Buffer;
  /** Where to read on. */
  position = 0;
  /** Where the log ends, once it was read to its end. */
  end: number | undefined;
  /** Gaps that were told: from, to. */
  readonly gaps: (readonly [from: number, to: number])[] = [];
  /** The newest number said by each run, by its key. */
  readonly said = new Map<string, number>();
  /** What must never be. */
  readonly wrong: string[] = [];
  /** What must not be, unless a run was lost with what it had said. */
  readonly missing: string[] = [];
  #seq = -1;

  constructor(plan: Plan, noise: Buffer) {
    this.plan = plan;
    this.#noise = noise;
  }

  /** What to ask for on a fresh connection. */
  get request(): object {
    const as = this.plan.command.raw === true ? 'bytes' : 'messages';
    return { command: 'job.subscribe', arguments: { id: this.plan.id, from: this.position, as } };
  }

  bytes(position: number, payload: Uint8Array): void {
    if (position !== this.position) this.missing.push(`Bytes at ${position} instead of ${this.position}`);
    const wanted = this.#noise.subarray(position, position + payload.length);
    if (!wanted.equals(payload)) this.wrong.push(`Wrong bytes at ${position}`);
    this.position = position + payload.length;
  }

  message({ seq, text, truncated }: Message): void {
    if (seq <= this.#seq) this.wrong.push(`seq ${seq} after ${this.#seq}`);
    this.#seq = seq;
    this.position = Math.max(this.position, seq + 1);
    if (truncated !== true && this.plan.output.type === 'lines') this.#line(text.replace(/\r$/, ''));
  }

  gap(from: number, to: number): void {
    this.gaps.push([from, to]);
    if (this.plan.command.raw === true && from !== this.position)
      this.missing.push(`A gap from ${from} instead of ${this.position}`);
    this.position = Math.max(this.position, to);
  }

  /** The agent says that this was all. */
  ended(position: number): void {
    if (this.plan.command.raw === true && position !== this.position)
      this.missing.push(`The log ends at ${position}, and ${this.position} were read`);
    this.end = position;
  }

  /** The agent does not let it read on. Where what it had read is gone, it may say so. */
  refused(code: string, message: string): void {
    (code === 'bad-arguments' ? this.missing : this.wrong).push(`Cannot read on from ${this.position}: ${message}`);
  }

  #line(text: string): void {
    const [key = '', word = ''] = text.split(' ');
    const number = Number(word);
    const before = this.said.get(key) ?? 0;
    if (number !== before + 1) this.missing.push(`Line "${text}" after number ${before}`);
    this.said.set(key, Math.max(before, number));
  }
}
