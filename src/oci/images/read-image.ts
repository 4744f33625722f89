/** Reads an image whose documents are in the store. */
import { AgentError } from '../../protocol/agent-error.ts';
import type { BlobStore } from './blob-store.ts';
import { shortDigest, type Digest } from './digest.ts';
import { imageOf, type Image } from './image.ts';
import { ImageConfig, ImageManifest, parseDocument } from './manifest.ts';

/** Errors: AgentError `bad-image` for documents that are missing, malformed or contradict each other. */
export async function readImage(blobs: BlobStore, digest: Digest): Promise<Image> {
  const what = `of the image ${shortDigest(digest)}`;
  const manifest = parseDocument(ImageManifest, await blobs.read(digest), `the manifest ${what}`);
  const config = parseDocument(ImageConfig, await blobs.read(manifest.config.digest), `the configuration ${what}`);
  checkTogether(manifest, config, what);
  return imageOf(digest, manifest, config);
}

/** Errors: AgentError `bad-image`. `what`: "of the image x". */
function checkTogether(manifest: ImageManifest, config: ImageConfig, what: string): void {
  const layers = manifest.layers.length;
  const diffIds = config.rootfs.diff_ids.length;
  if (layers !== diffIds) {
    throw new AgentError(
      'bad-image',
      `Cannot use the manifest ${what}: it has ${layers} layers, and its configuration knows ${diffIds}`,
    );
  }
  const elsewhere = manifest.layers.find(({ urls }) => urls !== undefined && urls.length > 0);
  if (elsewhere === undefined) return;
  throw new AgentError(
    'bad-image',
    `Cannot use the manifest ${what}: the layer ${shortDigest(elsewhere.digest)} is kept elsewhere ("urls"), which is not followed`,
  );
}
