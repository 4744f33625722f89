/** Jobs as those see them who asked for them: a live one, or a settled one from the store. */
import { parseTrustedJson } from '../base/json.ts';
import { AgentError } from '../protocol/agent-error.ts';
import type { JobResult } from '../protocol/result.ts';
import type { Job } from './job.ts';
import type { FinishedJob } from './job-store.ts';
import type { OutputArchive } from './output-archive.ts';
import { JobOutput } from './streams/job-output.ts';
import { OutputReader } from './streams/output-reader.ts';
import { positionAt } from './streams/position-at.ts';
import type { JobReader, ReadingOptions } from './streams/reading.ts';
import type { JobView } from './job-view.ts';

/** A live job to follow and wait for. */
export function viewLiveJob(job: Job): JobView {
  return {
    id: job.id,
    command: job.command.name,
    result: job.result,
    positionAt: (time) => positionAt(job.output, time),
    read: (options) => readOutput(job.output, options),
  };
}

/** A settled job: its stored result, verbatim, and what is kept of its output. */
export function viewFinishedJob(finished: FinishedJob, archive: OutputArchive): JobView {
  const result = parseTrustedJson(finished.result) as JobResult;
  return {
    id: finished.id,
    command: result.command,
    result: Promise.resolve(result),
    positionAt: (time) => positionAt(finishedOutput(finished, archive), time),
    read: (options) => readOutput(finishedOutput(finished, archive), options),
  };
}

function finishedOutput({ uid, raw, outputEnd }: FinishedJob, archive: OutputArchive): JobOutput {
  const output = new JobOutput({ uid, archive, raw, end: outputEnd });
  output.settle();
  return output;
}

function readOutput(output: JobOutput, options: ReadingOptions): JobReader {
  // One beyond is what follows a line its run left open; see the parser on `seq`.
  if (typeof options.from === 'number' && options.from > output.reach + 1) {
    throw new AgentError(
      'bad-arguments',
      `Cannot read from position ${options.from}: the output ends at ${output.reach}`,
    );
  }
  return new OutputReader(output, options);
}
