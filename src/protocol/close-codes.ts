/** WebSocket close codes the server sends (RFC 6455 §7.4, private ones from 4000) and what a client does then. */
export interface CloseCode {
  readonly name: string;
  readonly meaning: string;
  /** Whether the client should connect again by itself. */
  readonly reconnect: boolean;
}

export const CLOSE_CODES = {
  1000: { name: 'done', meaning: 'the client closed', reconnect: false },
  1001: { name: 'going-away', meaning: 'the agent stops for good', reconnect: true },
  1002: { name: 'protocol-error', meaning: 'a frame broke RFC 6455', reconnect: false },
  1007: { name: 'bad-text', meaning: 'a text frame was not UTF-8', reconnect: false },
  1008: { name: 'policy', meaning: 'the peer broke a rule of the agent', reconnect: false },
  1009: { name: 'too-big', meaning: 'a message was over the limit', reconnect: false },
  1011: { name: 'internal', meaning: 'the agent failed on this connection', reconnect: true },
  1012: { name: 'restart', meaning: 'the agent stops or restarts; come back later', reconnect: true },
  1013: { name: 'try-later', meaning: 'too many connections', reconnect: true },
  4008: { name: 'slow', meaning: 'the peer did not read its control replies', reconnect: true },
  4009: { name: 'heartbeat-timeout', meaning: 'the peer was silent too long', reconnect: true },
  4011: { name: 'token-revoked', meaning: 'the token is no longer valid', reconnect: false },
} as const satisfies Record<number, CloseCode>;

export type CloseCodeNumber = keyof typeof CLOSE_CODES;

/** Whether a client should come back after this close code; codes without a row (1005, 1006: the connection broke) say yes. */
export function shouldReconnect(code: number): boolean {
  return (CLOSE_CODES as Readonly<Record<number, CloseCode>>)[code]?.reconnect ?? true;
}
