import { parseJson, DEFAULT_JSON_BOUNDS } from '../base/json.ts';
import type { JsonObject, JsonValue } from '../base/json.ts';
import type { BatchCommand } from '../client/batch.ts';
import { UsageError } from './cli-error.ts';

/** A batch as it is written down. */
export interface WrittenBatch {
  readonly commands: readonly BatchCommand[];
  readonly defaults?: Partial<BatchCommand>;
  readonly maxInFlight?: number;
  readonly onFailure?: 'continue' | 'stop';
}

/** As many as the largest frame has room for. */
const BOUNDS = { ...DEFAULT_JSON_BOUNDS, keys: 1_000_000 };

/**
 * Reads a batch: one command a line as JSON, a list of commands as JSON or YAML, or an object of `commands`, `defaults`,
 * `max_in_flight` and `on_failure`. `source` names it in errors. Errors: UsageError.
 */
export async function readBatch(text: string, source: string): Promise<WrittenBatch> {
  const trimmed = text.trim();
  if (trimmed === '') throw new UsageError(`Cannot read the batch in ${source}: it is empty`);
  if (trimmed.startsWith('[')) return batchOf(readJson(trimmed, source), source);
  if (!trimmed.startsWith('{')) return batchOf(await readYaml(trimmed, source), source);
  const whole = parseJson(trimmed, BOUNDS);
  return whole.ok ? batchOf(whole.value, source) : { commands: readLines(trimmed, source) };
}

function readJson(text: string, source: string): JsonValue {
  const parsed = parseJson(text, BOUNDS);
  if (parsed.ok) return parsed.value;
  throw new UsageError(`Cannot read the batch in ${source}: ${parsed.message}`);
}

function readLines(text: string, source: string): BatchCommand[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const place = `${source}, line ${index + 1}`;
    return [commandOf(readJson(line, place), place)];
  });
}

async function readYaml(text: string, source: string): Promise<unknown> {
  const { parse } = await import('yaml');
  try {
    const value: unknown = parse(text);
    // An anchor may hold itself, which no frame can.
    JSON.stringify(value);
    return value;
  } catch (error) {
    throw new UsageError(
      `Cannot read the batch in ${source}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function batchOf(value: unknown, source: string): WrittenBatch {
  if (Array.isArray(value)) {
    return { commands: value.map((entry: unknown, index) => commandOf(entry, `${source}, command ${index + 1}`)) };
  }
  const { commands, defaults, max_in_flight, on_failure, ...rest } = objectOf(value, source) as JsonObject;
  // A command on its own is a batch of one.
  if (commands === undefined) return { commands: [commandOf(value, source)] };
  if (!Array.isArray(commands)) throw new UsageError(`Cannot read the batch in ${source}: "commands" is no list`);
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw new UsageError(`Cannot read the batch in ${source}: "${unknown}" is unknown there`);
  // What is wrong with these the agent says.
  const more = { defaults, maxInFlight: max_in_flight, onFailure: on_failure };
  const given = Object.fromEntries(Object.entries(more).filter(([, field]) => field !== undefined && field !== null));
  return { ...batchOf(commands, source), ...given };
}

function commandOf(value: unknown, place: string): BatchCommand {
  return objectOf(value, place);
}

function objectOf(value: unknown, place: string): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new UsageError(`Cannot read the batch in ${place}: an object such as {"command": "core.system", …} is wanted`);
}
