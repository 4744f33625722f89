import type { Figure, Sample, Target } from '../row.ts';
import { pairwiseDifferences, pairwiseRatios, spreadOf, type Spread } from './statistics.ts';

/** A bare figure that moved more than this says that the machine was not the same all the time. */
const MOST_MOVED = 1.5;

/** Above this share of the machine's time, somebody else was measured too. */
export const MOST_OTHERS = 0.15;

export type Verdict = 'reached' | 'missed' | 'void' | 'no target' | 'no bare figure' | 'not measured';

/** All that is told of one figure. */
export interface FigureOutcome {
  readonly figure: Figure;
  readonly ours: Spread;
  readonly bare: Spread | undefined;
  readonly ratio: Spread | undefined;
  readonly verdict: Verdict;
  /** Why a figure is void. */
  readonly because?: string;
}

/**
 * Judges one figure by its rounds. `trouble` is the share of the machine's time that went to processes not ours, or what
 * else makes it void.
 */
export function judge(
  figure: Figure,
  ours: readonly Sample[],
  bare: readonly Sample[],
  trouble: number | string,
): FigureOutcome {
  const mine = valuesOf(figure, ours);
  const theirs = valuesOf(figure, bare);
  const outcome = {
    figure,
    ours: spreadOf(mine),
    bare: theirs.length === 0 ? undefined : spreadOf(theirs),
    ratio: theirs.length === 0 ? undefined : spreadOf(pairwiseRatios(mine, theirs)),
  };
  const because = typeof trouble === 'string' ? trouble : voidBecause(figure, outcome.bare, trouble);
  const verdict = reach(figure, mine, theirs);
  const isJudged = verdict === 'reached' || verdict === 'missed';
  return because === undefined || !isJudged ? { ...outcome, verdict } : { ...outcome, verdict: 'void', because };
}

function valuesOf({ key }: Figure, samples: readonly Sample[]): number[] {
  return samples.map((sample) => sample[key]).filter((value) => value !== undefined);
}

function voidBecause({ target, isCount }: Figure, bare: Spread | undefined, others: number): string | undefined {
  if (target !== undefined && target.of !== 'value' && bare !== undefined && bare.max > bare.min * MOST_MOVED)
    return `the bare figure moved ${(bare.max / bare.min).toFixed(1)} ×`;
  if (isCount !== true && others > MOST_OTHERS) return `others used ${Math.round(others * 100)} % of the machine`;
  return undefined;
}

function reach({ target, isCount }: Figure, ours: readonly number[], bare: readonly number[]): Verdict {
  if (target === undefined) return 'no target';
  if (ours.length === 0) return 'not measured';
  const measured = compared(target, ours, bare);
  if (measured.length === 0) return 'no bare figure';
  const { median, min, max } = spreadOf(measured);
  const isAtLeast = 'atLeast' in target;
  // What only counts has to be right every time.
  const value = isCount !== true ? median : isAtLeast ? min : max;
  return (isAtLeast ? value >= target.atLeast : value <= target.atMost) ? 'reached' : 'missed';
}

function compared(target: Target, ours: readonly number[], bare: readonly number[]): readonly number[] {
  if (target.of === 'value') return ours;
  return target.of === 'ratio' ? pairwiseRatios(ours, bare) : pairwiseDifferences(ours, bare);
}
