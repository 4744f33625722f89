/**
 * Bytes of this process that are in use or not yet found to be free. Unlike resident memory it tells little of the tests that
 * ran in the process before.
 */
export function memoryInUse(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
