/** Images of a directory in the layout of OCI. Links in it are followed within it alone. */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { fileType } from '../../../files/file-type.ts';
import { readFully } from '../../../files/file-bytes.ts';
import { AgentError } from '../../../protocol/agent-error.ts';
import { explained } from '../../../protocol/file-error.ts';
import type { Inside } from '../copy/inside.ts';
import { digestParts, type Digest } from '../digest.ts';
import type { ImageStore } from '../image-store.ts';
import { ImageIndex, MOST_DOCUMENT_BYTES, parseDocument, type Descriptor } from '../manifest.ts';
import type { Hold } from '../pins.ts';
import type { Platform } from '../platform.ts';
import { chooseImage } from './choose-image.ts';

/** Under which an image of a layout is known. */
const NAMES = ['org.opencontainers.image.ref.name', 'io.containerd.image.name'];

export interface LayoutChoice {
  /** Name of one image of several; undefined: there is one. */
  readonly reference: string | undefined;
  readonly platform: Platform;
  /** Names the source in messages. */
  readonly what: string;
  readonly signal: AbortSignal;
}

/**
 * Copies an image's blobs into the store and gives the digest of its manifest.
 *
 * Errors: AgentError `bad-image`, `unknown-image`; those of files; the signal's reason.
 */
export async function takeLayout(store: ImageStore, tree: Inside, choice: LayoutChoice, hold: Hold): Promise<Digest> {
  const { reference, platform, what, signal } = choice;
  const index = parseDocument(ImageIndex, await readSmall(tree, 'index.json', what), `index.json of ${what}`);
  const entries =
    reference === undefined ? index.manifests : index.manifests.filter((entry) => isCalled(entry, reference));
  if (entries.length === 0)
    throw new AgentError(
      'unknown-image',
      `Cannot find "${reference ?? ''}" in ${what}: it has ${namesOf(index.manifests)}`,
    );
  const read = async ({ digest }: Descriptor): Promise<Buffer> => await readSmall(tree, blobPath(digest), what);
  const { descriptor, manifest } = await chooseImage(entries, platform, read, what);
  for (const blob of [descriptor, manifest.config, ...manifest.layers]) {
    hold.add(blob.digest);
    await using file = await openInside(tree, blobPath(blob.digest), what);
    await store.blobs.copy(file, blob, signal);
  }
  return descriptor.digest;
}

/** Opens a regular file of a tree that may hold anything. Errors: AgentError `bad-image` when it is missing or none. */
export async function openInside(tree: Inside, path: string, what: string): Promise<FileHandle> {
  return await explained(`read "${path}" of ${what}`, async () => {
    await using found = await tree.find(path);
    const { node } = found;
    const type = node === undefined ? undefined : fileType(await node.stat());
    if (node === undefined || type !== 'file') {
      throw new AgentError(
        'bad-image',
        `Cannot use ${what}: "${path}" in it is ${type === undefined ? 'missing' : `a ${type}`}`,
      );
    }
    return await open(node.path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  });
}

/** A document of a tree. Errors: AgentError `bad-image`. */
export async function readSmall(tree: Inside, path: string, what: string): Promise<Buffer> {
  await using file = await openInside(tree, path, what);
  const bytes = await readFully(file, MOST_DOCUMENT_BYTES + 1, 0);
  if (bytes.length <= MOST_DOCUMENT_BYTES) return bytes;
  throw new AgentError('bad-image', `Cannot use ${what}: "${path}" in it has more than ${MOST_DOCUMENT_BYTES} bytes`);
}

function blobPath(digest: Digest): string {
  const { algorithm, sum } = digestParts(digest);
  return `blobs/${algorithm}/${sum}`;
}

function isCalled({ digest, annotations }: Descriptor, reference: string): boolean {
  return digest === reference || NAMES.some((name) => annotations?.[name] === reference);
}

function namesOf(entries: readonly Descriptor[]): string {
  const names = entries.map(
    ({ digest, annotations }) => NAMES.map((name) => annotations?.[name]).find((name) => name !== undefined) ?? digest,
  );
  return names.length === 0
    ? 'nothing'
    : names
        .slice(0, 20)
        .map((name) => `"${name}"`)
        .join(', ');
}
