import { constants } from 'node:os';

/** The number of a signal on this platform. */
export function signalNumber(signal: NodeJS.Signals): number {
  return constants.signals[signal];
}

/**
 * The signal a caller means by a name (`TERM`, `SIGTERM`, any case) or a number; undefined when there
 * is none.
 */
export function parseSignal(value: string | number): NodeJS.Signals | undefined {
  if (typeof value === 'number' || /^\d+$/.test(value)) {
    const wanted = Number(value);
    return signalNames().find((name) => constants.signals[name] === wanted);
  }
  const upper = value.toUpperCase();
  const name = (upper.startsWith('SIG') ? upper : `SIG${upper}`) as NodeJS.Signals;
  return Object.hasOwn(constants.signals, name) ? name : undefined;
}

/** Every signal name of this platform. */
export function signalNames(): NodeJS.Signals[] {
  return Object.keys(constants.signals) as NodeJS.Signals[];
}
