import { AGENT_OPTIONS } from '../common-options.ts';
import { chosenDataDir } from '../agent-address.ts';
import { defineCommand } from '../cli-command.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { findAction } from '../find-action.ts';
import { readTokenFile, replaceTokenFile, tokenFileOf } from '../token-file.ts';

export const token = defineCommand({
  usage: ['token [show] [options]', 'token rotate [options]'],
  details: [
    'Callers over ws:// and wss:// show this token; over the unix socket the rights of its file decide. The token stands in the file "token" of the data directory, made at the first start.',
    '`rotate` replaces it: a running agent lets nobody in with the new one before it is started again.',
  ],
  options: { json: AGENT_OPTIONS.json, dataDir: AGENT_OPTIONS.dataDir },
  words: { max: 1 },
  examples: [
    { line: 'corex token', does: 'Show the token.' },
    { line: 'COREX_URL=ws://build-3:7411 COREX_TOKEN=… corex ps', does: 'Use it from another machine.' },
    { line: 'corex token rotate', does: 'Lock out everybody who has the present one, from the next start on.' },
  ],
  run: async ({ options, words: [word = 'show'], cli }) => {
    const action = findAction(['show', 'rotate'], word);
    const file = tokenFileOf(chosenDataDir(options.dataDir, cli));
    const value = await (action === 'show' ? readTokenFile(file) : replaceTokenFile(file));
    if (options.json) await cli.output.json({ token: value, file });
    else await cli.output.line(value);
    return EXIT_OK;
  },
});
