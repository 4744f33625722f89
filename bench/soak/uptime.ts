import { uptime } from 'node:os';

/** Milliseconds since the machine started: the one clock of the soak, which its programs read, too. Steps of 10 ms. */
export function uptimeMs(): number {
  return uptime() * 1000;
}
