import { expect, test } from 'vitest';
import { judgeResult } from '../../../bench/soak/judge-result.ts';
import { factsOf, lostResult, planOf, resultOf, runOf, runWithoutEnd } from './facts.ts';

test('judgeResult() has nothing against a result that says what the program wrote down', () => {
  expect(judgeResult(factsOf())).toEqual([]);
  const failed = resultOf({ state: 'ERROR', code: 1042, exit: { code: 42 } });
  const run = runOf(1, { end: { at: 1900, exit: { code: 42 } } });
  expect(judgeResult(factsOf({ result: failed, runs: [run] }))).toEqual([]);
});

test('judgeResult() finds a success the program never came to', () => {
  expect(judgeResult(factsOf({ runs: [runWithoutEnd()] }))).toContain(
    'Success, but the program never came to its good end',
  );
  const run = runOf(1, { end: { at: 1900, exit: { code: 1 } } });
  expect(judgeResult(factsOf({ runs: [run] }))).toContain('Not how the program ended');
});

test('judgeResult() takes a signal only from who sent one', () => {
  const result = resultOf({ state: 'ERROR', code: 1137, reason: 'signaled', exit: { signal: 'SIGKILL' } });
  const runs = [runWithoutEnd()];
  expect(judgeResult(factsOf({ result, runs }))).toEqual(['Not how the program ended']);
  expect(judgeResult(factsOf({ result, runs, shots: new Map([['u.1', ['SIGKILL']]]) }))).toEqual([]);
  expect(judgeResult(factsOf({ result, runs, shots: new Map([['u.1', ['SIGTERM']]]) }))).not.toEqual([]);
});

test('judgeResult() lets a run be lost when its owner was killed while it ran', () => {
  const result = lostResult();
  const runs = [runWithoutEnd()];
  expect(judgeResult(factsOf({ result, runs }))).toEqual(['No cause for the reason "lost"']);
  expect(judgeResult(factsOf({ result, runs, losses: [1500] }))).toEqual([]);
  expect(judgeResult(factsOf({ result, runs, sentAt: 9000, resultAt: 9900, losses: [2000] }))).not.toEqual([]);
});

test('judgeResult() lets a run that ended long before be lost only when no agent could hear of it', () => {
  const lost = { result: lostResult(), resultAt: 9000, losses: [8000] };
  expect(judgeResult(factsOf(lost))).toEqual(['No cause for the reason "lost"']);
  expect(judgeResult(factsOf({ ...lost, absences: [{ from: 1500, to: 8500 }] }))).toEqual([]);
});

test('judgeResult() wants a cause for a kill and a timeout', () => {
  const killed = resultOf({ state: 'KILLED', code: 1143, reason: 'killed', exit: { signal: 'SIGTERM' } });
  const runs = [runWithoutEnd()];
  expect(judgeResult(factsOf({ result: killed, runs }))).toEqual(['No cause for the reason "killed"']);
  expect(judgeResult(factsOf({ result: killed, runs, asked: ['kill'] }))).toEqual([]);
  const late = resultOf({ ...killed, state: 'TIMEOUT', reason: 'timeout', time: 800 });
  const limited = (seconds: number) => planOf({ command: { ...planOf().command, max_time: seconds } });
  expect(judgeResult(factsOf({ result: late, runs, plan: limited(0.5) }))).toEqual([]);
  expect(judgeResult(factsOf({ result: late, runs, plan: limited(5) }))).toEqual(['No cause for the reason "timeout"']);
});

test('judgeResult() counts the runs of a job that failed', () => {
  const plan = planOf({ command: { ...planOf().command, max_restart: 2 } });
  const end = { at: 1900, exit: { code: 3 } };
  const failed = (runs: number) => ({
    plan,
    result: resultOf({ state: 'ERROR', code: 1003, exit: { code: 3 }, runs }),
    runs: [1, 2, 3].slice(0, runs).map((run) => runOf(run, { end })),
  });
  expect(judgeResult(factsOf(failed(3)))).toEqual([]);
  expect(judgeResult(factsOf(failed(2)))).toEqual(['2 runs are too many or too few']);
  expect(judgeResult(factsOf({ ...failed(2), asked: ['unschedule'] }))).toEqual([]);
});

test('judgeResult() finds output that is gone, and survivors', () => {
  const runs = [runOf(1, { wrote: 100 })];
  const short = resultOf({ output: { bytes: 99, dropped: 0 } });
  expect(judgeResult(factsOf({ result: short, runs }))).toEqual(['The program wrote 100 bytes, the log has fewer']);
  const left = resultOf({ survivors: [{ pid: 11, command: 'sleep' }] });
  expect(judgeResult(factsOf({ result: left }))).toEqual(['Something survived']);
  expect(judgeResult(factsOf({ result: left, plan: planOf({ keeps: true }) }))).toEqual([]);
});

test('judgeResult() finds a state that does not follow from the reason', () => {
  expect(judgeResult(factsOf({ result: resultOf({ state: 'ERROR' }) }))).toHaveLength(1);
  expect(judgeResult(factsOf({ result: resultOf({ code: 7 }) }))).toHaveLength(1);
});
