import type { Hook } from './hook.ts';

/** Calls `action` once, with the pid of the first run's process. Functions have none. */
export function onPid(action: (pid: number) => void): Hook {
  let fired = false;
  return {
    name: 'pid',
    started: ({ pid }) => {
      if (fired || pid === undefined) return;
      fired = true;
      action(pid);
    },
  };
}
