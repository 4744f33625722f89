import type { Command } from '../protocol/command.ts';
import type { EngineParts } from './engine-parts.ts';
import { Hooks } from './hooks/hook.ts';
import type { SubmitOptions } from './submit-options.ts';
import { Job } from './job.ts';
import { makeJobUid } from './job-uid.ts';
import type { Preparation, ProcessFactory } from './process.ts';
import { JobOutput } from './streams/job-output.ts';

/** A command whose arguments are known to be good, on its way to become a job. */
export interface Candidate {
  readonly command: Command;
  readonly hash: string;
  readonly options: SubmitOptions;
  readonly factory: ProcessFactory;
  readonly preparation: Preparation;
}

/** A new job, which nobody knows yet. */
export function makeJob({ command, hash, options, factory, preparation }: Candidate, parts: EngineParts): Job {
  const acceptedAt = parts.clock.now();
  const uid = makeJobUid(acceptedAt);
  return new Job({
    uid,
    id: command.id ?? uid,
    hash,
    command,
    preparation,
    place: factory.place,
    output: new JobOutput({ uid, archive: parts.archive, raw: command.raw, end: 0 }),
    hooks: new Hooks(options.hooks ?? [], parts.guard),
    acceptedAt,
    protected: options.protected ?? false,
    defaults: parts.defaults,
    watcher: parts.handlers,
    membership: options.member?.membership,
  });
}
