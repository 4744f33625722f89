import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { systemClock } from '../../base/clock.ts';
import { batchSummary } from '../../client/batch.ts';
import type { Client } from '../../client/client.ts';
import type { JobHandle } from '../../client/job-handle.ts';
import type { BatchSummary } from '../../protocol/batch-summary.ts';
import type { JobResult } from '../../protocol/result.ts';
import { AFTER_OPTION, readAfterOption } from '../after-option.ts';
import { defineCommand } from '../cli-command.ts';
import type { Cli } from '../cli-context.ts';
import { UsageError } from '../cli-error.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { connectionNotes } from '../connection-notes.ts';
import { exitCodeOfResult } from '../exit-codes.ts';
import { followStyle, stopOnInterrupt } from '../follow-job.ts';
import { refusalToExit, tellAcceptance, tellEnd } from '../job-end.ts';
import { readBatch } from '../read-batch.ts';
import { tableLines, type Column } from '../table.ts';
import { ProgressBar } from '../terminal/progress-bar.ts';
import { withAgent } from '../with-agent.ts';

const FAILURES: readonly Column<BatchSummary['failures'][number]>[] = [
  { title: 'FAILED', value: ({ id }) => id, shrinkTo: 12 },
  { title: 'STATE', value: ({ state }) => state, look: () => 'bad' },
  { title: 'REASON', value: ({ reason }) => reason },
  { title: 'CODE', value: ({ code }) => String(code), align: 'right' },
];

export const batch = defineCommand({
  usage: ['batch [options] FILE|-'],
  details: [
    'FILE has one command a line as JSON, or a list of commands as JSON or YAML; or an object of "commands", "defaults", "max_in_flight" and "on_failure". A command is what the wire takes, such as {"name": "build", "command": "core.system", "arguments": {"name": "make"}, "after": ["fetch"]}; a "name" is what the others call it, and ends its job’s id.',
    'All commands are taken or none. The batch is a job itself, which goes on without this command and without the agent; its jobs end with it when it is killed.',
    'The exit code is 0 when all succeeded, 1 when some did not, 125 when the batch was refused or the agent is in trouble. Ctrl-C ends the batch and its jobs.',
  ],
  options: {
    id: { type: 'text', value: 'ID', summary: 'name of the batch; the same id and content again joins it' },
    maxInFlight: {
      type: 'integer',
      short: 'j',
      value: 'N',
      min: 1,
      max: 1_000_000,
      summary: 'jobs that may be in line or run at once; default all',
    },
    onFailure: {
      type: 'text',
      value: 'WHAT',
      choices: ['continue', 'stop'],
      summary: '"stop" starts nothing more once a job did not succeed; default "continue"',
    },
    ...AFTER_OPTION,
    tag: { type: 'text', value: 'TAG', multiple: true, summary: 'label of the batch to find it by' },
    detach: { type: 'flag', short: 'd', summary: 'print the id and leave the batch to the agent' },
    ...AGENT_OPTIONS,
  },
  words: { min: 1, max: 1 },
  examples: [
    { line: 'corex batch -j 4 --on-failure stop jobs.yaml', does: 'Four at a time, no more after the first failure.' },
    { line: 'generate-jobs | corex batch --id nightly -', does: 'One JSON command a line from standard input.' },
  ],
  run: async ({ options, words: [file = ''], cli }) => {
    const written = await readBatch(await contentOf(file, cli), file === '-' ? 'standard input' : `"${file}"`);
    const maxInFlight = options.maxInFlight ?? written.maxInFlight;
    const onFailure = (options.onFailure as 'continue' | 'stop' | undefined) ?? written.onFailure;
    const settings = {
      ...(options.id === undefined ? {} : { id: options.id }),
      ...(options.after.length === 0 ? {} : { after: options.after.map(readAfterOption) }),
      ...(options.tag.length === 0 ? {} : { tags: [...options.tag] }),
      ...(written.defaults === undefined ? {} : { defaults: written.defaults }),
      ...(maxInFlight === undefined ? {} : { maxInFlight }),
      ...(onFailure === undefined ? {} : { onFailure }),
    };
    const style = followStyle(cli, false);
    const work = async (client: Client): Promise<number> => {
      const job = client.batch(written.commands, settings);
      if (options.detach) return await tellAcceptance(job, options.json, cli);
      using _interrupts = stopOnInterrupt(job, cli, style);
      await follow(job, cli);
      return await tell(await job.result(), options.json, cli);
    };
    const onStatus = connectionNotes(cli, style.notes !== 'none');
    return await withAgent(options, cli, work, { onStatus }).catch(refusalToExit);
  },
});

async function contentOf(file: string, cli: Cli): Promise<string> {
  if (file === '-') return await text(cli.stdin());
  try {
    return await readFile(path.resolve(cli.directory, file), 'utf8');
  } catch (error) {
    throw new UsageError(`Cannot read the batch: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Draws how far it is, to its end. */
async function follow(job: JobHandle, { output, env }: Cli): Promise<void> {
  await job.accepted;
  await using bar = new ProgressBar({ output, env, clock: systemClock, label: job.id });
  for await (const item of job.messages()) {
    if (item.type !== 'event' || item.event.event !== 'progress') continue;
    const { done, total, text: note } = item.event;
    bar.update(done, total, note);
  }
}

async function tell(result: JobResult, asJson: boolean, cli: Cli): Promise<number> {
  const { output } = cli;
  const summary = asJson ? undefined : batchSummary(result);
  if (summary === undefined) return await tellEnd(result, asJson, cli);
  if (summary.failures.length > 0) {
    await output.line((await tableLines(FAILURES, summary.failures, output.stdout)).join('\n'));
  }
  const more = summary.failed - summary.failures.length;
  if (more > 0) await output.line(`… and ${more} more`);
  await output.line(describeSummary(summary));
  return exitCodeOfResult(result);
}

function describeSummary({ jobs, states, failed, stopped, started, ended }: BatchSummary): string {
  const counts = Object.entries(states).map(([state, count]) => `${count} ${state}`);
  const seconds = started === 0 ? '' : ` in ${((ended - started) / 1000).toFixed(1)} s`;
  const halt = stopped && failed > 0 ? '; stopped at the first failure' : '';
  return `${jobs} jobs${seconds}: ${counts.join(', ')}${halt}`;
}
