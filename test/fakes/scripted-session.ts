import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { decodeBinaryFrame, encodeBinaryFrame, kindOfStream } from '../../src/channel/binary-frame.ts';
import type { JobResult } from '../../src/protocol/result.ts';
import { successOf, type ScriptedJob } from './scripted-job.ts';

export type ScriptedCommand = Record<string, unknown> & { readonly command: string; readonly ref?: string | number };

/** What a session needs of its agent. */
export interface ScriptedHost {
  /** What differs from the usual hello. */
  readonly hello: object;
  readonly jobs: ReadonlyMap<string, ScriptedJob>;
  /** Every command that came, in order. */
  readonly commands: ScriptedCommand[];
  /** True when the test has dealt with it. */
  intercept(frame: ScriptedCommand, session: ScriptedSession): boolean;
  start(id: string, content: string): ScriptedJob;
}

type Answer = (frame: ScriptedCommand, args: Record<string, unknown>) => unknown;

class Refusal extends Error {
  readonly code: string;
  readonly number: number;
  constructor(code: string, number: number) {
    super(code);
    this.code = code;
    this.number = number;
  }
}

/** One connection to a fake agent. */
export class ScriptedSession {
  readonly ws: WebSocket;
  readonly headers: IncomingMessage['headers'];
  /** Bytes of output sent on this connection that its peer has not taken are at most about this. */
  readonly softBytes = 1024 * 1024;
  readonly #agent: ScriptedHost;
  readonly #inputs = new Map<number, ScriptedJob>();
  readonly #subscriptions = new Map<number, AbortController>();
  #lastHandle = 0;

