import type { OptionSpecs } from './cli-command.ts';

/** Every command that has something to tell takes this. */
export const JSON_OPTION = {
  json: { type: 'flag', summary: 'one JSON document on standard output' },
} as const satisfies OptionSpecs;

/** How every command that talks to an agent is told which one. */
export const AGENT_OPTIONS = {
  ...JSON_OPTION,
  dataDir: { type: 'text', value: 'DIR', summary: 'data directory of the agent' },
  url: { type: 'text', value: 'URL', summary: 'address of the agent: unix:PATH, ws://HOST:PORT or wss://…' },
  tokenFile: { type: 'text', value: 'FILE', summary: 'file with the token for that address' },
} as const satisfies OptionSpecs;
