import { describeFinding } from './findings.ts';
import type { FuzzReport } from './run-fuzz.ts';

/** What a run found and saw, as a text for people. */
export function describeReport(report: FuzzReport, seed: number): string {
  const { findings, counts, pings } = report;
  const at = (share: number): string => (pings[Math.floor((pings.length - 1) * share)] ?? Number.NaN).toFixed(1);
  const mib = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`;
  return [
    ...findings.map((finding) => `FINDING: ${describeFinding(finding)}\n`),
    `seed ${seed}: ${report.sessions} sessions, ${report.sent} frames`,
    `pings of a well-behaved client: ${pings.length}, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`,
    `memory: at most ${mib(report.mostRss)}, at the end ${mib(report.lastRss)}; files: at most ${report.mostFiles}`,
    `connections by close code: ${entries(report.closes)}`,
    `warnings in the log: ${entries(report.warnings)}`,
    counts.size === 0 ? 'nothing found' : `found: ${entries(counts)}`,
    '',
  ].join('\n');
}

function entries(map: ReadonlyMap<number | string, number>): string {
  return [...map].map(([key, count]) => `${key} × ${count}`).join(', ') || 'none';
}
