/** Refusals of what no single key can tell: addresses that don't fit the rest, bounds that contradict each other. */
import { isIP } from 'node:net';
import { errorMessage } from '../protocol/agent-error.ts';
import { isLoopback, parseListenAddress, type ListenAddress } from '../server/listen-address.ts';
import { ConfigError } from './config-error.ts';

/** How a message calls a key: with the place it was set in. */
export type DescribeKey = (key: string) => string;

/** Errors: ConfigError for an address that can't be read, needs TLS that isn't there, or shows the token to a network. */
export function checkListen(addresses: readonly string[], hasTls: boolean, describe: DescribeKey): void {
  for (const text of addresses) {
    const trouble = listenTrouble(text, hasTls);
    if (trouble !== undefined) throw new ConfigError(`${trouble}; set by ${describe('agent.listen')}`);
  }
}

function listenTrouble(text: string, hasTls: boolean): string | undefined {
  let address: ListenAddress;
  try {
    address = parseListenAddress(text);
  } catch (error) {
    return errorMessage(error);
  }
  if (address.type === 'unix') return undefined;
  if (address.secure && !hasTls) return `Cannot listen on "${text}": it needs "server.tls_cert" and "server.tls_key"`;
  if (address.secure || isIP(address.host) === 0 || isLoopback(address.host)) return undefined;
  return `Cannot listen on "${text}": other machines can reach it, and without TLS the token and all output cross the network readable. Use "wss://"`;
}

/** Errors: ConfigError when one bound is beyond the one that holds it. */
export function checkWithin(
  inner: { readonly key: string; readonly value: number },
  outer: { readonly key: string; readonly value: number },
  describe: DescribeKey,
): void {
  if (inner.value <= outer.value) return;
  throw new ConfigError(
    `Cannot use the configuration: ${describe(inner.key)} is ${inner.value}, expected at most ${describe(outer.key)}, which is ${outer.value}`,
  );
}
