import type { JobOutput } from './job-output.ts';

/** How far back a line is looked for, and how much of it is given. */
const LOOK_BACK_BYTES = 2048;
const MOST_CHARACTERS = 200;

/** What steers a terminal: control sequences, commands to the system behind it, and shifts. */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const STEERING = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[ -/]*[0-~])/g;
// eslint-disable-next-line no-control-regex -- as above
const CONTROL = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]/g;
const HEADER = /^\d{1,3}:::?/;
const END_OF_BLOCK = ':::';

/** The newest line of a job's output that says something, in at most 200 characters; undefined when there is none, or it can't be read. */
export async function lastLine(output: JobOutput): Promise<string | undefined> {
  if (output.end === 0) return undefined;
  try {
    const slice = await output.read(Math.max(0, output.end - LOOK_BACK_BYTES), LOOK_BACK_BYTES);
    const bytes = slice.items.flatMap((item) => (item.type === 'bytes' ? [item.bytes] : []));
    const text = Buffer.concat(bytes).toString('utf8');
    slice.release?.();
    return lastWords(text);
  } catch {
    return undefined;
  }
}

/** The last line of a text that says something, without what steers a terminal and without the header of a message. */
export function lastWords(text: string): string | undefined {
  const lines = text
    .replaceAll(STEERING, '')
    .replaceAll('\t', ' ')
    .replaceAll(CONTROL, '')
    .split(/[\r\n]+/);
  for (const line of lines.toReversed()) {
    const said = line.trim() === END_OF_BLOCK ? '' : line.replace(HEADER, '').trim();
    if (said !== '') return Array.from(said).slice(0, MOST_CHARACTERS).join('');
  }
  return undefined;
}
