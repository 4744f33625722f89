import { describeFinding } from '../fuzz/findings.ts';
import { percentile } from '../figures/statistics.ts';
import { markdownTable } from '../report/table.ts';
import type { SoakReport } from './run-soak.ts';

const MIB = 1024 * 1024;

/** What a soak found, as a text for people. */
export function describeSoak(report: SoakReport): string {
  const { findings, counts, log } = report;
  return [
    ...findings.map((finding) => `FINDING (seed ${report.seed}): ${describeFinding(finding)}\n`),
    soakTable(report),
    '',
    `said in the logs: ${entries(log.troubles)}`,
    counts.size === 0 ? 'nothing found' : `found: ${entries(counts)}`,
    '',
  ].join('\n');
}

/** The figures of a soak, in Markdown. */
export function soakTable(report: SoakReport): string {
  const { figures, log, most, startTimes, counts } = report;
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
  const process = ({ rss, files }: { rss: number; files: number }): string =>
    `${Math.round(rss / MIB)} MiB, ${files} files`;
  const found = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return markdownTable(
    ['what', 'count'],
    [
      ['seed', String(report.seed)],
      ['time', `${(report.seconds / 60).toFixed(1)} minutes`],
      ['jobs', String(figures.sum('jobs'))],
      ['runs that began', String(figures.runs)],
      ['jobs, by kind', entries(figures.jobs)],
      ['results, by reason', entries(figures.reasons)],
      ...[...figures.deeds]
        .toSorted(([one], [other]) => one.localeCompare(other))
        .map(([deed, count]) => [deed, String(count)]),
      ['starts of an agent', String(report.starts)],
      [
        'from its start to the first command: median, longest',
        `${seconds(percentile(startTimes, 0.5))}, ${seconds(Math.max(...startTimes))}`,
      ],
      ['runs taken over by an agent', String(log.recovered.adopted)],
      ['runs started by the next agent, as they were not', String(log.recovered.respawned)],
      ['runs told to be lost at a start', String(log.recovered.lost)],
      ['output read and compared', `${Math.round(figures.readBytes / MIB)} MiB`],
      ['logs read again at the end', String(figures.logsReadAgain)],
      ['agent, at most', process(most.agent)],
      ...(report.survives ? [['keeper, at most', process(most.keeper)]] : []),
      ['growth in the calm at the end', report.growth.join('; ') || 'not looked at'],
      ['findings', String(found)],
    ],
  );
}

function entries(map: ReadonlyMap<string, number>): string {
  return [...map].map(([key, count]) => `${key} × ${count}`).join(', ') || 'none';
}
