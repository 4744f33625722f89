import type { Facts } from './facts.ts';
import { wasLoss } from './judge-result.ts';
import type { LogReader } from './log-reader.ts';

/** Everything about what one reader got that can't be true, one sentence each. */
export function judgeOutput(reader: LogReader, facts: Facts): string[] {
  const { plan, result } = facts;
  if (wasLoss(facts)) return reader.wrong;
  const complaints = [...reader.wrong, ...reader.missing];
  if (reader.gaps.length > 0) complaints.push(`Gaps although all is kept: ${JSON.stringify(reader.gaps)}`);
  if (reader.end !== undefined && reader.end !== result.output.bytes)
    complaints.push(`Read to ${reader.end}, the result counts ${result.output.bytes}`);
  if (plan.output.type === 'noise') complaints.push(...judgeNoise(reader, facts, plan.output.bytes));
  if (plan.output.type === 'lines') complaints.push(...judgeLines(reader, facts, plan.output.count));
  return complaints;
}

function judgeNoise(reader: LogReader, { runs }: Facts, bytes: number): string[] {
  const hasEnded = runs.at(-1)?.end !== undefined;
  if (hasEnded && reader.position !== bytes) return [`${reader.position} bytes of ${bytes} that were written`];
  return [];
}

/** A run that came to its own end has said all its lines. */
function judgeLines(reader: LogReader, { runs }: Facts, count: number): string[] {
  return runs.flatMap(({ key, end }) => {
    const said = reader.said.get(key) ?? 0;
    if (end === undefined || said === count) return [];
    return [`${said} of the ${count} lines of run ${key}`];
  });
}
