/** The promise's outcome, or a failure that names `what` was awaited when it takes longer than `withinMs`. */
export async function within<Answer>(withinMs: number, what: string, promise: Promise<Answer>): Promise<Answer> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Error(`Waited ${String(withinMs)} ms in vain for ${what}`));
  }, withinMs);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
