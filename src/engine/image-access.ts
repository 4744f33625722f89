/** What built-ins may do with images of containers. The agent fulfils it, within what its policy allows. */
import type { FreedInfo, ImageDetails, ImageInfo } from '../protocol/images.ts';

export interface ImageRequest {
  /** A reference of a registry, or `kind:/path`. */
  readonly source: string;
  /** What it is called here. */
  readonly name?: string;
  /** Which one of several in a file is meant. */
  readonly reference?: string;
  /** `linux/arm64`. Default: that of this machine. */
  readonly platform?: string;
}

export interface ImageWatch {
  readonly signal: AbortSignal;
  /** Told of each step, in words. */
  readonly onStep: (text: string) => void;
  /** Told how many bytes of files of a layer are written. */
  readonly onProgress: (bytes: number) => void;
}

/** Images are named by a name or a digest, of which the first digits suffice. */
export interface ImageAccess {
  /**
   * Brings an image here: fetched or copied, checked, unpacked, named. Errors: AgentError `bad-arguments`, `forbidden`,
   * `unknown-image`, `bad-image`, `unreachable`, `no-space`, `not-able`, and those of files; the signal's reason.
   */
  add(request: ImageRequest, watch: ImageWatch): Promise<ImageInfo>;
  /** The newest first. */
  list(): Promise<readonly ImageInfo[]>;
  /** Errors: `unknown-image`, `bad-image`. */
  inspect(image: string): Promise<ImageDetails>;
  /** Takes a name away, and the image with its last. Errors: `unknown-image`, `image-in-use`. */
  remove(image: string): Promise<FreedInfo>;
  /** Removes images without a name that nobody uses; with `all` those with one, too. */
  prune(all: boolean): Promise<FreedInfo>;
}
