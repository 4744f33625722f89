/** Which image is meant where there are several: by name, then by platform. */
import { AgentError } from '../../../protocol/agent-error.ts';
import { digestBytes, shortDigest } from '../digest.ts';
import { ImageIndex, ImageManifest, isIndex, parseDocument, parseDocumentJson, type Descriptor } from '../manifest.ts';
import { choosePlatform, platformText, type Platform } from '../platform.ts';

/** Lists within lists. */
const DEEPEST = 4;
/** Types of documents that can be an image, or hold some; who leaves it out means one of them. */
const IMAGE_TYPES = /^$|image\.manifest|image\.index|manifest\.v2|manifest\.list/;

export interface Chosen {
  readonly descriptor: Descriptor;
  readonly manifest: ImageManifest;
  /** The manifest as it came. */
  readonly bytes: Buffer;
}

/** Gives the bytes of a document. */
export type ReadDocument = (descriptor: Descriptor) => Promise<Buffer>;

/** `what` names the source in messages. Errors: AgentError `bad-image`; `unknown-image` when none is for the platform; what reading throws. */
export async function chooseImage(
  entries: readonly Descriptor[],
  platform: Platform,
  read: ReadDocument,
  what: string,
  depth = 0,
): Promise<Chosen> {
  const descriptor = chooseEntry(entries, platform, what);
  const bytes = await read(descriptor);
  if (digestBytes(bytes, descriptor.digest) !== descriptor.digest) {
    throw new AgentError(
      'bad-image',
      `Cannot use ${what}: its manifest ${shortDigest(descriptor.digest)} has other content than that`,
    );
  }
  if (!isIndex(parseDocumentJson(bytes, `the manifest of ${what}`))) {
    return { descriptor, bytes, manifest: parseManifest(bytes, what) };
  }
  if (depth >= DEEPEST)
    throw new AgentError('bad-image', `Cannot use ${what}: its lists of images hold each other too deep`);
  const index = parseDocument(ImageIndex, bytes, `the list of images of ${what}`);
  return await chooseImage(index.manifests, platform, read, what, depth + 1);
}

/** Errors: AgentError `bad-image`. */
export function parseManifest(bytes: Buffer, what: string): ImageManifest {
  const json = parseDocumentJson(bytes, `the manifest of ${what}`);
  const isOld = typeof json === 'object' && json !== null && 'schemaVersion' in json && json.schemaVersion === 1;
  if (isOld)
    throw new AgentError(
      'bad-image',
      `Cannot use ${what}: its manifest is of the old schema 1; push it anew with a program of this decade`,
    );
  return parseDocument(ImageManifest, bytes, `the manifest of ${what}`);
}

function chooseEntry(entries: readonly Descriptor[], platform: Platform, what: string): Descriptor {
  const images = entries.filter(({ mediaType }) => IMAGE_TYPES.test(mediaType));
  const [only, another] = images;
  if (only !== undefined && another === undefined && only.platform === undefined) return only;
  const fitting = choosePlatform(images, platform);
  if (fitting !== undefined) return fitting;
  const there = images.map((entry) => (entry.platform === undefined ? 'of no platform' : platformText(entry.platform)));
  const known = there.length === 0 ? 'it has no image at all' : `it has ${[...new Set(there)].slice(0, 20).join(', ')}`;
  throw new AgentError('unknown-image', `Cannot find an image for ${platformText(platform)} in ${what}: ${known}`);
}
