import { machineTime, othersShare } from './figures/machine-time.ts';
import { judge, type FigureOutcome } from './figures/verdict.ts';
import type { Row, Sample } from './row.ts';
import type { Stage } from './stage.ts';

const ROUNDS = 5;
const QUICK_ROUNDS = 2;

/** All that is told of a row. */
export interface RowOutcome {
  readonly row: Row;
  readonly figures: readonly FigureOutcome[];
  readonly rounds: number;
  readonly seconds: number;
  /** The share of the machine's time that went to others meanwhile, 0 to 1. */
  readonly others: number;
  readonly remarks: readonly string[];
  /** Why there are no figures. */
  readonly failure?: string;
}

/** Measures a row: ours, bare, ours, bare, … after one round of each that does not count. Never rejects. */
export async function runRow(row: Row, stage: Stage): Promise<RowOutcome> {
  const began = performance.now();
  const before = machineTime(stage.root);
  const ours: Sample[] = [];
  const bare: Sample[] = [];
  const remarks: string[] = [];
  let failure: string | undefined;
  const full = row.rounds ?? ROUNDS;
  const rounds = stage.quick ? Math.min(QUICK_ROUNDS, full) : full;
  try {
    await using trial = await row.open(stage);
    for (let round = row.warmUp === false ? 0 : -1; round < rounds; round += 1) {
      const mine = await trial.ours();
      const theirs = await trial.bare?.();
      if (round < 0) continue;
      ours.push(mine);
      if (theirs !== undefined) bare.push(theirs);
    }
    remarks.push(...(trial.remarks?.() ?? []));
  } catch (error) {
    if (stage.signal.aborted) throw error;
    failure = error instanceof Error ? error.message : String(error);
  }
  const others = othersShare(before, machineTime(stage.root));
  const measured = failure === undefined ? row.figures : [];
  return {
    row,
    figures: measured.map((figure) => judge(figure, ours, bare, stage.quick ? 'a quick run' : others)),
    rounds,
    seconds: (performance.now() - began) / 1000,
    others,
    remarks: [...new Set(remarks)],
    ...(failure === undefined ? {} : { failure }),
  };
}
