import type { Client } from '../../client/client.ts';
import type { FreedInfo, ImageDetails } from '../../protocol/images.ts';
import { defineCommand } from '../cli-command.ts';
import type { Cli } from '../cli-context.ts';
import { UsageError } from '../cli-error.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { findAction } from '../find-action.ts';
import { containerNames } from '../images/container-names.ts';
import { imageLines } from '../images/image-lines.ts';
import { shortDigest } from '../images/image-rows.ts';
import { showImages } from '../images/show-images.ts';
import { takeImage } from '../images/take-image.ts';
import { formatBytes } from '../sizes.ts';
import { withAgent } from '../with-agent.ts';

const ACTIONS = ['list', 'pull', 'import', 'inspect', 'remove', 'prune'] as const;
type Action = (typeof ACTIONS)[number];

/** Options that only some actions take. */
const TAKEN_BY: Readonly<Record<'name' | 'platform' | 'reference' | 'all', readonly Action[]>> = {
  name: ['pull', 'import'],
  platform: ['pull', 'import'],
  reference: ['import'],
  all: ['prune'],
};

export const image = defineCommand({
  usage: [
    'image [list] [options]',
    'image pull [--name NAME] [--platform OS/ARCH] REFERENCE [options]',
    'image import [--name NAME] [--reference NAME] KIND:/PATH [options]',
    'image inspect|remove IMAGE… [options]',
    'image prune [--all] [options]',
  ],
  details: [
    'Images are what containers stand on. `pull` fetches one from a registry; without a registry in its name it is one of docker.io. `import` makes one of files of the agent’s machine: `oci:/DIR`, `oci-archive:/FILE`, `docker-archive:/FILE` (what `docker save` writes), `tar:/FILE` and `directory:/DIR` (a root).',
    'IMAGE is a name or a digest, of which the first digits suffice. `remove` takes a name away, and the image with its last one; an image that a container stands on stays. `prune` removes images without a name, and layers nobody needs.',
  ],
  options: {
    name: { type: 'text', short: 'n', value: 'NAME', summary: 'what it is called here' },
    platform: {
      type: 'text',
      value: 'OS/ARCH',
      summary: 'which of several images; default: that of the agent’s machine',
    },
    reference: { type: 'text', value: 'NAME', summary: 'which of several images in a file' },
    all: { type: 'flag', short: 'a', summary: 'images that have a name, too, if no container stands on them' },
    ...AGENT_OPTIONS,
  },
  words: { max: 1000 },
  examples: [
    { line: 'corex image pull alpine:3.20', does: 'Fetch an image.' },
    { line: 'corex image import --name base tar:/srv/roots/base.tar.gz', does: 'Make one of a root in an archive.' },
    { line: 'corex image inspect alpine:3.20', does: 'What its containers are started with.' },
    { line: 'corex image prune --all', does: 'Remove what no container stands on.' },
  ],
  run: async ({ options, words: [word = 'list', ...words], cli }) => {
    const action = findAction(ACTIONS, word);
    checkWords(action, words);
    for (const [option, actions] of Object.entries(TAKEN_BY)) {
      const value = options[option as keyof typeof TAKEN_BY];
      if (value !== undefined && value !== false && !actions.includes(action)) {
        throw new UsageError(`Cannot use --${option} with "${action}": "corex image ${actions.join('|')}" takes it`);
      }
    }
    const { name, platform, reference, all, json } = options;
    const [first = ''] = words;
    return withAgent(options, cli, async (client) => {
      switch (action) {
        case 'list':
          await showImages(client, json, cli);
          return EXIT_OK;
        case 'pull':
          return await takeImage(
            client,
            { command: 'image.pull', arguments: { reference: first, name, platform } },
            json,
            cli,
          );
        case 'import':
          return await takeImage(
            client,
            { command: 'image.import', arguments: { source: first, name, platform, reference } },
            json,
            cli,
          );
        case 'inspect':
          return await inspect(client, words, json, cli);
        case 'remove':
          for (const each of words)
            await showFreed((await client.call('image.remove', { image: each })) as FreedInfo, json, cli);
          return EXIT_OK;
        case 'prune':
          await showFreed((await client.call('image.prune', { all })) as FreedInfo, json, cli);
          return EXIT_OK;
      }
    });
  },
});

/** How many words an action takes, and what they are. */
function checkWords(action: Action, words: readonly string[]): void {
  const [, second] = words;
  const takesNone = action === 'list' || action === 'prune';
  if (takesNone && words[0] !== undefined)
    throw new UsageError(`Cannot read the command line: "${words[0]}" is one word too many`);
  if (takesNone) return;
  const wanted =
    action === 'import' ? 'a source, such as "tar:/path",' : action === 'pull' ? 'the name of an image' : 'an image';
  if (words.length === 0) throw new UsageError(`Cannot ${action}: ${wanted} is missing`);
  if (second !== undefined && (action === 'pull' || action === 'import')) {
    throw new UsageError(`Cannot read the command line: "${second}" is one word too many`);
  }
}

async function inspect(client: Client, images: readonly string[], json: boolean, { output }: Cli): Promise<number> {
  const found: ImageDetails[] = [];
  for (const each of images)
    found.push((await client.call('image.inspect', { image: each }, { idempotent: true })) as ImageDetails);
  if (json) await output.json({ images: found });
  if (json) return EXIT_OK;
  const namesOf = await containerNames(client);
  const shown: string[][] = [];
  for (const each of found) shown.push(await imageLines(each, namesOf(each.containers), output.stdout));
  await output.line(shown.map((lines) => lines.join('\n')).join('\n\n'));
  return EXIT_OK;
}

async function showFreed(freed: FreedInfo, json: boolean, { output }: Cli): Promise<void> {
  if (json) {
    await output.json(freed);
    return;
  }
  const { images, layers, bytes } = freed;
  for (const digest of images) await output.line(shortDigest(digest));
  const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;
  await output.note(
    `Removed ${count(images.length, 'image')} and ${count(layers, 'layer')}, ${formatBytes(bytes)} in all.`,
  );
}
