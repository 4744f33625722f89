/** Help that teaches: all commands at a glance, and one command in full. */
import { COMMAND_GROUPS, type CommandRow, type DescribedCommand, type OptionSpec, writtenName } from './cli-command.ts';
import type { Screen } from './output.ts';
import { wrap } from './wrap.ts';

const WIDEST = 100;
const NARROWEST = 40;
const INDENT = '  ';

/** What `corex` says: what it is for, its commands, the first steps. */
export function overview(commands: readonly CommandRow[], { paint, width }: Pick<Screen, 'paint' | 'width'>): string[] {
  const names = Math.max(...commands.map(({ name }) => name.length)) + 2;
  const groups = Object.entries(COMMAND_GROUPS).flatMap(([group, title]) => [
    paint('bold', title),
    ...commands
      .filter((row) => row.group === group)
      .flatMap(({ name, summary }) => hanging(paint('active', name.padEnd(names)), names, summary, width)),
  ]);
  const text = [
    'Begin with "corex start" in one terminal, and "corex run -- echo hello" in another.',
    '"corex help COMMAND" tells all about a command.',
  ];
  // As few lines as can be: a line for each command, and little around them.
  return [
    ...wrap('corex runs jobs: it keeps every byte they write, and says truly how they ended.', textWidth(width)),
    ...groups,
    '',
    ...text.flatMap((line) => wrap(line, textWidth(width))),
  ];
}

/** What `corex help COMMAND` says. */
export function commandHelp(command: DescribedCommand, { paint, width }: Pick<Screen, 'paint' | 'width'>): string[] {
  const options = optionLines(command);
  const column = Math.min(34, Math.max(...options.map(([term]) => term.length)) + 2);
  return [
    ...wrap(`${command.summary}.`, textWidth(width)),
    '',
    paint('bold', 'Usage'),
    ...command.usage.map((form) => `${INDENT}corex ${form}`),
    '',
    paint('bold', 'Options'),
    ...options.flatMap(([term, text]) =>
      hanging(paint('active', term.padEnd(column)), Math.max(column, term.length), text, width),
    ),
    ...(command.details ?? []).flatMap((paragraph) => ['', ...wrap(paragraph, textWidth(width))]),
    '',
    paint('bold', 'Examples'),
    ...command.examples.flatMap(({ line, does }) => [
      `${INDENT}${line}`,
      ...wrap(does, textWidth(width) - 6).map((text) => `${INDENT}    ${paint('dim', text)}`),
    ]),
  ];
}

/** `-q, --queue NAME` with what it does, for every option and `--help`. */
export function optionLines({ options }: Pick<DescribedCommand, 'options'>): [term: string, text: string][] {
  const help: OptionSpec = { type: 'flag', short: 'h', summary: 'this text' };
  return Object.entries({ ...options, help }).map(([name, spec]) => [optionTerm(name, spec), optionText(spec)]);
}

function optionTerm(name: string, spec: OptionSpec): string {
  const short = spec.short === undefined ? '    ' : `-${spec.short}, `;
  return `${short}--${writtenName(name)}${spec.type === 'flag' ? '' : ` ${spec.value}`}`;
}

function optionText(spec: OptionSpec): string {
  const choices = spec.type === 'text' && spec.choices !== undefined ? `: ${spec.choices.join(', ')}` : '';
  return spec.summary + choices + (spec.multiple === true ? ' (repeatable)' : '');
}

function textWidth(width: number | undefined): number {
  return Math.max(NARROWEST, Math.min(width ?? 80, WIDEST));
}

/** A term, and beside it a text that is wrapped under itself. `size` is the term's width without its colours. */
function hanging(term: string, size: number, text: string, width: number | undefined): string[] {
  const lines = wrap(text, Math.max(20, textWidth(width) - size - INDENT.length));
  return lines.map((line, at) => INDENT + (at === 0 ? term : ' '.repeat(size)) + line);
}
