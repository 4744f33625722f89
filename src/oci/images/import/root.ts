/** Images made of a root alone: one layer, and a configuration that says nothing. */
import type { Digest } from '../digest.ts';
import type { ImageStore } from '../image-store.ts';
import { CONFIG_TYPE, LAYER_TYPE, MANIFEST_TYPE } from '../manifest.ts';
import type { Hold } from '../pins.ts';
import type { Platform } from '../platform.ts';
import type { UnpackWatch } from '../unpack/run-unpack.ts';

/** Makes an image of an archive that is in the store. Gives the digest of its manifest. Errors: AgentError `bad-image`, `no-space`. */
export async function takeRoot(
  store: ImageStore,
  archive: { readonly digest: Digest; readonly size: number },
  { os, architecture, variant }: Platform,
  watch: UnpackWatch,
  hold: Hold,
): Promise<Digest> {
  const { diffId } = await store.layers.ensure(
    { digest: archive.digest, diffId: undefined, idMap: await store.usualIdMap() },
    watch,
  );
  hold.add(diffId);
  const platform = { os, architecture, ...(variant === undefined ? {} : { variant }) };
  const config = await write(store, hold, { ...platform, config: {}, rootfs: { type: 'layers', diff_ids: [diffId] } });
  const manifest = await write(store, hold, {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: { mediaType: CONFIG_TYPE, ...config },
    layers: [{ mediaType: LAYER_TYPE, ...archive }],
  });
  return manifest.digest;
}

async function write(store: ImageStore, hold: Hold, document: object): Promise<{ digest: Digest; size: number }> {
  const bytes = Buffer.from(JSON.stringify(document));
  const digest = await store.blobs.write(bytes, hold);
  return { digest, size: bytes.length };
}
