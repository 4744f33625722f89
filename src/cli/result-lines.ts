import type { JobResult } from '../protocol/result.ts';
import { formatDuration } from './durations.ts';
import { describeEnd } from './job-notes.ts';
import type { Paint } from './paint.ts';
import { formatBytes } from './sizes.ts';
import { printable } from './text-width.ts';

/** A result for people: one fact a line, those without anything to tell left out. */
export function resultLines(result: JobResult, paint: Paint): string[] {
  const { output, survivors, tags } = result;
  const isGood = result.state === 'SUCCESS';
  const facts: [name: string, value: string][] = [
    ['Job', result.id],
    ['Command', printable(result.command)],
    ['Ended', `${paint(isGood ? 'good' : 'bad', result.state)}, ${printable(describeEnd(result))}`],
    ['Code', isGood ? '' : String(result.code)],
    ['Started', result.starttime === 0 ? '' : localTime(result.starttime)],
    ['Time', result.starttime === 0 ? '' : formatDuration(result.time)],
    ['Runs', result.runs > 1 ? String(result.runs) : ''],
    [
      'Output',
      `${formatBytes(output.bytes)}${output.dropped === 0 ? '' : `, of these ${formatBytes(output.dropped)} dropped`}`,
    ],
    ['Open', result.output_open ? 'something still held the output open when it was over' : ''],
    ['Left', survivors.map(({ pid, command }) => `${pid} ${printable(command)}`).join(', ')],
    ['Tags', printable(tags.join(', '))],
    ['Critical', printable(result.critical ?? '')],
    [
      'Data',
      result.data === ''
        ? ''
        : `${formatBytes(Buffer.byteLength(result.data))} of level ${result.level}, shown by --data`,
    ],
  ];
  return factLines(facts, paint);
}

/** A line for each fact that has something to tell. */
export function factLines(facts: readonly (readonly [name: string, value: string])[], paint: Paint): string[] {
  return facts.flatMap(([name, value]) => (value === '' ? [] : [`${paint('bold', name.padEnd(9))} ${value}`]));
}

/** Date and time where the reader is: `2026-01-31 14:03:07`. */
export function localTime(epoch: number): string {
  const date = new Date(epoch);
  const pad = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}
