import type { State } from '../../protocol/reasons.ts';
import type { Hook } from './hook.ts';

/** Calls `action` after every run, with whether it succeeded. */
export function onExit(action: (succeeded: boolean, state: State) => void): Hook {
  return {
    name: 'exit',
    exited: ({ state }) => {
      action(state === 'SUCCESS', state);
    },
  };
}
