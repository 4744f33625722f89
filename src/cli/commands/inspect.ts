import { answerLines } from '../answer-lines.ts';
import { defineCommand } from '../cli-command.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { EXIT_OK } from '../exit-codes.ts';
import type { Screen } from '../output.ts';
import { withAgent } from '../with-agent.ts';

export const inspect = defineCommand({
  usage: ['inspect CONTAINER [options]'],
  details: ['CONTAINER is its name or its id.'],
  options: AGENT_OPTIONS,
  words: { min: 1, max: 1 },
  examples: [
    { line: 'corex inspect web', does: 'Configuration, state, processes, and what happened to it.' },
    { line: 'corex inspect --json web | jq .state.main.pid', does: 'For programs.' },
  ],
  run: async ({ options, words: [container = ''], cli }) => {
    const all = await withAgent(options, cli, (client) => client.call('container.inspect', { container }));
    if (options.json) await cli.output.json(all);
    else await cli.output.line((await inspection(all as Parts, cli.output.stdout)).join('\n'));
    return EXIT_OK;
  },
});

type Parts = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Of each part its members, a line each, and lists of objects as tables below. */
async function inspection(parts: Parts, screen: Pick<Screen, 'width' | 'paint'>): Promise<string[]> {
  const lines: string[] = [];
  for (const [title, part] of Object.entries(parts)) {
    const members = Object.entries(part).filter(([, value]) => !isEmpty(value));
    const lists = members.filter(([, value]) => isList(value));
    const plain = members.filter(([, value]) => !isList(value));
    lines.push(
      screen.paint('bold', title.toUpperCase()),
      ...(await answerLines(Object.fromEntries(plain), screen)),
      '',
    );
    for (const [name, list] of lists) {
      lines.push(screen.paint('bold', name.toUpperCase()), ...(await answerLines(list, screen)), '');
    }
  }
  return lines.slice(0, -1);
}

function isList(value: unknown): boolean {
  return Array.isArray(value) && typeof value[0] === 'object';
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
