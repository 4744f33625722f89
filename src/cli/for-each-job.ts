import { errorMessage } from '../protocol/agent-error.ts';
import type { Cli } from './cli-context.ts';
import { EXIT_FAILURE, EXIT_OK } from './exit-codes.ts';

export interface ForEachOptions {
  readonly json: boolean;
  /** Member of the JSON document that lists the ids it worked for. */
  readonly member: string;
}

/**
 * Does the same for several jobs, or containers. One that fails is told on standard error and keeps no other from its turn. Prints
 * the ids it worked for. Resolves to 0, or 1 when one failed.
 */
export async function forEachJob(
  ids: readonly string[],
  { output }: Pick<Cli, 'output'>,
  { json, member }: ForEachOptions,
  work: (id: string) => Promise<void>,
): Promise<number> {
  const outcomes = await Promise.allSettled(ids.map((id) => work(id)));
  const done: string[] = [];
  const failed: { id: string; message: string }[] = [];
  for (const [at, outcome] of outcomes.entries()) {
    const id = ids[at] ?? '';
    if (outcome.status === 'fulfilled') done.push(id);
    else failed.push({ id, message: errorMessage(outcome.reason) });
  }
  if (json) await output.json({ [member]: done, failed });
  else if (done.length > 0) await output.line(done.join('\n'));
  for (const { message } of failed)
    await output.write('stderr', `${output.stderr.paint('bad', 'corex:')} ${message}\n`);
  return failed.length === 0 ? EXIT_OK : EXIT_FAILURE;
}
