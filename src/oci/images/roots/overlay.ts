/** How overlayfs is told of layers. */
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import type { Layer } from '../layer-store.ts';
import type { RootMount } from './prepared-root.ts';

/** The kernel takes one page of options, and needs a little of it. */
const LONGEST_OPTIONS = 4000;
const MOST_LAYERS = 128;

/** The mount of a root. `layers`: the lowest first. */
export function overlayMount(layers: readonly Layer[], upper: string, work: string): RootMount {
  const lower = layers.map(({ short }) => short).toReversed();
  return {
    destination: '/',
    type: 'overlay',
    source: 'overlay',
    options: [`lowerdir=${lower.join(':')}`, `upperdir=${upper}`, `workdir=${work}`],
  };
}

/** Why the layers can't be mounted so: a clause. Undefined when they can. */
export async function whyNoOverlay(layers: readonly Layer[], mount: RootMount): Promise<string | undefined> {
  if (process.geteuid?.() !== 0) return 'only root may mount';
  if (layers.length === 0) return 'the image has no layers';
  if (layers.length > MOST_LAYERS) return `the image has more than ${MOST_LAYERS} layers`;
  if (layers.some(({ isMountable }) => !isMountable))
    return 'a layer was unpacked without the rights to mark what is gone';
  const options = mount.options.join(',');
  if (Buffer.byteLength(options) > LONGEST_OPTIONS)
    return 'its many layers are more than the kernel can be told of at once';
  if (mount.options.some((option) => /[,\\]/.test(option)) || layers.some(({ short }) => short.includes(':'))) {
    return 'the path of the data directory has a ",", ":" or "\\" in it';
  }
  const known = await readFile('/proc/filesystems', 'utf8').catch(() => '');
  return /\boverlay$/m.test(known)
    ? undefined
    : 'this kernel has no overlayfs, or has not loaded it ("modprobe overlay")';
}
