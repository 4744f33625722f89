/** The options of a `[program:x]` section, as supervisord documents them. */
import { parseSignal } from '../../../protocol/signals.ts';
import { ConfigError } from '../../config-error.ts';
import type { IniSection } from './read-ini.ts';

export interface ProgramOptions {
  readonly numprocs: number;
  readonly numprocsStart: number;
  readonly priority: number;
  readonly autostart: boolean;
  readonly autorestart: 'always' | 'unexpected' | 'never';
  readonly startsecs: number;
  readonly exitcodes: readonly number[];
  readonly stopsignal: string;
  readonly stopwaitsecs: number | undefined;
}

const YES = ['yes', 'true', 'on', '1'];
const NO = ['no', 'false', 'off', '0'];

/** supervisord's own defaults. */
const PRIORITY = 999;
const START_SECONDS = 1;

/** Reads them. `where` is the section, for messages. Errors: ConfigError for what supervisord would not take either. */
export function readProgramOptions(section: IniSection, where: string): ProgramOptions {
  const refuse = (option: string, expected: string): never => {
    throw new ConfigError(
      `Cannot convert ${where}: "${option}" is "${section.get(option) ?? ''}", expected ${expected}`,
    );
  };
  const integer = (option: string, least: number): number | undefined => {
    const text = section.get(option);
    if (text === undefined) return undefined;
    const value = /^-?\d+$/.test(text) ? Number(text) : NaN;
    return value >= least ? value : refuse(option, `a whole number from ${String(least)}`);
  };
  const flag = (option: string, standard: boolean): boolean => {
    const word = section.get(option)?.toLowerCase();
    if (word === undefined) return standard;
    if (YES.includes(word)) return true;
    return NO.includes(word) ? false : refuse(option, 'true or false');
  };
  const codes = (section.get('exitcodes') ?? '0').split(',').map((code) => Number(code.trim()));
  if (codes.some((code) => !Number.isInteger(code) || code < 0 || code > 255)) {
    refuse('exitcodes', 'codes from 0 to 255, separated by commas');
  }
  const isUnexpected = (section.get('autorestart') ?? 'unexpected').toLowerCase() === 'unexpected';
  const signal = section.get('stopsignal') ?? 'TERM';
  return {
    numprocs: integer('numprocs', 1) ?? 1,
    numprocsStart: integer('numprocs_start', 0) ?? 0,
    priority: integer('priority', -1_000_000_000) ?? PRIORITY,
    autostart: flag('autostart', true),
    autorestart: isUnexpected ? 'unexpected' : flag('autorestart', true) ? 'always' : 'never',
    startsecs: integer('startsecs', 0) ?? START_SECONDS,
    exitcodes: codes,
    stopsignal: parseSignal(signal) ?? refuse('stopsignal', 'a signal such as TERM'),
    stopwaitsecs: integer('stopwaitsecs', 0),
  };
}
