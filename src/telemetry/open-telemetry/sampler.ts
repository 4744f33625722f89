/** Whether a trace is recorded; `parent` is whether its caller records it, undefined without one. */
export type Sampler = (traceId: string, parent: boolean | undefined) => boolean;

const RATIO_DIGITS = 8;
const RATIO_SPAN = 16 ** RATIO_DIGITS;

/** The sampler of a standard name. Answers with what is wrong when there is none. */
export function sampleBy(name: string, argument?: string): Sampler | string {
  const isParentBased = name.startsWith('parentbased_');
  const root = rootSampler(name.replace(/^parentbased_/, ''), argument);
  if (typeof root === 'string') return root.replace('NAME', name);
  return isParentBased ? (traceId, parent) => parent ?? root(traceId) : root;
}

function rootSampler(name: string, argument = '1'): ((traceId: string) => boolean) | string {
  switch (name) {
    case 'always_on':
      return () => true;
    case 'always_off':
      return () => false;
    case 'traceidratio': {
      const ratio = Number(argument);
      if (!(ratio >= 0 && ratio <= 1))
        return `Cannot use "${argument}" as OTEL_TRACES_SAMPLER_ARG: a number from 0 to 1 is wanted; all traces are recorded`;
      // By the trace's own number, so that all who take part in one decide alike.
      return (traceId) => Number.parseInt(traceId.slice(-RATIO_DIGITS), 16) < ratio * RATIO_SPAN;
    }
    default:
      return 'Cannot use the sampler "NAME" (OTEL_TRACES_SAMPLER): always_on, always_off and traceidratio are known, each alone or with "parentbased_" before it';
  }
}
