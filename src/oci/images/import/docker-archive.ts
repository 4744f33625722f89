/** Images of what `docker save` wrote, unpacked. */
import * as z from 'zod';
import { AgentError } from '../../../protocol/agent-error.ts';
import type { Inside } from '../copy/inside.ts';
import type { Digest } from '../digest.ts';
import type { ImageStore } from '../image-store.ts';
import { CONFIG_TYPE, ImageConfig, LAYER_TYPE, MANIFEST_TYPE, parseDocument } from '../manifest.ts';
import type { Hold } from '../pins.ts';
import { parseReference, referenceText } from '../reference.ts';
import { hashFile } from './hash-file.ts';
import { openInside, readSmall } from './layout.ts';

const Saved = z.array(
  z.object({
    Config: z.string(),
    RepoTags: z.array(z.string()).nullish(),
    Layers: z.array(z.string()).max(500),
  }),
);
type Saved = z.infer<typeof Saved>[number];

export interface SavedImage {
  readonly digest: Digest;
  /** A name it was saved with; undefined for none. */
  readonly name: string | undefined;
}

/**
 * Copies an image into the store, under a manifest that is made for it. `reference` names one of several.
 *
 * Errors: AgentError `bad-image`, `unknown-image`; those of files; the signal's reason.
 */
export async function takeSaved(
  store: ImageStore,
  tree: Inside,
  choice: { readonly reference: string | undefined; readonly what: string; readonly signal: AbortSignal },
  hold: Hold,
): Promise<SavedImage> {
  const { reference, what, signal } = choice;
  const saved = chooseSaved(
    parseDocument(Saved, await readSmall(tree, 'manifest.json', what), `manifest.json of ${what}`),
    reference,
    what,
  );
  const configBytes = await readSmall(tree, saved.Config, what);
  parseDocument(ImageConfig, configBytes, `the configuration of ${what}`);
  const layers = [];
  for (const path of saved.Layers) {
    await using file = await openInside(tree, path, what);
    const { digest, size } = await hashFile(file, signal);
    hold.add(digest);
    await store.blobs.copy(file, { digest, size }, signal);
    layers.push({ mediaType: LAYER_TYPE, digest, size });
  }
  const config = await store.blobs.write(configBytes, hold);
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: { mediaType: CONFIG_TYPE, digest: config, size: configBytes.length },
    layers,
  };
  const digest = await store.blobs.write(Buffer.from(JSON.stringify(manifest)), hold);
  const [name] = saved.RepoTags ?? [];
  return { digest, name: name === undefined ? undefined : referenceText(parseReference(name)) };
}

function chooseSaved(all: readonly Saved[], reference: string | undefined, what: string): Saved {
  const wanted = reference === undefined ? undefined : referenceText(parseReference(reference));
  const isWanted = (tag: string): boolean => referenceText(parseReference(tag)) === wanted;
  const [found, another] = wanted === undefined ? all : all.filter(({ RepoTags: tags }) => tags?.some(isWanted));
  if (found !== undefined && another === undefined) return found;
  const names = all.flatMap(({ RepoTags: tags }) => tags ?? []).slice(0, 20);
  const there = names.length === 0 ? `${all.length} without a name` : names.map((name) => `"${name}"`).join(', ');
  const asked = wanted === undefined ? 'one of several images' : `"${wanted}"`;
  throw new AgentError(
    'unknown-image',
    `Cannot find ${asked} in ${what}: it has ${there}; give the "reference" of one`,
  );
}
