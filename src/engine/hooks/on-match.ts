import { RE2JS } from 're2js';
import type { ParsedMessage } from '../streams/message-parser.ts';
import type { Hook } from './hook.ts';

/**
 * Whether a text has a match of a pattern, in RE2 syntax: time grows with the text only, whatever the pattern.
 *
 * Errors: throws what RE2 says of a bad pattern.
 */
export function compilePattern(pattern: string): (text: string) => boolean {
  const compiled = RE2JS.compile(pattern);
  return (text) => compiled.matcher(text).find();
}

/**
 * Calls `action` once, with the first message whose text has a match of `pattern`; see {@link compilePattern}.
 *
 * Errors: throws what RE2 says of a bad pattern.
 */
export function onMatch(pattern: string, action: (message: ParsedMessage) => void): Hook {
  const matches = compilePattern(pattern);
  let fired = false;
  return {
    name: 'match',
    message: (message) => {
      if (fired || !matches(message.text)) return;
      fired = true;
      action(message);
    },
  };
}
