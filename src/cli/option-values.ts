/** Reads the text of an option's value. Errors: UsageError that says what is wanted. */
import { parseJson } from '../base/json.ts';
import { nearestName } from '../base/nearest-name.ts';
import { parseSignal } from '../protocol/signals.ts';
import type { OptionSpec } from './cli-command.ts';
import { UsageError } from './cli-error.ts';
import { parseDuration } from './durations.ts';

type ValueSpec = Exclude<OptionSpec, { type: 'flag' }>;

/** The value of an option; `name` is how it was written. */
export function readOptionValue(name: string, spec: ValueSpec, text: string): unknown {
  switch (spec.type) {
    case 'text':
      return readText(name, spec.choices, text);
    case 'integer':
      return readInteger(name, text, spec.min ?? Number.MIN_SAFE_INTEGER, spec.max ?? Number.MAX_SAFE_INTEGER);
    case 'duration':
      return readDuration(name, text);
    case 'signal':
      return readSignal(name, text);
    case 'json':
      return readJson(name, text);
  }
}

function readText(name: string, choices: readonly string[] | undefined, text: string): string {
  if (choices === undefined || choices.includes(text)) return text;
  const nearest = nearestName(text, choices);
  const hint = nearest === undefined ? `one of ${choices.join(', ')}` : `did you mean "${nearest}"?`;
  throw new UsageError(`Cannot read ${name} "${text}": ${hint}`);
}

function readInteger(name: string, text: string, min: number, max: number): number {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`Cannot read ${name} "${text}": a whole number ${range(min, max)} is wanted`);
}

function range(min: number, max: number): string {
  if (max === Number.MAX_SAFE_INTEGER) return min === Number.MIN_SAFE_INTEGER ? 'in digits' : `from ${min}`;
  return `from ${min} to ${max}`;
}

function readDuration(name: string, text: string): number {
  const seconds = parseDuration(text);
  if (seconds !== undefined) return seconds;
  throw new UsageError(`Cannot read ${name} "${text}": a duration such as 10, 1.5s, 500ms, 2m or 1h30m is wanted`);
}

function readSignal(name: string, text: string): NodeJS.Signals {
  const signal = parseSignal(text);
  if (signal !== undefined) return signal;
  throw new UsageError(`Cannot read ${name} "${text}": a signal such as TERM, SIGINT or 9 is wanted`);
}

function readJson(name: string, text: string): unknown {
  const parsed = parseJson(text);
  if (parsed.ok) return parsed.value;
  throw new UsageError(`Cannot read ${name}: ${parsed.message.replace('Cannot read JSON: ', '')}`);
}
