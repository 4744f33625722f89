/** Tells each command as a trace: one span from its frame to its result, and one below for each thing that took its time. */
import { hash, randomBytes } from 'node:crypto';
import type { Handler, HandledJob } from '../engine/handlers.ts';
import type { Command } from '../protocol/command.ts';
import type { JobEvent } from '../protocol/frames.ts';
import type { JobState } from '../protocol/job-info.ts';
import type { JobResult } from '../protocol/result.ts';
import { readTraceParent, writeTraceParent, type TraceContext } from '../protocol/trace-parent.ts';
import type { Sampler } from '../telemetry/open-telemetry/sampler.ts';
import type { Span } from '../telemetry/open-telemetry/span.ts';

export interface TraceOptions {
  readonly sampler: Sampler;
  /** Wall clock, milliseconds. */
  readonly now: () => number;
  readonly add: (span: Span) => void;
}

const TRACE_ID_LETTERS = 32;
const SPAN_ID_LETTERS = 16;

/** Where a live job stands. */
interface JobTrace {
  readonly traceId: string;
  readonly spanId: string;
  readonly parent: TraceContext | undefined;
  readonly isSampled: boolean;
  /** Since when it is in the state it is in, wall clock. */
  since: number;
  isInLine: boolean;
  stops: { name: string; at: number }[];
}

/**
 * A handler that tells spans of all commands. The numbers of a job's spans follow from the job itself: the agent that
 * ends it tells the same trace as the one that took it, and what its processes were handed stays true.
 */
export function traceCommands({ sampler, now, add }: TraceOptions): Handler {
  const traces = new Map<string, JobTrace>();
  const traceOf = (job: HandledJob): JobTrace => {
    let trace = traces.get(job.uid);
    if (trace === undefined) {
      trace = beginTrace(job, sampler, now());
      traces.set(job.uid, trace);
    }
    return trace;
  };
  const child = (job: HandledJob, trace: JobTrace, name: string, startedAt: number, more: Partial<Span> = {}): void => {
    if (!trace.isSampled) return;
    add({
      name,
      kind: 'internal',
      traceId: trace.traceId,
      spanId: randomId(SPAN_ID_LETTERS),
      parentSpanId: trace.spanId,
      startedAt,
      endedAt: now(),
      attributes: { 'corex.job.id': job.id },
      ...more,
    });
  };
  return {
    name: 'traces',
    accepted: (job) => {
      const trace = traceOf(job);
      child(job, trace, 'accept', job.acceptedAt);
      trace.since = now();
      trace.isInLine = job.command.queue !== undefined;
    },
    moved: (job, state) => {
      const trace = traceOf(job);
      const told = spanBefore(state, trace, job);
      if (told !== undefined) child(job, trace, told.name, trace.since, { attributes: told.attributes });
      trace.since = now();
      trace.isInLine = state === 'queued' && job.command.queue !== undefined;
    },
    told: (job, event) => {
      const trace = traces.get(job.uid);
      if (trace === undefined) return;
      if (event.event === 'queued') trace.isInLine = true;
      if (event.event === 'stopping') trace.stops.push({ name: `stopping: ${event.reason}`, at: now() });
      if (event.event !== 'exited') return;
      const endedAt = now();
      child(job, trace, 'run', endedAt - event.time, {
        endedAt,
        spanId: runSpanId(job, event.run),
        attributes: runAttributes(job, event),
        events: trace.stops,
        error: event.state === 'SUCCESS' ? undefined : (event.error?.message ?? event.reason),
      });
      trace.stops = [];
      trace.since = endedAt;
    },
    traceparent: (job, run) => {
      const trace = traceOf(job);
      if (!trace.isSampled) return undefined;
      return writeTraceParent({ traceId: trace.traceId, spanId: runSpanId(job, run), isSampled: true });
    },
    result: (job, result) => {
      const trace = traceOf(job);
      traces.delete(job.uid);
      if (!trace.isSampled) return;
      add({ ...root(job.command, result, trace), startedAt: job.acceptedAt, endedAt: now() });
    },
    answered: (command, result) => {
      const parent = command.trace === undefined ? undefined : readTraceParent(command.trace);
      const traceId = parent?.traceId ?? randomId(TRACE_ID_LETTERS);
      if (!sampler(traceId, parent?.isSampled)) return;
      const endedAt = now();
      const span = { traceId, spanId: randomId(SPAN_ID_LETTERS), parent };
      add({ ...root(command, result, span), startedAt: Math.min(endedAt, result.starttime || endedAt), endedAt });
    },
  };
}

function beginTrace({ uid, command }: HandledJob, sampler: Sampler, now: number): JobTrace {
  const parent = command.trace === undefined ? undefined : readTraceParent(command.trace);
  const traceId = parent?.traceId ?? hash('sha256', `trace ${uid}`).slice(0, TRACE_ID_LETTERS);
  return {
    traceId,
    spanId: hash('sha256', `span ${uid}`).slice(0, SPAN_ID_LETTERS),
    parent,
    isSampled: sampler(traceId, parent?.isSampled),
    since: now,
    isInLine: false,
    stops: [],
  };
}

function runSpanId({ uid }: HandledJob, run: number): string {
  return hash('sha256', `span ${uid}.${String(run)}`).slice(0, SPAN_ID_LETTERS);
}

function randomId(letters: number): string {
  return randomBytes(letters / 2).toString('hex');
}

/** What a job did until it came to a state. Of a run's time its own span tells. */
function spanBefore(
  state: JobState,
  { isInLine }: JobTrace,
  { id, runs, command }: HandledJob,
): Pick<Span, 'name' | 'attributes'> | undefined {
  const attributes = { 'corex.job.id': id };
  switch (state) {
    case 'starting':
      return isInLine ? { name: 'queue', attributes: { ...attributes, 'corex.queue': command.queue } } : undefined;
    case 'running':
      return { name: 'start', attributes: { ...attributes, 'corex.run': runs } };
    case 'waiting':
    case 'settled':
      return { name: 'store', attributes: { ...attributes, 'corex.run': runs } };
    case 'queued':
      return { name: 'backoff', attributes };
    case 'stopping':
      return undefined;
  }
}

function runAttributes(job: HandledJob, event: Extract<JobEvent, { event: 'exited' }>): Span['attributes'] {
  return {
    'corex.job.id': job.id,
    'corex.run': event.run,
    'corex.reason': event.reason,
    'corex.code': event.code,
    ...(event.usage === undefined
      ? {}
      : { 'corex.cpu.user_ms': event.usage.user_ms, 'corex.cpu.system_ms': event.usage.system_ms }),
  };
}

function root(
  command: Command,
  result: JobResult,
  { traceId, spanId, parent }: Pick<JobTrace, 'traceId' | 'spanId' | 'parent'>,
): Omit<Span, 'startedAt' | 'endedAt'> {
  return {
    name: command.name,
    kind: 'server',
    traceId,
    spanId,
    parentSpanId: parent?.spanId,
    isParentRemote: parent !== undefined,
    attributes: {
      'corex.job.id': result.id === '' ? undefined : result.id,
      'corex.queue': command.queue,
      'corex.tags': command.tags.length === 0 ? undefined : command.tags,
      'corex.state': result.state,
      'corex.reason': result.reason,
      'corex.code': result.code,
      'corex.runs': result.runs,
      'corex.output.bytes': result.output.bytes,
    },
    error: result.state === 'SUCCESS' ? undefined : (result.error?.message ?? result.reason),
  };
}
