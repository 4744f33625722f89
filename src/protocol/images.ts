/** How images of containers are told of. */

/** An image in a list. */
export interface ImageInfo {
  /** Of its manifest: names it for ever. */
  readonly digest: string;
  readonly names: readonly string[];
  /** `linux/amd64`. */
  readonly platform: string;
  /** Bytes of its blobs, as they came. Images share layers, so these are not to be summed. */
  readonly bytes: number;
  readonly layers: number;
  /** When it was made, as it says itself. */
  readonly created?: string;
  /** When it came here, milliseconds since 1970. */
  readonly added: number;
  /** What it was made from. */
  readonly source: string;
  /** Containers that stand on it. */
  readonly containers: readonly string[];
}

/** What a container of an image is started with, as far as nothing else is asked for. */
export interface ImageDefaultsInfo {
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly working_directory: string;
  readonly user: string;
  readonly stop_signal?: string;
  readonly exposed_ports: readonly string[];
  readonly volumes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** All that is known of an image. */
export interface ImageDetails extends Omit<ImageInfo, 'layers'> {
  /** Of its configuration. */
  readonly config_digest: string;
  readonly defaults: ImageDefaultsInfo;
  /** The lowest first. `diff_id`: of the archive, uncompressed. */
  readonly layers: readonly { readonly digest: string; readonly diff_id: string; readonly bytes: number }[];
}

/** What was removed. */
export interface FreedInfo {
  /** Digests of images. */
  readonly images: readonly string[];
  /** Layers that were unpacked. */
  readonly layers: number;
  /** Of blobs and of the files of layers. */
  readonly bytes: number;
}
