import { constants } from 'node:os';

/** Linux numbers its signals from 1 to this; the upper half are real-time signals, which have no names of their own. */
const LAST_SIGNAL = 64;

/** The number of a signal on this platform. A signal without a name is called `SIG` and its number. */
export function signalNumber(signal: NodeJS.Signals): number {
  const known: Readonly<Record<string, number>> = constants.signals;
  return known[signal] ?? Number(signal.slice('SIG'.length));
}

/** What the signal of a number is called; see {@link signalNumber}. */
export function signalName(number: number): NodeJS.Signals {
  return NAMES.get(number) ?? (`SIG${String(number)}` as NodeJS.Signals);
}

/**
 * The signal a caller means by a name (`TERM`, `SIGTERM`, any case) or a number; undefined when there
 * is none.
 */
export function parseSignal(value: string | number): NodeJS.Signals | undefined {
  const text = String(value).toUpperCase().replace(/^SIG/, '');
  if (/^\d+$/.test(text)) {
    const number = Number(text);
    return number >= 1 && number <= LAST_SIGNAL ? signalName(number) : undefined;
  }
  const name = `SIG${text}` as NodeJS.Signals;
  return Object.hasOwn(constants.signals, name) ? name : undefined;
}

/** Every signal name of this platform. */
export function signalNames(): NodeJS.Signals[] {
  return Object.keys(constants.signals) as NodeJS.Signals[];
}

/** Of names that mean the same number the first is the usual one. */
const NAMES: ReadonlyMap<number, NodeJS.Signals> = new Map(
  signalNames()
    .toReversed()
    .map((name) => [constants.signals[name], name]),
);