  constructor(ws: WebSocket, request: IncomingMessage, agent: ScriptedHost) {
    this.ws = ws;
    this.headers = request.headers;
    this.#agent = agent;
    ws.on('error', () => undefined);
    ws.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.#takeInput(data);
      else this.#carryOut(JSON.parse(data.toString()) as ScriptedCommand);
    });
    ws.on('close', () => {
      for (const subscription of this.#subscriptions.values()) subscription.abort();
    });
  }

  send(frame: object): void {
    if (this.ws.readyState === this.ws.OPEN) this.ws.send(JSON.stringify(frame));
  }

  sayHello(): void {
    this.send({
      type: 'hello',
      protocol: 1,
      version: '0.0.0',
      agent: 'fake',
      heartbeat_ms: 20_000,
      limits: { frame: 1024 * 1024, unanswered: 1024, stdin_credit: 1024 * 1024 },
      ...this.#agent.hello,
    });
  }

  answer(frame: ScriptedCommand, value: unknown): void {
    const data = JSON.stringify(value) as string | undefined;
    this.send({ type: 'result', ref: frame.ref, ...successOf('call'), command: frame.command, data: data ?? 'null' });
  }

  refuse(frame: ScriptedCommand, code: string, number: number): void {
    const state = code === 'unknown-command' ? 'UNKNOWN_CMD' : code === 'duplicate-id' ? 'DUPILICATE_ID' : 'ERROR';
    const error = { code, message: `Cannot do it: ${code}` };
    const id = typeof frame['id'] === 'string' ? frame['id'] : '';
    const { exit: _exit, ...result } = successOf(id);
    this.send({
      type: 'result',
      ref: frame.ref,
      ...result,
      command: frame.command,
      state,
      code: number,
      reason: 'rejected',
      error,
      refused: true,
    });
  }

  #carryOut(frame: ScriptedCommand): void {
    this.#agent.commands.push(frame);
    if (this.#agent.intercept(frame, this)) return;
    if (frame.command.startsWith('fake.')) {
      this.#runJob(frame);
      return;
    }
    const answer = this.#answers[frame.command];
    if (answer === undefined) {
      this.refuse(frame, 'unknown-command', 404);
      return;
    }
    try {
      const value = answer(frame, (frame['arguments'] ?? {}) as Record<string, unknown>);
      if (value instanceof Promise)
        value.then(
          (late) => this.answer(frame, late),
          () => undefined,
        );
      else this.answer(frame, value);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.refuse(frame, error.code, error.number);
    }
  }

  #runJob(frame: ScriptedCommand): void {
    const id = frame['id'] as string;
    const content = JSON.stringify([frame.command, frame['arguments']]);
    const known = this.#agent.jobs.get(id);
    if (known !== undefined && known.content !== content) {
      this.refuse(frame, 'duplicate-id', 409);
      return;
    }
    const job = known ?? this.#agent.start(id, content);
    this.send({ type: 'accepted', id, ref: frame.ref, attached: known !== undefined });
    void job.ended.promise.then((result: JobResult) => this.send({ type: 'result', ref: frame.ref, ...result }));
    if (known === undefined && frame.command === 'fake.print') {
      const { lines } = frame['arguments'] as { lines: number };
      for (let line = 0; line < lines; line += 1) job.say(`line ${line}`);
      job.finish();
    }
  }

  readonly #answers: Readonly<Record<string, Answer>> = {
    'core.ping': () => 'PONG Version: 0.0.0',
    'job.get': (_frame, args) => ({ id: this.#find(args).id, state: 'running' }),
    'job.wait': (_frame, args) => this.#find(args).ended.promise,
    'job.kill': (_frame, args) => {
      const job = this.#find(args);
      job.killedWith = args['signal'] ?? 'stop';
      if (args['signal'] === undefined)
        job.finish({ state: 'KILLED', reason: 'killed', code: 1143, exit: { signal: 'SIGTERM' } });
      return true;
    },
    'job.subscribe': (_frame, args) => {
      const job = this.#find(args);
      const handle = this.#nextHandle();
      const position = args['from'] === 'now' ? job.end : typeof args['from'] === 'number' ? args['from'] : 0;
      const stop = new AbortController();
      this.#subscriptions.set(handle, stop);
      setImmediate(() => void this.#stream(job, handle, position, args['as'] as string, stop.signal));
      return { handle, position };
    },
    'job.unsubscribe': (_frame, args) => {
      const stop = this.#subscriptions.get(args['handle'] as number);
      if (stop === undefined) throw new Refusal('unknown-handle', 404);
      stop.abort();
      this.#subscriptions.delete(args['handle'] as number);
      return true;
    },
    'job.stdin': (_frame, args) => {
      const job = this.#find(args);
      if (job.result !== undefined) throw new Refusal('not-running', 409);
      const handle = this.#nextHandle();
      this.#inputs.set(handle, job);
      return { handle, offset: job.input.length, credit: 64 * 1024 };
    },
  };

  #find(args: Record<string, unknown>): ScriptedJob {
    const job = this.#agent.jobs.get(args['id'] as string);
    if (job === undefined) throw new Refusal('unknown-job', 404);
    return job;
  }

  #nextHandle(): number {
    this.#lastHandle += 1;
    return this.#lastHandle;
  }

  async #stream(job: ScriptedJob, handle: number, from: number, as: string, signal: AbortSignal): Promise<void> {
    const { id } = job;
    // The first line that is not whole before the position.
    let at = job.lines.findIndex((line) => line.seq >= from);
    if (at === -1) at = job.lines.length;
    for (;;) {
      while (at < job.lines.length) {
        while (this.ws.bufferedAmount > this.softBytes) await new Promise((resolve) => setTimeout(resolve, 1));
        if (signal.aborted) return;
        const lines = job.lines.slice(at, at + 100);
        at += lines.length;
        if (as === 'messages') {
          const messages = lines.map(({ seq, text }) => ({ seq, level: 1, text, epoch: 1 }));
          this.send({ type: 'messages', id, run: 1, handle, messages });
        } else {
          const position = Math.max(from, lines[0]?.from ?? 0);
          const whole = Buffer.from(lines.map(({ text }) => `${text}\n`).join(''));
          const payload = whole.subarray(position - (lines[0]?.from ?? 0));
          this.ws.send(encodeBinaryFrame({ kind: kindOfStream('stdout'), handle, position, payload }));
        }
      }
      if (signal.aborted) return;
      if (job.result !== undefined) break;
      await job.changed;
    }
    this.#subscriptions.delete(handle);
    this.send({ type: 'end', id, handle, position: job.end });
  }

  #takeInput(data: Buffer): void {
    const frame = decodeBinaryFrame(data);
    if (frame === undefined) return;
    const job = this.#inputs.get(frame.handle);
    if (job === undefined || frame.position > job.input.length) {
      this.send({ type: 'error', code: 'unknown-handle', message: 'Cannot take input', handle: frame.handle });
      return;
    }
    const fresh = frame.payload.subarray(Math.min(frame.payload.length, job.input.length - frame.position));
    job.input = Buffer.concat([job.input, fresh]);
    if (frame.payload.length === 0) {
      job.inputEnded = true;
      this.#inputs.delete(frame.handle);
    }
    job.inputHandle = frame.handle;
    if (job.takesInput) this.acknowledge(job);
  }

  /** Says how much standard input a job took. */
  acknowledge(job: ScriptedJob): void {
    this.send({ type: 'event', id: job.id, handle: job.inputHandle, event: 'stdin', offset: job.input.length });
  }
}
