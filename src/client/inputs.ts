import type { AgentError } from '../protocol/agent-error.ts';
import { InputWriter, type InputPort } from './input-writer.ts';

/** Every standard input this client writes to, and whose acknowledgements are whose on the present connection. */
export class Inputs {
  readonly #port: Omit<InputPort, 'remove'>;
  readonly #all = new Set<InputWriter>();
  #isUp = false;

  constructor(port: Omit<InputPort, 'remove'>) {
    this.#port = port;
  }

  /** Makes a writer for a job's standard input. It opens it with the first write after {@link start}. */
  create(id: string): InputWriter {
    const writer: InputWriter = new InputWriter(id, { ...this.#port, remove: () => this.#all.delete(writer) });
    return writer;
  }

  /** Lets a writer write: the agent has its job. */
  start(writer: InputWriter): void {
    if (writer.isOver) return;
    this.#all.add(writer);
    if (this.#isUp) writer.onUp();
  }

  onUp(): void {
    this.#isUp = true;
    for (const writer of this.#all) writer.onUp();
  }

  onDown(): void {
    this.#isUp = false;
    for (const writer of this.#all) writer.onDown();
  }

  onClosed(error: AgentError): void {
    for (const writer of [...this.#all]) writer.fail(error);
  }

  /** Bytes up to `offset` were taken. False when no writer has this handle. */
  onTaken(handle: number | undefined, offset: number): boolean {
    const writer = this.#find(handle);
    writer?.onTaken(offset);
    return writer !== undefined;
  }

  /** What was sent under a handle can't be taken. False when no writer has it. */
  onRefused(handle: number | undefined, error: AgentError): boolean {
    const writer = this.#find(handle);
    writer?.onRefused(error);
    return writer !== undefined;
  }

  #find(handle: number | undefined): InputWriter | undefined {
    if (handle === undefined) return undefined;
    for (const writer of this.#all) if (writer.handle === handle) return writer;
    return undefined;
  }
}
