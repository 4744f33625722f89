/** Finds out when one run of an entry counts as running. */
import type { Clock } from '../base/clock.ts';
import { compilePattern } from '../engine/hooks/on-match.ts';
import type { JobView } from '../engine/job-view.ts';
import type { awaitProbe } from '../host/probe/probe.ts';
import { errorMessage, isAgentError } from '../protocol/agent-error.ts';
import { saidBefore } from './said-before.ts';
import type { RunningRule } from './startup-entry.ts';

export interface WatchPorts {
  readonly clock: Clock;
  readonly probe: typeof awaitProbe;
}

export interface WatchedRun {
  readonly run: number;
  /** Wall clock, milliseconds. */
  readonly startedAt: number;
  /** Of a run that was found: where to read what it has said, up to a position. */
  readonly past?: { readonly view: () => Promise<JobView>; readonly end: number };
}

export interface WatchTold {
  /** Once. */
  readonly up: () => void;
  /** It takes longer than it should; `up` may still come. Once. */
  readonly late: (why: string) => void;
}

/** Until it is disposed. */
export interface RunningWatch extends Disposable {
  said(text: string): void;
}

const SILENT: RunningWatch = { said: () => undefined, [Symbol.dispose]: () => undefined };

/** Why an entry whose run has begun does not count as running yet. */
export function awaited(rule: RunningRule): string {
  switch (rule.type) {
    case 'alive':
      return `it is to live for ${rule.delayMs / 1000} s`;
    case 'ended':
      return 'it is to end well';
    case 'says':
      return `it is to say "${rule.pattern}"`;
    case 'answers':
      return 'it is to answer';
  }
}

export function watchRun(rule: RunningRule, run: WatchedRun, ports: WatchPorts, told: WatchTold): RunningWatch {
  switch (rule.type) {
    case 'ended':
      return SILENT;
    case 'alive': {
      const left = rule.delayMs - Math.max(0, ports.clock.now() - run.startedAt);
      if (left > 0) return { ...SILENT, [Symbol.dispose]: disposing(ports.clock.after(left, told.up)) };
      told.up();
      return SILENT;
    }
    case 'says':
      return watchWords(rule, run, ports, told);
    case 'answers':
      return watchAnswers(rule, ports, told);
  }
}

function watchWords(
  { pattern, timeoutMs }: RunningRule & { type: 'says' },
  { run, past }: WatchedRun,
  { clock }: WatchPorts,
  told: WatchTold,
): RunningWatch {
  const matches = compilePattern(pattern);
  const over = new AbortController();
  const said = (): void => {
    if (over.signal.aborted) return;
    over.abort();
    patience?.[Symbol.dispose]();
    told.up();
  };
  const patience =
    timeoutMs === undefined
      ? undefined
      : clock.after(timeoutMs, () => told.late(`it has not said "${pattern}" within ${timeoutMs / 1000} s`));
  if (past !== undefined) {
    void saidBefore(past.view, { run, end: past.end, matches, signal: over.signal }).then((did) => {
      if (did) said();
    });
  }
  return {
    said: (text) => {
      if (!over.signal.aborted && matches(text)) said();
    },
    [Symbol.dispose]: () => {
      over.abort();
      patience?.[Symbol.dispose]();
    },
  };
}

/** Tries for as long as the run lives; when its time is over that is only told. */
function watchAnswers(
  { probe, intervalMs, timeoutMs }: RunningRule & { type: 'answers' },
  ports: WatchPorts,
  told: WatchTold,
): RunningWatch {
  const over = new AbortController();
  const { signal } = over;
  const isOver = (): boolean => signal.aborted;
  const tries = async (): Promise<void> => {
    for (let isFirst = true; !isOver(); isFirst = false) {
      try {
        await ports.probe(probe, { timeoutMs, intervalMs, clock: ports.clock, signal });
        if (!isOver()) told.up();
        return;
      } catch (error) {
        if (isFirst && !isOver()) told.late(errorMessage(error));
        // What is asked for can never be.
        if (isAgentError(error) && error.code === 'bad-arguments') return;
      }
    }
  };
  void tries();
  return { ...SILENT, [Symbol.dispose]: () => over.abort() };
}

function disposing(disposable: Disposable): () => void {
  return () => {
    disposable[Symbol.dispose]();
  };
}
