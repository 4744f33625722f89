import { RE2JS } from 're2js';
import type { ParsedMessage } from '../streams/message-parser.ts';
import type { Hook } from './hook.ts';

/**
 * Calls `action` once, with the first message whose text has a match of `pattern`, in RE2 syntax: time
 * grows with the text only, whatever the pattern.
 *
 * Errors: throws what RE2 says of a bad pattern.
 */
export function onMatch(pattern: string, action: (message: ParsedMessage) => void): Hook {
  const compiled = RE2JS.compile(pattern);
  let fired = false;
  return {
    name: 'match',
    message: (message) => {
      if (fired || !compiled.matcher(message.text).find()) return;
      fired = true;
      action(message);
    },
  };
}
