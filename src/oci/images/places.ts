/** Where things are in the directory of images. */
import path from 'node:path';
import type { IdMap } from '../id-map.ts';
import { digestParts, type Digest } from './digest.ts';

/**
 * ```
 * images/
 * ├── images.json            names and the images they mean
 * ├── blobs/sha256/<sum>     manifests, configurations, layers as they came
 * ├── layers/sha256-<sum>/   layers unpacked, by the sum of their archive uncompressed: root/ and layer.json;
 * │                          `.<user>-<group>` follows where their files belong to others than the archive says
 * ├── l/<short>              links to layers/…/root: what a mount may be told is bounded
 * ├── roots/<container>/     what a container writes
 * └── staging/               what is not complete; emptied when an agent starts
 * ```
 */
export class Places {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  get table(): string {
    return path.join(this.directory, 'images.json');
  }

  get blobs(): string {
    return path.join(this.directory, 'blobs');
  }

  blob(digest: Digest): string {
    const { algorithm, sum } = digestParts(digest);
    return path.join(this.blobs, algorithm, sum);
  }

  get layers(): string {
    return path.join(this.directory, 'layers');
  }

  layer(diffId: Digest, idMap: IdMap | undefined): string {
    const owners = idMap === undefined ? '' : `.${idMap.uid}-${idMap.gid}`;
    return path.join(this.layers, `${diffId.replace(':', '-')}${owners}`);
  }

  get links(): string {
    return path.join(this.directory, 'l');
  }

  link(name: string): string {
    return path.join(this.links, name);
  }

  get roots(): string {
    return path.join(this.directory, 'roots');
  }

  get staging(): string {
    return path.join(this.directory, 'staging');
  }
}
