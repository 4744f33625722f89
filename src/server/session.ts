import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { Clock } from '../base/clock.ts';
import { decodeBinaryFrame } from '../channel/binary-frame.ts';
import type { JobAccess } from '../engine/job-access.ts';
import type { CommandIntake, Submission } from '../engine/submission.ts';
import { AgentError, errorMessage } from '../protocol/agent-error.ts';
import { CLOSE_CODES } from '../protocol/close-codes.ts';
import type { CloseCodeNumber } from '../protocol/close-codes.ts';
import { parseCommand } from '../protocol/command.ts';
import type { Command } from '../protocol/command.ts';
import type { Identity } from '../security/identity.ts';
import type { Logger } from '../telemetry/logger.ts';
import { Exchange } from './exchange.ts';
import type { ExchangeHost } from './exchange.ts';
import { Heartbeat } from './heartbeat.ts';
import { readTextFrame } from './incoming-frame.ts';
import type { IncomingFrame } from './incoming-frame.ts';
import type { ServerLimits } from './limits.ts';
import { Outbox } from './outbox.ts';
import { errorText, helloText, resultText } from './replies.ts';
import { StdinTable } from './stdin-table.ts';
import { SubscriptionTable } from './subscription-table.ts';
import type { Traffic } from './traffic.ts';

/** The command that nothing holds up. */
const KILL = 'job.kill';

/** What every session of a server shares. */
export interface SessionServices {
  readonly intake: CommandIntake;
  readonly jobs: JobAccess;
  readonly agent: { readonly name: string; readonly version: string };
  readonly limits: ServerLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: () => string;
  readonly traffic: Traffic;
}

/** One WebSocket connection: commands in, replies and output out. */
export class Session implements ExchangeHost {
  readonly identity: Identity;
  readonly name: string;
  readonly outbox: Outbox;
  readonly subscriptions: SubscriptionTable;
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
  readonly #ws: WebSocket;
  readonly #services: SessionServices;
  readonly #stdins: StdinTable;
  readonly #heartbeat: Heartbeat;
  readonly #exchanges = new Set<Exchange>();
  #unanswered = 0;
  #unansweredKills = 0;
  #lastHandle = 0;
  #isClosing = false;

