import type { SpawnFailure } from '../launcher.ts';

/** What the system says when there is too little of something, and when something is forbidden. */
const NO_RESOURCES =
  /Resource temporarily unavailable|Cannot allocate memory|No space left on device|Too many open files/;
const NOT_ABLE =
  /not permitted|[Pp]ermission denied|[Nn]ot found|No such (file|device)|Read-only file system|not supported|(unrecognized|invalid|unknown) option/;

/** Longest piece of what the chain said that a message quotes, characters. */
const QUOTE_LENGTH = 300;

/**
 * What the chain of `execPrefix()` said on fd 3 until that was closed: `ok`, or why the program was not
 * started. The chain has ended, or will at once, when it is a failure.
 */
export function parsePrefixStatus(text: string): 'ok' | SpawnFailure {
  const lines = text.split('\n').filter((line) => line !== '');
  const last = lines.at(-1);
  if (last === 'ok') return 'ok';
  if (last === undefined) {
    return failed(
      'no-resources',
      'Cannot start the program: it ended while it was being confined; its limits may be too tight, or it was killed',
    );
  }
  const [word = '', ...rest] = last.split(' ');
  const detail = rest.join(' ');
  const said = lines.join('; ').slice(0, QUOTE_LENGTH);
  switch (word) {
    case 'exec':
      return failed('not-executable', `Cannot start "${detail}": the user it runs as may not execute it`);
    case 'niceness':
      return failed('not-able', `Cannot give the program niceness ${detail}: ${said}`);
    case 'cgroup':
      return failed(NO_RESOURCES.test(said) ? 'no-resources' : 'not-able', `Cannot join a control group: ${said}`);
    default:
      return failed(failureOf(said), `Cannot confine the program: ${said}`);
  }
}

function failureOf(said: string): SpawnFailure['failure'] {
  if (NO_RESOURCES.test(said)) return 'no-resources';
  return NOT_ABLE.test(said) ? 'not-able' : 'bad-arguments';
}

function failed(failure: SpawnFailure['failure'], message: string): SpawnFailure {
  return { type: 'failed', failure, message };
}
