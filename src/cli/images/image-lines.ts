import type { ImageDetails } from '../../protocol/images.ts';
import type { Screen } from '../output.ts';
import { factLines, localTime } from '../result-lines.ts';
import { formatBytes } from '../sizes.ts';
import { tableLines, type Column } from '../table.ts';
import { shortName } from './image-rows.ts';

/** An image for people: one fact a line, then its layers, the lowest first. `containers`: the names of those that stand on it. */
export async function imageLines(
  image: ImageDetails,
  containers: readonly string[],
  screen: Pick<Screen, 'width' | 'paint'>,
): Promise<string[]> {
  const { defaults } = image;
  const several = (name: string, values: readonly string[]): Fact[] =>
    values.map((value, at) => [at === 0 ? name : ' ', value]);
  const facts: Fact[] = [
    ['Image', image.names.map(shortName).join(', ')],
    ['Digest', image.digest],
    ['Platform', image.platform],
    ['Size', formatBytes(image.bytes)],
    ['Created', image.created ?? ''],
    ['Added', localTime(image.added)],
    ['Source', image.source],
    ['Used by', containers.join(', ')],
    ['Program', [...defaults.entrypoint, ...defaults.command].join(' ')],
    ['Directory', defaults.working_directory],
    ['User', defaults.user],
    ...several('Env', defaults.env),
    ['Stop', defaults.stop_signal ?? ''],
    ['Ports', defaults.exposed_ports.join(', ')],
    ['Volumes', defaults.volumes.join(', ')],
    ...several(
      'Labels',
      Object.entries(defaults.labels).map(([name, value]) => `${name}=${value}`),
    ),
  ];
  return [...factLines(facts, screen.paint), '', ...(await tableLines(LAYER_COLUMNS, image.layers, screen))];
}

type Fact = [name: string, value: string];

const LAYER_COLUMNS: readonly Column<ImageDetails['layers'][number]>[] = [
  { title: 'LAYER', value: ({ digest }) => digest, shrinkTo: 19 },
  { title: 'SIZE', value: ({ bytes }) => formatBytes(bytes), align: 'right' },
];
