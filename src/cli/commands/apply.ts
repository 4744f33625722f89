import type { Client } from '../../client/client.ts';
import { errorMessage, isAgentError } from '../../protocol/agent-error.ts';
import { defineCommand } from '../cli-command.ts';
import type { Cli } from '../cli-context.ts';
import { UsageError } from '../cli-error.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { EXIT_FAILURE, EXIT_OK } from '../exit-codes.ts';
import { applyManifest, type Applied } from '../resources/apply-manifest.ts';
import { findType, shownName, type ChosenKind } from '../resources/find-type.ts';
import { type Manifest, readManifests } from '../resources/read-manifests.ts';
import { NAMESPACE_OPTION } from '../resources/resource-options.ts';
import { printable } from '../text-width.ts';
import { withAgent } from '../with-agent.ts';

export const apply = defineCommand({
  usage: ['apply -f FILE|- [options]'],
  details: [
    'Makes resources as they are written in YAML or JSON, several documents in a file if wanted: creates what is missing, changes what is other, and says which. A document has "metadata" with "type" and "id", and a "spec".',
    'Labels, annotations, finalizers and the spec are exchanged as a whole where they are written, and stay where they are not. Version, owner, phase, times and uid are the state’s own and read over, so that what `corex get -o yaml` printed can be applied.',
    'Nothing is sent unless all files can be read. Of what is refused each is told, the rest is done, and the exit code is 1.',
  ],
  options: {
    file: { type: 'text', short: 'f', value: 'FILE', multiple: true, summary: 'what to apply; - is standard input' },
    ...NAMESPACE_OPTION,
    ...AGENT_OPTIONS,
  },
  examples: [
    { line: 'corex apply -f disks.yaml', does: 'Make it so.' },
    { line: 'corex get disk sda -o yaml | sed s/500/1000/ | corex apply -f -', does: 'Change one.' },
  ],
  run: async ({ options, cli }) => {
    if (options.file.length === 0) throw new UsageError('Cannot apply anything: -f says which file');
    const manifests = await readManifests(options.file, cli);
    return await withAgent(options, cli, async (client) => {
      const types = await client.resources.types();
      const chosen = manifests.map((manifest) => {
        const { type, namespace } = manifest.resource.metadata;
        return { manifest, kind: findType(types, type, namespace ?? options.namespace) };
      });
      return await applyAll(client, chosen, options.json, cli);
    });
  },
});

interface Chosen {
  readonly manifest: Manifest;
  readonly kind: ChosenKind;
}

async function applyAll(client: Client, all: readonly Chosen[], asJson: boolean, cli: Cli): Promise<number> {
  const { output } = cli;
  const results: object[] = [];
  let code = EXIT_OK;
  for (const { manifest, kind } of all) {
    const { type, namespace } = kind;
    const { metadata, spec } = manifest.resource;
    const { id } = metadata;
    const name = printable(shownName(kind, id));
    try {
      const written = { metadata: { ...metadata, type, namespace }, ...(spec === undefined ? {} : { spec }) };
      const action: Applied = await applyManifest(client.resources, written);
      if (!asJson) await output.line(`${name} ${action}`);
      results.push({ type, namespace, id, action });
    } catch (error) {
      if (!isAgentError(error) || error.code === 'disconnected') throw error;
      code = EXIT_FAILURE;
      await output.write('stderr', `corex: ${name}: ${printable(errorMessage(error))}\n`);
      results.push({ type, namespace, id, error: { code: error.code, message: error.message } });
    }
  }
  if (asJson) await output.json({ results });
  return code;
}
