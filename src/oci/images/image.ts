/** An image that is there, with all that its documents say. */
import type { Digest } from './digest.ts';
import type { ImageConfig, ImageManifest } from './manifest.ts';
import type { Platform } from './platform.ts';

/** What a container of an image is started with, as far as nothing else is asked for. */
export interface ImageDefaults {
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** Absolute; `/` when the image says nothing. */
  readonly workingDirectory: string;
  /** `user`, `user:group`, or numbers. Empty: the root of the container. */
  readonly user: string;
  /** Undefined: TERM. */
  readonly stopSignal: string | undefined;
  /** `80/tcp`. */
  readonly exposedPorts: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Directories whose content an image wants kept elsewhere. */
  readonly volumes: readonly string[];
}

/** A layer of an image, the lowest first. */
export interface ImageLayer {
  readonly digest: Digest;
  /** Of the archive, uncompressed. */
  readonly diffId: Digest;
  /** Bytes of the blob. */
  readonly size: number;
}

export interface Image {
  /** Of the manifest: what names it for ever. */
  readonly digest: Digest;
  /** Of the configuration. */
  readonly configDigest: Digest;
  readonly platform: Platform;
  /** When it was made, as it says itself. */
  readonly created: string | undefined;
  readonly defaults: ImageDefaults;
  readonly layers: readonly ImageLayer[];
}

/** Puts the documents of an image together. They were held against each other before. */
export function imageOf(digest: Digest, manifest: ImageManifest, config: ImageConfig): Image {
  const { architecture, os, variant, created, config: given } = config;
  return {
    digest,
    configDigest: manifest.config.digest,
    platform: { os, architecture, ...(variant === undefined || variant === '' ? {} : { variant }) },
    created,
    defaults: {
      env: given?.Env ?? [],
      entrypoint: given?.Entrypoint ?? [],
      command: given?.Cmd ?? [],
      workingDirectory: given?.WorkingDir === undefined || given.WorkingDir === '' ? '/' : given.WorkingDir,
      user: given?.User ?? '',
      stopSignal: given?.StopSignal === '' ? undefined : given?.StopSignal,
      exposedPorts: Object.keys(given?.ExposedPorts ?? {}),
      labels: given?.Labels ?? {},
      volumes: Object.keys(given?.Volumes ?? {}),
    },
    layers: manifest.layers.map(({ digest: layer, size }, index) => ({
      digest: layer,
      diffId: config.rootfs.diff_ids[index] ?? layer,
      size,
    })),
  };
}
