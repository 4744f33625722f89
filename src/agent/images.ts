/** The part of an agent that has the images of containers. It comes before whoever makes containers of them. */
import { Disk } from '../host/files/disk.ts';
import { Roots as FileRoots } from '../host/files/roots.ts';
import { shortDirectoryName } from '../host/runtime-directory.ts';
import type { ImageAccess } from '../engine/image-access.ts';
import { Images } from '../oci/images/images.ts';
import type { ImportSettings } from '../oci/images/import/importer.ts';
import { parsePlatform } from '../oci/images/platform.ts';
import { ownIdMap } from '../oci/own-id-map.ts';
import type { AgentWorld, MakePart } from './agent-part.ts';
import { dataPaths } from './data-dir.ts';

/** Variables of the agent that what speaks to registries gets. */
const PASSED_ON = /^(PATH|LANG|TZ|SSL_CERT_FILE|SSL_CERT_DIR|(HTTPS?|NO|ALL)_PROXY)$/i;

const made = new WeakMap<AgentWorld, Images>();

/** The images of an agent. They may be used once the part has registered. */
export function imagesOf(world: AgentWorld): Images {
  const known = made.get(world) ?? makeImages(world);
  made.set(world, known);
  return known;
}

export const images: MakePart = (world) => {
  const all = imagesOf(world);
  return {
    register: async () => {
      const mounts = await all.open();
      if (mounts.length > 0) world.logger.warn({ mounts }, 'Mounts below the images could not be taken away');
      world.offer({ images: imageAccess(all) });
    },
  };
};

function makeImages({ config, environment, clock }: AgentWorld): Images {
  const disk = new Disk(clock);
  const env = Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => PASSED_ON.test(entry[0]) && entry[1] !== undefined,
    ),
  );
  const settings = (): ImportSettings => {
    const { sources, allow, insecure, authFile, signaturePolicy, limits } = config().images;
    return { policy: { sources, allow }, limits, registry: { insecure, authFile, signaturePolicy, env } };
  };
  return new Images({
    directory: dataPaths(config().agent.dataDir).images,
    isDurable: config().store.durability === 'power',
    settings,
    // Where users turn out not to be mappable, layers are unpacked once more for containers without.
    idMap: async () =>
      process.geteuid?.() === 0 && config().containers.userNamespaces !== 'never'
        ? await ownIdMap(shortDirectoryName(config().agent.dataDir))
        : undefined,
    ground: () => ({ disk, roots: new FileRoots(disk, config().filesystem.roots) }),
    disk,
    clock,
  });
}

function imageAccess(all: Images): ImageAccess {
  const { store, importer } = all;
  return {
    add: async ({ platform, ...request }, watch) =>
      all.describe(
        await importer.add(
          { ...request, ...(platform === undefined ? {} : { platform: parsePlatform(platform) }) },
          watch,
        ),
      ),
    list: async () => (await store.list()).map((image) => all.describe(image)),
    inspect: async (image) => all.details(await store.get(image)),
    remove: (image) => store.remove(image),
    prune: (namedToo) => store.prune(namedToo),
  };
}
