import type { JobResult } from '../protocol/result.ts';
import type { Acceptance, JobSource } from './job-source.ts';
import { quiet } from './quiet.ts';
import type { Session } from './session.ts';

/** A job somebody else asked for, known by its id. Nothing is asked of the agent before it is needed. */
export class KnownJob implements JobSource {
  readonly id: string;
  readonly #session: Session;
  #accepted: Promise<Acceptance> | undefined;
  #result: Promise<JobResult> | undefined;

  constructor(session: Session, id: string) {
    this.id = id;
    this.#session = session;
  }

  accepted(): Promise<Acceptance> {
    this.#accepted ??= quiet(this.#find());
    return this.#accepted;
  }

  result(): Promise<JobResult> {
    this.#result ??= quiet(this.#session.waits.wait(this.id));
    return this.#result;
  }

  async #find(): Promise<Acceptance> {
    await this.#session.call('job.get', { id: this.id }, { idempotent: true });
    return { id: this.id, attached: true };
  }
}
