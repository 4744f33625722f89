/** From one `[program:x]` of supervisord to entries of the startup, one for each of its processes. */
import { ConfigError } from '../../config-error.ts';
import type { StartupEntrySection } from '../../config-startup.ts';
import { ALWAYS_RESTARTED, argumentsOf, type ImportedProgram, withoutSurprises } from '../imported.ts';
import { shellWords } from '../shell-words.ts';
import { expand, type Expansions } from './expand.ts';
import { readKeyValues } from './key-values.ts';
import { programNotes } from './program-notes.ts';
import { type ProgramOptions, readProgramOptions } from './program-options.ts';
import type { IniSection } from './read-ini.ts';

export interface SupervisordProgram {
  readonly name: string;
  readonly section: IniSection;
  /** The group it is listed in; its own name if it is in none. */
  readonly group: string;
  /** What is known to all: `here`, `host_node_name`, `ENV_…`. */
  readonly expansions: Expansions;
  /** Variables of all programs, as `[supervisord]` has them. */
  readonly environment: string | undefined;
}

export interface ConvertedProcess {
  /** As supervisord calls it, without its group. */
  readonly name: string;
  readonly section: StartupEntrySection;
  readonly notes: readonly string[];
}

export interface ConvertedProgram {
  readonly priority: number;
  readonly autostart: boolean;
  readonly processes: readonly ConvertedProcess[];
}

/** Errors: ConfigError for what supervisord would not take either. */
export function convertProgram(program: SupervisordProgram): ConvertedProgram {
  const { name, section, group } = program;
  const where = `[program:${name}]`;
  const options = readProgramOptions(section, where);
  const pattern = section.get('process_name') ?? '%(program_name)s';
  if (options.numprocs > 1 && !pattern.includes('%(process_num)')) {
    throw new ConfigError(`Cannot convert ${where}: with "numprocs" above 1, "process_name" needs "%(process_num)d"`);
  }
  const notes = programNotes(section, options);
  const processes = Array.from({ length: options.numprocs }, (_, index): ConvertedProcess => {
    const expansions = {
      ...program.expansions,
      program_name: name,
      group_name: group,
      numprocs: options.numprocs,
      process_num: options.numprocsStart + index,
    };
    const found = programOf(program, expansions, where);
    return {
      name: expand(pattern, expansions, `"process_name" of ${where}`),
      section: { ...sectionOf(options), args: argumentsOf(found.program) },
      notes: [...notes, ...found.notes],
    };
  });
  return { priority: options.priority, autostart: options.autostart, processes };
}

function sectionOf(options: ProgramOptions): StartupEntrySection {
  const { autorestart, exitcodes, startsecs, stopwaitsecs } = options;
  const expected = exitcodes.filter((code) => code !== 0);
  return {
    name: 'core.system',
    ...(options.autostart ? {} : { condition: 'false' }),
    ...(autorestart === 'always' ? { protected: true } : {}),
    ...(autorestart === 'unexpected' ? { max_restart: ALWAYS_RESTARTED } : {}),
    ...(expected.length === 0 ? {} : { success_codes: expected }),
    // A delay of 0 would be the default one.
    running_delay: startsecs === 0 ? 0.001 : startsecs,
    ...(stopwaitsecs === undefined ? {} : { kill_grace: stopwaitsecs }),
  };
}

function programOf(
  { section, environment }: SupervisordProgram,
  expansions: Expansions,
  where: string,
): { readonly program: ImportedProgram; readonly notes: readonly string[] } {
  const variables = new Set<string>();
  const filled = (option: string): string | undefined => {
    const text = section.get(option);
    return text === undefined ? undefined : expand(text, expansions, `"${option}" of ${where}`, variables);
  };
  const command = filled('command');
  const words = command === undefined ? [] : shellWords(command);
  if (words === undefined) throw new ConfigError(`Cannot convert ${where}: "command" has a quote that is not closed`);
  const [name, ...args] = words;
  if (name === undefined) throw new ConfigError(`Cannot convert ${where}: it has no "command"`);
  const common = environment === undefined ? '' : expand(environment, expansions, '"environment"', variables);
  const env = {
    ...readKeyValues(common, '"environment" of [supervisord]'),
    ...readKeyValues(filled('environment') ?? '', `"environment" of ${where}`),
  };
  const [dir, user, umask] = [filled('directory'), filled('user'), filled('umask')];
  const { program, notes } = withoutSurprises(
    {
      ...withUmask(name, args, umask, where),
      ...(dir === undefined ? {} : { dir }),
      ...(Object.keys(env).length === 0 ? {} : { env }),
      ...(user === undefined ? {} : { user }),
    },
    variables,
  );
  return { program, notes: [...[...variables].map(variableNote), ...notes] };
}

function variableNote(name: string): string {
  return `"{${name}}" was "%(ENV_${name})s": the agent must have the variable when it starts this.`;
}

/** Nothing sets it here but a shell that then becomes the program. */
function withUmask(name: string, args: readonly string[], umask: string | undefined, where: string) {
  if (umask === undefined) return { name, ...(args.length === 0 ? {} : { args }) };
  if (!/^[0-7]{1,4}$/.test(umask)) {
    throw new ConfigError(`Cannot convert ${where}: "umask" is "${umask}", expected an octal number such as 022`);
  }
  return { name: 'sh', args: ['-c', `umask ${umask} && exec "$@"`, 'sh', name, ...args] };
}
