import type { BuiltinContext, TreeWatch } from 'corex/builtin';

/** Work on a tree ends with its caller; what could not be dealt with is said on standard error. */
export function treeWatch(context: BuiltinContext): TreeWatch {
  return {
    signal: context.signal,
    onTrouble: (message) => {
      context.message(2, message);
    },
  };
}
