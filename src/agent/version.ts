import { readFileSync } from 'node:fs';
import { parseTrustedJson } from '../base/json.ts';

/** The version of this package, from its own package.json: two levels up from the source, three from the compiled file. */
export const AGENT_VERSION = readVersion();

function readVersion(): string {
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      const manifest = parseTrustedJson(readFileSync(new URL(up, import.meta.url), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (manifest.name === 'corex' && manifest.version !== undefined) return manifest.version;
    } catch {
      // The other place is looked at.
    }
  }
  return '0.0.0';
}
