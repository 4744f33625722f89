import { wrap } from '../wrap.ts';
import type { Screen } from '../output.ts';
import type { Look } from '../paint.ts';
import type { Check } from './check.ts';

const MARKS = { ok: ['ok  ', 'good'], warn: ['warn', 'warning'], fail: ['FAIL', 'bad'] } as const satisfies Record<
  Check['status'],
  readonly [string, Look]
>;
const MARK_WIDTH = 6;

/** One line for each check, what to do below those that are not well, and how many of each there are. */
export function checkLines(checks: readonly Check[], { paint, width }: Pick<Screen, 'paint' | 'width'>): string[] {
  const names = Math.max(...checks.map(({ name }) => name.length)) + 2;
  const indent = ' '.repeat(MARK_WIDTH + names);
  const room = width === undefined ? Number.POSITIVE_INFINITY : Math.max(20, width - indent.length);
  const lines = checks.flatMap(({ name, status, found, advice }) => {
    const [mark, look] = MARKS[status];
    const [first = '', ...more] = wrap(found, room);
    return [
      `${paint(look, mark)}  ${name.padEnd(names)}${first}`,
      ...more.map((line) => indent + line),
      ...(advice === undefined ? [] : wrap(`→ ${advice}`, room).map((line) => indent + paint('bold', line))),
    ];
  });
  return [...lines, '', summary(checks)];
}

function summary(checks: readonly Check[]): string {
  const count = (status: Check['status']): number => checks.filter((check) => check.status === status).length;
  const [failures, warnings] = [count('fail'), count('warn')];
  if (failures === 0 && warnings === 0) return 'All is well.';
  return `${plural(failures, 'failure')}, ${plural(warnings, 'warning')}.`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
