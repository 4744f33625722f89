/** Refusals of what no single key can tell: addresses that don't fit the rest, bounds that contradict each other. */
import { ConfigError } from './config-error.ts';
import { isLoopback, parseListenAddress } from './listen-address.ts';

/** How a message calls a key: with the place it was set in. */
export type DescribeKey = (key: string) => string;

export interface ListenRules {
  readonly hasTls: boolean;
  /** Whether `ws://` may leave the machine. */
  readonly allowPlain: boolean;
}

/** Errors: ConfigError for an address that can't be read, needs TLS that isn't there, or shows the token to a network. */
export function checkListen(addresses: readonly string[], rules: ListenRules, describe: DescribeKey): void {
  for (const text of addresses) {
    const trouble = listenTrouble(text, rules);
    if (trouble === undefined) continue;
    throw new ConfigError(`Cannot listen on "${text}" of ${describe('agent.listen')}: ${trouble}`);
  }
}

function listenTrouble(text: string, { hasTls, allowPlain }: ListenRules): string | undefined {
  const address = parseListenAddress(text);
  if (typeof address === 'string') return address;
  if (address.type === 'unix') return undefined;
  if (address.tls) return hasTls ? undefined : '"wss://" needs "server.tls_cert" and "server.tls_key"';
  if (allowPlain || isLoopback(address.host)) return undefined;
  return 'use "wss://", or say "server.allow_plain = true" if the network may read the token and all output';
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
