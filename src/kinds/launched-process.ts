import type { Launcher } from '../host/launcher.ts';
import { identifyProcess } from '../host/process-identity.ts';
import type { Measurement, ProcessIdentity, StopReason } from '../protocol/run.ts';
import type { OutputSlice } from '../protocol/output.ts';
import type { Identifiable, Measurable, Process, Resizable, RunKey, Signalable, Writable } from '../engine/process.ts';

/** A run at a launcher, as the engine drives it. */
export class LaunchedProcess implements Process, Signalable, Writable, Resizable, Measurable, Identifiable {
  readonly #launcher: Launcher;
  readonly #key: RunKey;
  #pid: number;

  constructor(launcher: Launcher, key: RunKey, pid: number) {
    this.#launcher = launcher;
    this.#key = key;
    this.#pid = pid;
  }

  /** Changes when a helper made way for the program it started. */
  get pid(): number {
    this.#pid = this.#launcher.pid(this.#key) ?? this.#pid;
    return this.#pid;
  }

  read(from: number, maxBytes: number, signal?: AbortSignal): Promise<OutputSlice> {
    return this.#launcher.read(this.#key, from, maxBytes, signal);
  }

  stop(reason: StopReason, graceMs: number): Promise<void> {
    return this.#launcher.stop(this.#key, reason, graceMs);
  }

  signal(signal: NodeJS.Signals): Promise<boolean> {
    return this.#launcher.signal(this.#key, signal);
  }

  writeStdin(offset: number, bytes: Uint8Array): Promise<number> {
    return this.#launcher.writeStdin(this.#key, offset, bytes);
  }

  closeStdin(offset: number): Promise<void> {
    return this.#launcher.closeStdin(this.#key, offset);
  }

  resize(columns: number, rows: number): Promise<void> {
    return this.#launcher.resize(this.#key, columns, rows);
  }

  identity(): ProcessIdentity | undefined {
    return identifyProcess(this.pid);
  }

  measure(): Promise<Measurement | undefined> {
    return this.#launcher.measure(this.#key);
  }

  forget(): void {
    this.#launcher.forget(this.#key);
  }
}
