/** Images of registries. The documents are looked at first, by digest; then the layers that are missing are fetched. */
import { mkdir, readFile } from 'node:fs/promises';
import { AgentError } from '../../../protocol/agent-error.ts';
import { digestBytes, shortDigest, type Digest } from '../digest.ts';
import type { ImageStore } from '../image-store.ts';
import {
  ImageIndex,
  isIndex,
  MOST_DOCUMENT_BYTES,
  parseDocument,
  parseDocumentJson,
  type Descriptor,
} from '../manifest.ts';
import type { Hold } from '../pins.ts';
import type { Platform } from '../platform.ts';
import { referenceText, type Reference } from '../reference.ts';
import type { Stage } from '../staging.ts';
import { chooseImage, parseManifest, type Chosen } from './choose-image.ts';
import { askRegistry, type RegistrySettings } from './skopeo.ts';
import type { Turns } from './turns.ts';

export interface RegistryChoice {
  readonly reference: Reference;
  readonly platform: Platform;
  /** Bytes that all layers together may have, as they are. */
  readonly mostBytes: number;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

/**
 * Fetches an image into the store and gives the digest of its manifest. Two that share layers take turns: the second finds
 * them there.
 *
 * Errors: AgentError `unreachable`, `forbidden`, `unknown-image`, `bad-image`, `no-space`, `not-able`; the signal's reason.
 */
export async function takeFromRegistry(
  store: ImageStore,
  settings: RegistrySettings,
  turns: Turns,
  choice: RegistryChoice,
  hold: Hold,
): Promise<Digest> {
  const { reference, mostBytes, signal } = choice;
  const what = `"${referenceText(reference)}"`;
  await using stage = await store.staging.make();
  const { descriptor, manifest } = await lookUp(settings, choice, stage);
  const blobs = [manifest.config, ...manifest.layers];
  const bytes = blobs.reduce((sum, { size }) => sum + size, 0);
  if (bytes > mostBytes)
    throw new AgentError('bad-image', `Cannot pull ${what}: it has ${bytes} bytes, and at most ${mostBytes} are taken`);
  hold.add(...blobs.map(({ digest }) => digest));
  return await turns.take(
    blobs.map(({ digest }) => digest),
    signal,
    async () => {
      await removeDamaged(store, blobs);
      const fetched = await fetch(settings, { ...choice, digest: descriptor.digest }, store, stage);
      hold.add(fetched);
      return fetched;
    },
  );
}

async function lookUp(settings: RegistrySettings, choice: RegistryChoice, stage: Stage): Promise<Chosen> {
  const { reference, platform, signal } = choice;
  const what = `"${referenceText(reference)}"`;
  const inspect = async (operand: string): Promise<Buffer> => {
    const outputFile = stage.at('document');
    await askRegistry(settings, reference, {
      verb: 'inspect',
      options: ['--raw'],
      operands: [operand],
      directory: stage.directory,
      outputFile,
      signal,
    });
    const bytes = await readFile(outputFile);
    if (bytes.length > MOST_DOCUMENT_BYTES)
      throw new AgentError('bad-image', `Cannot pull ${what}: its manifest has more than ${MOST_DOCUMENT_BYTES} bytes`);
    return bytes;
  };
  const top = await inspect(operandOf(reference));
  if (reference.digest !== undefined && digestBytes(top, reference.digest) !== reference.digest) {
    throw new AgentError('bad-image', `Cannot pull ${what}: the registry gives another manifest than that`);
  }
  if (!isIndex(parseDocumentJson(top, `the manifest of ${what}`))) {
    const descriptor = { mediaType: '', digest: digestBytes(top, reference.digest), size: top.length };
    return { descriptor: parseless(descriptor), manifest: parseManifest(top, what), bytes: top };
  }
  const index = parseDocument(ImageIndex, top, `the list of images of ${what}`);
  return await chooseImage(
    index.manifests,
    platform,
    ({ digest }) => inspect(operandOf({ ...reference, digest })),
    what,
  );
}

function parseless(descriptor: { mediaType: string; digest: Digest; size: number }): Descriptor {
  return { ...descriptor, urls: undefined, platform: undefined, annotations: undefined };
}

/** skopeo takes a tag or a digest, not both. */
function operandOf({ registry, repository, tag, digest }: Reference): string {
  return `docker://${referenceText({ registry, repository, tag: digest === undefined ? tag : undefined, digest })}`;
}

/** What is there with another size came to harm: skopeo would take it for complete. */
async function removeDamaged(store: ImageStore, blobs: readonly Descriptor[]): Promise<void> {
  for (const { digest, size } of blobs) {
    const there = await store.blobs.size(digest);
    if (there !== undefined && there !== size) await store.blobs.discard(digest);
  }
}

async function fetch(
  settings: RegistrySettings,
  { reference, digest, signal, onLine }: RegistryChoice & { readonly digest: Digest },
  store: ImageStore,
  stage: Stage,
): Promise<Digest> {
  await mkdir(store.places.blobs, { recursive: true, mode: 0o700 });
  await askRegistry(settings, reference, {
    verb: 'copy',
    options: ['--dest-shared-blob-dir', store.places.blobs],
    // Relative to where it runs: a colon in our own path would mean something to it.
    operands: [operandOf({ ...reference, digest }), 'oci:layout:image'],
    directory: stage.directory,
    signal,
    onLine,
  });
  const what = `what was fetched of "${referenceText(reference)}"`;
  const index = parseDocument(ImageIndex, await readFile(stage.at('layout', 'index.json')), `index.json of ${what}`);
  const [descriptor] = index.manifests;
  if (descriptor === undefined) throw new AgentError('bad-image', `Cannot use ${what}: there is nothing`);
  onLine(`Fetched ${shortDigest(descriptor.digest)}`);
  return descriptor.digest;
}
