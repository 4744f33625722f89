import * as z from 'zod';
import {
  AgentError,
  type BatchEntry,
  type BatchSpec,
  type BatchSummary,
  type BuiltinContext,
  defineBuiltin,
  JSON_RESULT_LEVEL,
  MAX_BATCH,
  parseCommand,
} from 'corex/builtin';

/** Jobs that failed that the error names. */
const NAMED = 3;

const Name = z
  .string()
  .regex(/^[\x21-\x7e]{1,64}$/, 'must be 1 to 64 printable ASCII characters without spaces')
  .describe('What the others call it in `after`.');

const Arguments = z.strictObject({
  commands: z
    .array(z.looseObject({ name: Name.nullish() }))
    .min(1)
    .max(MAX_BATCH)
    .describe(
      'Commands as they are sent alone, as many as fit in a frame, each with a `name` if wanted. One without `id` gets `<batch>.<name>`, or `<batch>.<number>` by its place. `after` takes names of this batch and ids of any job.',
    ),
  defaults: z
    .looseObject({})
    .nullish()
    .describe('Fields for those commands that do not say otherwise, such as `command`, `queue` or `tags`.'),
  max_in_flight: z
    .int()
    .min(1)
    .max(1_000_000)
    .nullish()
    .describe('Jobs of the batch that may be in line or run at once. None: all.'),
  on_failure: z
    .enum(['continue', 'stop'])
    .nullish()
    .describe(
      '`stop`: once a job did not succeed nothing more starts, what runs goes on to its end. Default `continue`.',
    ),
});
type Arguments = z.infer<typeof Arguments>;

const EXAMPLE_SUMMARY: BatchSummary = {
  jobs: 2,
  states: { SUCCESS: 2 },
  reasons: { exited: 2 },
  failed: 0,
  failures: [],
  stopped: false,
  started: 1_760_000_000_000,
  ended: 1_760_000_001_000,
};

export const jobBatch = defineBuiltin({
  name: 'job.batch',
  summary: 'Many commands at once, all or none, which may wait for each other; its result sums up theirs.',
  arguments: Arguments,
  durable: true,
  resumes: true,
  isBatch: true,
  errors: ['bad-command', 'unknown-command', 'unknown-job', 'too-many', 'duplicate-id', 'failed'],
  example: {
    arguments: {
      commands: [
        { name: 'build', command: 'core.system', arguments: { name: 'make' } },
        { command: 'core.system', arguments: { name: 'make', args: ['install'] }, after: ['build'] },
      ],
      max_in_flight: 4,
      on_failure: 'stop',
    },
    data: EXAMPLE_SUMMARY,
  },
  admit: (args, { command, jobs }) => jobs.batches.check(command.id ?? '', specOf(args)),
  run: async (args, context) => {
    const { command, jobs, signal } = context;
    const progress: BuiltinContext['progress'] = (...far) => {
      context.progress(...far);
    };
    const summary = await jobs.batches.run(command.id ?? '', specOf(args), { signal, progress });
    if (summary.failed === 0 || signal.aborted) return summary;
    context.message(JSON_RESULT_LEVEL, JSON.stringify(summary));
    throw new AgentError('failed', failureOf(summary));
  },
});

function specOf({ commands, defaults, max_in_flight: maxInFlight, on_failure: onFailure }: Arguments): BatchSpec {
  return {
    entries: commands.map((entry, index) => readEntry(entry, defaults ?? {}, index)),
    maxInFlight: maxInFlight ?? undefined,
    onFailure: onFailure ?? 'continue',
  };
}

function readEntry({ name, ...command }: Arguments['commands'][number], defaults: object, index: number): BatchEntry {
  const given = Object.entries(command).filter(([, value]) => value !== undefined && value !== null);
  try {
    for (const field of ['ref', 'stream']) {
      if (field in command) throw new AgentError('bad-command', `"${field}" means nothing in a batch`);
    }
    return { name: name ?? undefined, command: parseCommand({ ...defaults, ...Object.fromEntries(given) }) };
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    throw new AgentError('bad-arguments', `Cannot take the batch: commands.${index} is wrong. ${error.message}`, {
      cause: error,
    });
  }
}

function failureOf({ jobs, failed, failures }: BatchSummary): string {
  const named = failures.slice(0, NAMED).map(({ id }) => `"${id}"`);
  if (failed > named.length) named.push(`${failed - named.length} more`);
  return `${failed} of ${jobs} jobs did not succeed: ${named.join(', ')}`;
}
