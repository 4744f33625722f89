import type { Client } from '../../client/client.ts';
import { errorMessage, isAgentError } from '../../protocol/agent-error.ts';
import { defineCommand } from '../cli-command.ts';
import type { Cli } from '../cli-context.ts';
import { UsageError } from '../cli-error.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { EXIT_FAILURE, EXIT_OK, EXIT_TIMEOUT } from '../exit-codes.ts';
import { awaitDeletion, type Deleted, deleteResource } from '../resources/delete-resource.ts';
import { findType, shownName, type ChosenKind } from '../resources/find-type.ts';
import { readManifests } from '../resources/read-manifests.ts';
import { NAMESPACE_OPTION } from '../resources/resource-options.ts';
import { printable } from '../text-width.ts';
import { withAgent } from '../with-agent.ts';

export const deleteCommand = defineCommand({
  usage: ['delete [options] TYPE ID…', 'delete -f FILE|- [options]'],
  details: [
    'Says that resources are to go, and destroys them. Whoever has put a finalizer on one has something to do before: until then it is "tearing-down". With --wait it is destroyed as soon as it may be; without, `corex delete` again destroys it then.',
    'With a file, what its documents name is deleted, the last first. The exit code is 1 when one could not be, 124 when --timeout is over.',
  ],
  options: {
    file: { type: 'text', short: 'f', value: 'FILE', multiple: true, summary: 'what to delete; - is standard input' },
    wait: { type: 'flag', summary: 'wait until all of them are gone' },
    timeout: { type: 'duration', short: 't', value: 'TIME', summary: 'wait at most this long; implies --wait' },
    ...NAMESPACE_OPTION,
    ...AGENT_OPTIONS,
  },
  words: { max: 1000 },
  examples: [
    { line: 'corex delete disk sda sdb', does: 'Two of them.' },
    { line: 'corex delete --timeout 1m -f disks.yaml', does: 'All of a file, gone or exit code 124.' },
  ],
  run: async ({ options, words: [name, ...ids], cli }) => {
    const { file, timeout } = options;
    if (file.length > 0 && name !== undefined) throw new UsageError(`Cannot delete "${name}" and a file at once`);
    if (file.length === 0 && name === undefined)
      throw new UsageError('Cannot delete anything: a type and ids, or -f, say what');
    if (name !== undefined && ids.length === 0) throw new UsageError(`Cannot delete "${name}": ids are missing`);
    const manifests = await readManifests(file, cli);
    const signal = timeout === undefined ? undefined : AbortSignal.timeout(Math.ceil(timeout * 1000));
    return await withAgent(options, cli, async (client) => {
      const types = await client.resources.types();
      const named = manifests
        .toReversed()
        .map(({ resource: { metadata } }) => ({ type: metadata.type, namespace: metadata.namespace, id: metadata.id }));
      const wanted = name === undefined ? named : ids.map((id) => ({ type: name, namespace: undefined, id }));
      const targets = wanted.map(({ type, namespace, id }) => ({
        kind: findType(types, type, namespace ?? options.namespace),
        id,
      }));
      const wait = options.wait || timeout !== undefined;
      return await deleteAll(client, targets, { wait, signal, asJson: options.json }, cli);
    });
  },
});

interface Target {
  readonly kind: ChosenKind;
  readonly id: string;
}

interface Wishes {
  readonly wait: boolean;
  readonly signal: AbortSignal | undefined;
  readonly asJson: boolean;
}

/** All are said to be going first: they may wait for each other. */
async function deleteAll(client: Client, targets: readonly Target[], wishes: Wishes, cli: Cli): Promise<number> {
  const { output } = cli;
  const results: object[] = [];
  let code = EXIT_OK;
  const waiting: Target[] = [];
  const tell = async ({ kind, id }: Target, deleted: Deleted | 'late'): Promise<void> => {
    const { type, namespace } = kind;
    const isGone = deleted !== 'late' && deleted.type === 'destroyed';
    const finalizers = deleted === 'late' || deleted.type === 'destroyed' ? undefined : deleted.finalizers;
    results.push({
      type,
      namespace,
      id,
      action: isGone ? 'destroyed' : 'tearing-down',
      ...(finalizers && { finalizers }),
    });
    const why = deleted === 'late' ? ', still' : `, waits for ${finalizers?.join(', ') ?? ''}`;
    if (!wishes.asJson)
      await output.line(printable(`${shownName(kind, id)} ${isGone ? 'destroyed' : `tearing-down${why}`}`));
  };
  for (const target of targets) {
    try {
      const deleted = await deleteResource(client.resources, pointerOf(target));
      if (deleted.type === 'tearing-down' && wishes.wait) waiting.push(target);
      else await tell(target, deleted);
    } catch (error) {
      if (!isAgentError(error) || error.code === 'disconnected') throw error;
      code = EXIT_FAILURE;
      await output.write('stderr', `corex: ${printable(errorMessage(error))}\n`);
      results.push({ ...pointerOf(target), error: { code: error.code, message: error.message } });
    }
  }
  for (const target of waiting) {
    const isGone = await awaitDeletion(client.resources, pointerOf(target), wishes.signal);
    if (!isGone) code = EXIT_TIMEOUT;
    await tell(target, isGone ? { type: 'destroyed' } : 'late');
  }
  if (wishes.asJson) await output.json({ results });
  return code;
}

function pointerOf({ kind: { type, namespace }, id }: Target) {
  return { type, namespace, id };
}
