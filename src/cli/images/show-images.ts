import type { Client } from '../../client/client.ts';
import type { ImageInfo } from '../../protocol/images.ts';
import type { Cli } from '../cli-context.ts';
import { tableLines } from '../table.ts';
import { containerNames } from './container-names.ts';
import { imageColumns } from './image-rows.ts';

/** Shows all images as a table, or as JSON. */
export async function showImages(client: Client, json: boolean, { output }: Cli): Promise<void> {
  const images = (await client.call('image.list', undefined, { idempotent: true })) as ImageInfo[];
  if (json) await output.json({ images });
  else if (images.length > 0) {
    const namesOf = await containerNames(client);
    const rows = images.map((image) => ({ ...image, containers: namesOf(image.containers) }));
    await output.line((await tableLines(imageColumns(Date.now()), rows, output.stdout)).join('\n'));
  } else if (output.stdout.isTerminal) await output.note('No image yet: "corex image pull NAME" brings one.');
}
