import process from 'node:process';
import { defineBuiltin } from 'corex/builtin';
import { versionsOf } from '../core/version.ts';

export const infoVersion = defineBuiltin({
  name: 'info.version',
  summary: 'As `core.version`, with the versions of what Node is made of.',
  example: {
    data: {
      agent: 'build-3',
      version: '0.1.0',
      protocol: 1,
      node: 'v24.21.0',
      platform: 'linux',
      arch: 'x64',
      libraries: { v8: '13.6.233.17-node.44', uv: '1.51.0', openssl: '3.5.5', sqlite: '3.51.1' },
    },
  },
  run: (_args, { agent }) => {
    const { v8, uv, openssl, sqlite } = process.versions;
    return { ...versionsOf(agent), libraries: { v8, uv, openssl, sqlite } };
  },
});
