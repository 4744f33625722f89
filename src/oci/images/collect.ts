/** Removes what no image needs. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { BlobStore } from './blob-store.ts';
import type { Digest } from './digest.ts';
import type { Image } from './image.ts';
import type { LayerStore } from './layer-store.ts';
import type { Pins } from './pins.ts';
import type { Staging } from './staging.ts';

/** What was removed. */
export interface Freed {
  /** Digests of images. */
  readonly images: readonly Digest[];
  /** Layers that were unpacked. */
  readonly layers: number;
  /** Of blobs and of the files of layers. */
  readonly bytes: number;
}

interface Ground {
  readonly blobs: BlobStore;
  readonly layers: LayerStore;
  readonly pins: Pins;
  readonly staging: Staging;
  forget(digest: Digest): void;
}

/**
 * Removes all blobs and layers but those of `images` and those that are held. Each goes in one step that nobody can come
 * between: who holds it afterwards finds that it is not there.
 */
export async function collectGarbage(ground: Ground, images: readonly Image[]): Promise<Omit<Freed, 'images'>> {
  const { blobs, layers, pins, staging } = ground;
  const needed = new Set(
    images.flatMap(({ digest, configDigest, layers: own }) => [
      digest,
      configDigest,
      ...own.flatMap((layer) => [layer.digest, layer.diffId]),
    ]),
  );
  const isNeeded = (digest: Digest): boolean => needed.has(digest) || pins.has(digest);
  await using trash = await staging.make();
  let [count, bytes] = [0, 0];
  for (const layer of await layers.list()) {
    if (isNeeded(layer.diffId)) continue;
    layers.moveAway(layer, trash.at(randomUUID()));
    count += 1;
    bytes += layer.bytes;
  }
  for (const digest of await blobs.list()) {
    if (isNeeded(digest)) continue;
    ground.forget(digest);
    bytes += blobs.moveAway(digest, trash.at(randomUUID()));
  }
  await rm(trash.directory, { recursive: true, force: true });
  return { layers: count, bytes };
}
