import type { BuiltinContext } from 'corex/builtin';

/** Steps are said as lines, bytes that are unpacked are progress. */
export function imageWatch(context: BuiltinContext) {
  return {
    signal: context.signal,
    onStep: (text: string) => {
      context.log(text);
    },
    onProgress: (bytes: number) => {
      context.progress(bytes, undefined, 'bytes unpacked');
    },
  };
}
