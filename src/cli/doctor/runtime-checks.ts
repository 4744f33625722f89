import type { RuntimeExamination } from '../../agent/examine-runtimes.ts';
import { ok, warn, type Check } from './check.ts';

/** Containers need one runtime that works; jobs of other kinds need none, so that nothing of this is a failure. */
export function runtimeChecks(runtimes: readonly RuntimeExamination[]): Check[] {
  const installed = runtimes.filter(({ program }) => program !== undefined);
  const works = installed.some(({ trouble }) => trouble === undefined);
  if (installed.length === 0) {
    return [warn('Containers', 'no runtime', 'Jobs run, but no containers: install "runc" or "crun" for them')];
  }
  return installed.map((runtime) => runtimeCheck(runtime, works));
}

function runtimeCheck(
  { name, program, version, warning, trouble, usersTrouble }: RuntimeExamination,
  anyWorks: boolean,
): Check {
  const title = `Containers by ${name}`;
  const found = `${version ?? 'version unknown'}, ${program ?? ''}`;
  if (trouble === undefined) {
    const users = usersTrouble === undefined ? [] : [`Root in a container is root outside. Why: ${usersTrouble}`];
    const advice = [...(warning === undefined ? [] : [warning]), ...users];
    return advice.length === 0 ? ok(title, `${found}, made one just now`) : warn(title, found, advice.join('. '));
  }
  const advice = anyWorks ? 'Nothing to do: another runtime works' : 'Jobs run, but no containers';
  return warn(title, `${found}, can't be used`, `${advice}. Why: ${warning ?? trouble}`);
}
