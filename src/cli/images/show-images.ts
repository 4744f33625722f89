import type { ImageInfo } from '../../protocol/images.ts';
import type { Cli } from '../cli-context.ts';
import { tableLines } from '../table.ts';
import { imageColumns } from './image-rows.ts';

/** Shows images as a table, or as JSON. */
export async function showImages(images: readonly ImageInfo[], json: boolean, { output }: Cli): Promise<void> {
  if (json) await output.json({ images });
  else if (images.length > 0)
    await output.line((await tableLines(imageColumns(Date.now()), images, output.stdout)).join('\n'));
  else if (output.stdout.isTerminal) await output.note('No image yet: "corex image pull NAME" brings one.');
}
