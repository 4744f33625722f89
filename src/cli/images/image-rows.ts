import type { ImageInfo } from '../../protocol/images.ts';
import { formatDuration } from '../durations.ts';
import { formatBytes } from '../sizes.ts';
import type { Column } from '../table.ts';

/** Registry and path that people leave out. */
const USUAL = /^docker\.io\/(library\/)?/;
const DIGITS = 12;

/** How images are shown in a table. `now`: milliseconds since 1970. */
export function imageColumns(now: number): readonly Column<ImageInfo>[] {
  return [
    { title: 'NAME', value: ({ names }) => names.map(shortName).join(' ') || '—', shrinkTo: 16 },
    { title: 'DIGEST', value: ({ digest }) => shortDigest(digest) },
    { title: 'PLATFORM', value: ({ platform }) => platform, dropFirst: 2 },
    { title: 'SIZE', value: ({ bytes }) => formatBytes(bytes), align: 'right' },
    { title: 'AGE', value: ({ added }) => formatDuration(Math.max(0, now - added)), align: 'right', dropFirst: 3 },
    { title: 'CONTAINERS', value: ({ containers }) => containers.join(' '), shrinkTo: 10, dropFirst: 1 },
  ];
}

/** A name as people write it. */
export function shortName(name: string): string {
  return name.replace(USUAL, '');
}

/** The first digits of a digest: they name it here. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha\d+:/, '').slice(0, DIGITS);
}
