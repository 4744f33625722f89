/** What supervisord can and corex does otherwise or not at all. */
import { NOT_BY_ITSELF } from '../imported.ts';
import type { ProgramOptions } from './program-options.ts';
import type { IniSection } from './read-ini.ts';

/** Options that are carried over, or whose effect is the same here. */
const CARRIED = new Set([
  ...['command', 'process_name', 'numprocs', 'numprocs_start', 'priority', 'autostart', 'autorestart', 'startsecs'],
  ...['exitcodes', 'stopsignal', 'stopwaitsecs', 'stopasgroup', 'killasgroup', 'user', 'environment', 'directory'],
  ...['umask'],
]);

const OUTPUT = /^(std(out|err)_(logfile|capture|events|syslog)\w*|redirect_stderr|logfile\w*|log_std\w+)$/;

const REASONS: Readonly<Record<string, string>> = {
  startretries: 'it never gives up: the delays between restarts grow, to a minute at most',
  serverurl: 'there is no such server for programs to call',
};

export function programNotes(section: IniSection, options: ProgramOptions): string[] {
  const others = [...section.keys()].filter((option) => !CARRIED.has(option));
  const output = others.filter((option) => OUTPUT.test(option)).map((option) => `"${option}"`);
  return [
    ...(options.autostart ? [] : [NOT_BY_ITSELF]),
    ...(output.length === 0
      ? []
      : [
          `${output.join(', ')}: its output is kept by the agent, both streams in one order; "corex logs ID" shows it.`,
        ]),
    ...others
      .filter((option) => !OUTPUT.test(option))
      .map((option) => {
        const reason = Object.hasOwn(REASONS, option) ? REASONS[option] : undefined;
        return reason === undefined ? `"${option}" is unknown here and was left out.` : `"${option}": ${reason}.`;
      }),
    ...(options.stopsignal === 'SIGTERM'
      ? []
      : [`"stopsignal": it is ended by SIGTERM, not by ${options.stopsignal}; let a script translate if it has to.`]),
    ...(options.autorestart !== 'never' && !options.exitcodes.includes(0) && options.autorestart === 'unexpected'
      ? ['"exitcodes": an exit with 0 is always expected here, so no restart follows it.']
      : []),
  ];
}
