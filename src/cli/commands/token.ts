import process from 'node:process';
import { connect } from '../../client/client.ts';
import { findLocalAgent } from '../../client/find-local-agent.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { chosenDataDir } from '../agent-address.ts';
import { defineCommand } from '../cli-command.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { findAction } from '../find-action.ts';
import { readTokenFile, replaceTokenFile, tokenFileOf } from '../token-file.ts';

const TAKEN = 'corex: the running agent takes it now; connections that used the old one are closed';
const NOT_TAKEN = 'corex: no agent answers; the next one takes it';

export const token = defineCommand({
  usage: ['token [show] [options]', 'token rotate [options]'],
  details: [
    'Callers over ws:// and wss:// show this token; over the unix socket the rights of its file decide. The token stands in the file "token" of the data directory, made at the first start.',
    '`rotate` replaces it at once: the running agent closes every connection that used the old one. Jobs don’t notice.',
  ],
  options: { json: AGENT_OPTIONS.json, dataDir: AGENT_OPTIONS.dataDir },
  words: { max: 1 },
  examples: [
    { line: 'corex token', does: 'Show the token.' },
    { line: 'COREX_URL=ws://build-3:7411 COREX_TOKEN=… corex ps', does: 'Use it from another machine.' },
    { line: 'corex token rotate', does: 'Lock out everybody who has the present one.' },
  ],
  run: async ({ options, words: [word = 'show'], cli }) => {
    const action = findAction(['show', 'rotate'], word);
    const dataDir = chosenDataDir(options.dataDir, cli);
    const file = tokenFileOf(dataDir);
    if (action === 'show') {
      const value = await readTokenFile(file);
      await (options.json ? cli.output.json({ token: value, file }) : cli.output.line(value));
      return EXIT_OK;
    }
    // Found while the present token still lets us in.
    const pid = await agentPid(dataDir);
    const value = await replaceTokenFile(file);
    const isTaken = pid !== undefined && process.kill(pid, 'SIGHUP');
    await (options.json ? cli.output.json({ token: value, file, reloaded: isTaken }) : cli.output.line(value));
    if (!options.json) await cli.output.note(isTaken ? TAKEN : NOT_TAKEN);
    return EXIT_OK;
  },
});

/** The process of the agent that uses a data directory, as it says itself; undefined when none answers. */
async function agentPid(dataDir: string): Promise<number | undefined> {
  const agent = await findLocalAgent({ dataDir });
  if (agent === undefined) return undefined;
  try {
    await using client = await connect(agent.url, {
      reconnect: false,
      ...(agent.token === undefined ? {} : { token: agent.token }),
    });
    const { pid } = await client.agent.state();
    return typeof pid === 'number' ? pid : undefined;
  } catch {
    return undefined;
  }
}
