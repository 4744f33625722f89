/** Reads a configuration file of PM2, whatever it is written in. */
import path from 'node:path';
import { parseJson, type JsonValue } from '../../../base/json.ts';
import { evaluateFile } from '../../../host/evaluate-file.ts';
import { errorMessage } from '../../../protocol/agent-error.ts';
import { ConfigError } from '../../config-error.ts';
import { readText } from '../read-text.ts';

/** A configuration that takes longer does something else. */
const PATIENCE_MS = 10_000;
const SCRIPTS = ['.js', '.cjs', '.mjs', '.ts'];

export interface ReadPm2Options {
  /** Variables a script may look at. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told before a file is run to get at what it holds. */
  readonly onEvaluate: () => Promise<void>;
  /** @default 10_000 */
  readonly patienceMs?: number;
}

/** What the file holds. Errors: ConfigError that says why that can't be told. */
export async function readPm2File(file: string, options: ReadPm2Options): Promise<JsonValue> {
  const extension = path.extname(file);
  if (SCRIPTS.includes(extension)) return await evaluate(file, options);
  const text = readText(file);
  if (extension === '.yaml' || extension === '.yml') return await parseYaml(text, file);
  const parsed = parseJson(text);
  if (parsed.ok) return parsed.value;
  if (extension !== '.json') throw new ConfigError(`Cannot read "${file}": ${parsed.message}`);
  // PM2 takes comments and the like in such a file: it is JavaScript to it.
  return await evaluate(file, options);
}

async function evaluate(file: string, { env, onEvaluate, patienceMs = PATIENCE_MS }: ReadPm2Options) {
  readText(file);
  await onEvaluate();
  const evaluated = await evaluateFile(path.resolve(file), {
    cwd: path.dirname(path.resolve(file)),
    env,
    timeoutMs: patienceMs,
  });
  if (!evaluated.ok) throw new ConfigError(`Cannot evaluate "${file}": ${evaluated.message}`);
  const parsed = parseJson(evaluated.json);
  if (parsed.ok) return parsed.value;
  throw new ConfigError(`Cannot use what "${file}" exports: ${parsed.message}`);
}

async function parseYaml(text: string, file: string): Promise<JsonValue> {
  const { parse } = await import('yaml');
  try {
    return parse(text, { maxAliasCount: 1000 }) as JsonValue;
  } catch (error) {
    throw new ConfigError(`Cannot read "${file}": ${errorMessage(error)}`, { cause: error });
  }
}
