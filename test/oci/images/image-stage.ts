import { mkdirSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { systemClock } from '../../../src/base/clock.ts';
import { Disk } from '../../../src/host/files/disk.ts';
import { Roots } from '../../../src/host/files/roots.ts';
import type { IdMap } from '../../../src/oci/id-map.ts';
import { Images } from '../../../src/oci/images/images.ts';
import type { ImportSettings, ImportWatch } from '../../../src/oci/images/import/importer.ts';
import { SOURCE_KINDS, type SourceKind } from '../../../src/oci/images/source.ts';
import { tempDir, type TempDir } from '../../harness/temp-dir.ts';

export interface Stage extends AsyncDisposable {
  readonly directory: TempDir;
  readonly images: Images;
  readonly watch: ImportWatch;
  /** What was said of the work so far. */
  readonly steps: readonly string[];
  /** Another agent on the same directory, as after a crash. */
  again(): Promise<Images>;
  settings: ImportSettings;
}

export interface StageOptions {
  readonly settings?: Partial<ImportSettings>;
  /** Insecure registries. */
  readonly insecure?: readonly string[];
  readonly authFile?: string;
  /** What files are confined to. */
  readonly roots?: readonly string[];
  /** Whom the users of most containers are outside. */
  readonly idMap?: IdMap;
}

/** Images in a directory of their own. */
export async function openStage({
  settings = {},
  insecure = [],
  authFile,
  roots = [],
  idMap,
}: StageOptions = {}): Promise<Stage> {
  const directory = tempDir();
  const disk = new Disk(systemClock);
  const steps: string[] = [];
  const given: ImportSettings = {
    policy: { sources: Object.keys(SOURCE_KINDS) as SourceKind[], allow: ['**'] },
    limits: { bytes: 100_000_000, entries: 10_000, minFree: 0 },
    registry: { insecure, authFile, signaturePolicy: undefined, env: { PATH: process.env['PATH'] ?? '' } },
    ...settings,
  };
  const make = (): Images =>
    new Images({
      directory: directory.at('images'),
      isDurable: false,
      settings: () => stage.settings,
      idMap: () => Promise.resolve(idMap),
      ground: () => ({ disk, roots: new Roots(disk, roots) }),
      disk,
      clock: systemClock,
    });
  const stage: Stage = {
    directory,
    images: make(),
    steps,
    settings: given,
    watch: { signal: AbortSignal.timeout(25_000), onStep: (text) => void steps.push(text) },
    again: async () => {
      const images = make();
      await images.open();
      return images;
    },
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
  await stage.images.open();
  return stage;
}

export function sumOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The documents of an image of these layers, told to whoever keeps blobs. `layers`: as they are kept, and uncompressed. */
export function describeImage(
  keep: (bytes: Buffer) => { digest: string; size: number },
  layers: readonly { readonly packed: Buffer; readonly plain: Buffer }[],
  config: object = {},
) {
  const configBytes = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config,
      rootfs: { type: 'layers', diff_ids: layers.map(({ plain }) => sumOf(plain)) },
    }),
  );
  return {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...keep(configBytes) },
    layers: layers.map(({ packed }) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...keep(packed) })),
  };
}

/** A directory in the layout of OCI with these images, by name. */
export function writeLayout(
  directory: string,
  images: Readonly<Record<string, readonly Buffer[]>>,
  config: object = {},
): void {
  mkdirSync(`${directory}/blobs/sha256`, { recursive: true });
  const keep = (bytes: Buffer): { digest: string; size: number } => {
    const digest = sumOf(bytes);
    writeFileSync(`${directory}/blobs/${digest.replace(':', '/')}`, bytes);
    return { digest, size: bytes.length };
  };
  const manifests = Object.entries(images).map(([name, layers]) => {
    const manifest = describeImage(
      keep,
      layers.map((plain) => ({ plain, packed: plain })),
      config,
    );
    const { mediaType } = manifest;
    return {
      mediaType,
      ...keep(Buffer.from(JSON.stringify(manifest))),
      annotations: { 'org.opencontainers.image.ref.name': name },
    };
  });
  writeFileSync(`${directory}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(`${directory}/index.json`, JSON.stringify({ schemaVersion: 2, manifests }));
}