  constructor(ws: WebSocket, request: IncomingMessage, identity: Identity, services: SessionServices) {
    const { limits, clock, logger, jobs } = services;
    const { socket } = request;
    this.identity = identity;
    this.name = identity.via === 'unix' ? 'unix' : `${socket.remoteAddress ?? ''}:${socket.remotePort ?? 0}`;
    this.#ws = ws;
    this.#services = services;
    const events = {
      onRoom: () => this.subscriptions.wake(),
      onCongested: () => ws.pause(),
      onRelieved: () => ws.resume(),
      onSlow: () => this.close(4008),
    };
    this.outbox = new Outbox(ws, socket, limits, events, services.traffic);
    this.subscriptions = new SubscriptionTable(this.outbox, limits, logger);
    this.#stdins = new StdinTable(jobs, this.outbox, limits, clock);
    this.#heartbeat = new Heartbeat(clock, limits.heartbeatMs, limits.deadPeerMs, {
      bytesRead: () => socket.bytesRead,
      isListening: () => !this.outbox.isCongested,
      ping: () => ws.ping(),
      onDead: () => this.#loseHeart(),
    });
    this.closed = new Promise((resolve) => {
      ws.once('close', (code: number) => {
        this.#tearDown();
        logger.debug({ caller: this.name, code }, 'A connection closed');
        resolve();
      });
    });
    ws.on('error', (error) => logger.debug({ caller: this.name, error: error.message }, 'A connection broke a rule'));
    ws.on('message', (data: Buffer, isBinary: boolean) => this.#onMessage(data, isBinary));
    this.outbox.control(helloText(services.agent, limits));
  }

  /** Commands, subscriptions and inputs of this connection that are not over. */
  get load(): { readonly exchanges: number; readonly subscriptions: number; readonly stdins: number } {
    return { exchanges: this.#exchanges.size, subscriptions: this.subscriptions.size, stdins: this.#stdins.size };
  }

  /** Closes the connection with a code, after what was sent before; nothing that comes in is heard any more. */
  close(code: CloseCodeNumber): void {
    if (this.#isClosing) return;
    this.#tearDown();
    this.#ws.close(code, CLOSE_CODES[code].name);
    // The peer’s answer has to be read, even if it was not listened to.
    this.#ws.resume();
  }

  /** Ends the connection at once. */
  terminate(): void {
    this.#tearDown();
    this.#ws.terminate();
  }

  newHandle(): number {
    this.#lastHandle += 1;
    return this.#lastHandle;
  }

  openStdin(jobId: string, offset: number): { readonly handle: number } {
    const handle = this.newHandle();
    this.#stdins.open(jobId, handle, offset);
    return { handle };
  }

  onAnswered(isKill: boolean): void {
    if (isKill) this.#unansweredKills -= 1;
    else this.#unanswered -= 1;
  }

  onDone(exchange: Exchange): void {
    this.#exchanges.delete(exchange);
  }

  #onMessage(data: Buffer, isBinary: boolean): void {
    if (this.#isClosing) return;
    this.#services.traffic[isBinary ? 'binaryIn' : 'textIn'] += 1;
    try {
      if (isBinary) this.#onBinary(data);
      else this.#onText(data.toString());
    } catch (error) {
      this.#services.logger.error({ caller: this.name, error: errorMessage(error) }, 'A frame could not be handled');
      this.close(1011);
    }
  }

  #onBinary(data: Buffer): void {
    const frame = decodeBinaryFrame(data);
    if (frame !== undefined) this.#stdins.accept(frame);
    else
      this.outbox.control(
        errorText('bad-frame', 'Cannot read the binary frame: its header is cut off or its position too large', {}),
      );
  }

  #onText(text: string): void {
    const frame = readTextFrame(text);
    if (frame.type === 'junk') this.outbox.control(errorText('bad-frame', frame.message, { ref: frame.ref }));
    else this.#onCommand(frame);
  }

  #onCommand(frame: IncomingFrame & { type: 'command' }): void {
    const isKill = frame.frame['command'] === KILL;
    let command: Command;
    try {
      this.#checkUnanswered(isKill);
      command = parseCommand(frame.frame);
    } catch (error) {
      this.#refuse(frame, error);
      return;
    }
    // A stream’s frames carry the id, so it has to be known before the first one.
    if (command.stream && command.id === undefined) command = { ...command, id: this.#services.newId() };
    if (isKill) this.#unansweredKills += 1;
    else this.#unanswered += 1;
    const exchange = new Exchange(this, command, frame.ref, isKill);
    this.#exchanges.add(exchange);
    try {
      this.#follow(this.#services.intake.submit(command, exchange), exchange, command, frame);
    } catch (error) {
      this.#fail(exchange, frame, error);
    }
  }

  #follow(
    submission: Submission,
    exchange: Exchange,
    command: Command,
    frame: IncomingFrame & { type: 'command' },
  ): void {
    switch (submission.type) {
      case 'refused':
        exchange.finish(submission.result);
        return;
      case 'call':
        exchange.cancel = (reason) => submission.cancel(reason);
        submission.result.then(
          (result) => exchange.finish(result),
          (error: unknown) => this.#fail(exchange, frame, error),
        );
        return;
      case 'job':
        submission.accepted
          .then((outcome) => {
            if (outcome.type === 'accepted') exchange.accept(outcome, command);
            else exchange.finish(outcome.result);
          })
          .catch((error: unknown) => this.#fail(exchange, frame, error));
    }
  }

  #checkUnanswered(isKill: boolean): void {
    const { unanswered, unansweredKills } = this.#services.limits;
    const [count, most] = isKill ? [this.#unansweredKills, unansweredKills] : [this.#unanswered, unanswered];
    if (count < most) return;
    throw new AgentError('too-many', `Cannot take more commands on this connection: ${count} are unanswered`);
  }

  #refuse(frame: IncomingFrame & { type: 'command' }, error: unknown): void {
    const result = this.#services.intake.refusal(frame.frame, error);
    this.outbox.control(resultText(result, frame.ref));
  }

  /** Something threw that never should: the caller gets an answer all the same. */
  #fail(exchange: Exchange, frame: IncomingFrame & { type: 'command' }, error: unknown): void {
    this.#services.logger.error({ caller: this.name, error: errorMessage(error) }, 'A command could not be handled');
    try {
      exchange.finish(
        this.#services.intake.refusal(frame.frame, new AgentError('internal', errorMessage(error), { cause: error })),
      );
    } catch (refusalError) {
      this.#services.logger.error(
        { caller: this.name, error: errorMessage(refusalError) },
        'A command could not be answered',
      );
      this.close(1011);
    }
  }

  #loseHeart(): void {
    this.close(4009);
    this.terminate();
  }

  /** Lets go of everything but the socket. Idempotent. */
  #tearDown(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#heartbeat.close();
    this.subscriptions.closeAll();
    this.#stdins.closeAll();
    for (const exchange of this.#exchanges) exchange.abandon();
    this.#exchanges.clear();
    this.outbox.close();
  }
}
