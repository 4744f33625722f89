import type { Measurement, StopReason } from '../protocol/run.ts';
import type { OutputSlice } from '../protocol/output.ts';
import type { Measurable, Process, Resizable, RunKey, Signalable, Writable } from '../engine/process.ts';
import type { LauncherPlace } from './launcher-place.ts';

/** A run at a launcher, as the engine drives it. */
export class LaunchedProcess implements Process, Signalable, Writable, Resizable, Measurable {
  readonly pid: number;
  readonly #place: LauncherPlace;
  readonly #key: RunKey;

  constructor(place: LauncherPlace, key: RunKey, pid: number) {
    this.#place = place;
    this.#key = key;
    this.pid = pid;
  }

  read(from: number, maxBytes: number, signal?: AbortSignal): Promise<OutputSlice> {
    return this.#place.launcher.read(this.#key, from, maxBytes, signal);
  }

  stop(reason: StopReason, graceMs: number): Promise<void> {
    return this.#place.launcher.stop(this.#key, reason, graceMs);
  }

  signal(signal: NodeJS.Signals): Promise<boolean> {
    return this.#place.launcher.signal(this.#key, signal);
  }

  writeStdin(offset: number, bytes: Uint8Array): Promise<number> {
    return this.#place.launcher.writeStdin(this.#key, offset, bytes);
  }

  closeStdin(offset: number): Promise<void> {
    return this.#place.launcher.closeStdin(this.#key, offset);
  }

  resize(columns: number, rows: number): Promise<void> {
    return this.#place.launcher.resize(this.#key, columns, rows);
  }

  measure(): Promise<Measurement | undefined> {
    return this.#place.launcher.measure(this.#key);
  }

  forget(): void {
    this.#place.forget(this.#key);
  }
}
