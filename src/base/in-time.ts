import type { Clock } from './clock.ts';

/** What `work` resolves to, or `otherwise` when that takes longer than `ms`; the work itself goes on. Rejects as it does. */
export async function inTime<Answer, Otherwise>(
  clock: Clock,
  ms: number,
  work: Promise<Answer>,
  otherwise: Otherwise,
): Promise<Answer | Otherwise> {
  const late = Promise.withResolvers<Otherwise>();
  using _timer = clock.after(ms, () => {
    late.resolve(otherwise);
  });
  return await Promise.race([work, late.promise]);
}
