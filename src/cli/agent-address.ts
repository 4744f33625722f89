import path from 'node:path';
import { findLocalAgent } from '../client/find-local-agent.ts';
import { defaultDataDir } from '../client/data-dir.ts';
import type { Cli } from './cli-context.ts';
import { CliError, UsageError } from './cli-error.ts';
import { EXIT_AGENT_TROUBLE } from './exit-codes.ts';
import { readTokenFile } from './token-file.ts';

/** Which agent the caller means: the options of AGENT_OPTIONS. */
export interface AgentChoice {
  readonly url: string | undefined;
  readonly tokenFile: string | undefined;
  readonly dataDir: string | undefined;
}

/** Where the agent is, how to be let in, and who said so. */
export interface FoundAgent {
  readonly url: string;
  readonly token: string | undefined;
  /** The agent runs on this machine, as far as its address tells: paths and the search path mean the same there. */
  readonly isLocal: boolean;
  /** For messages: `--url`, `COREX_URL`, or the data directory. */
  readonly source: string;
  /** Where its address was found; missing when the address itself was given. */
  readonly dataDir?: string;
}

/** The directory that is meant: `--data-dir`, else `COREX_DATA_DIR`, else the default of this user. */
export function chosenDataDir(
  dataDir: string | undefined,
  cli: Pick<Cli, 'env' | 'directory' | 'isRoot' | 'home'>,
): string {
  const { env, directory, isRoot, home } = cli;
  const chosen = dataDir ?? given(env['COREX_DATA_DIR']);
  if (chosen !== undefined) return path.resolve(directory, chosen);
  const standard = defaultDataDir({ env: { HOME: home, ...env }, uid: isRoot ? 0 : undefined });
  if (standard !== undefined) return standard;
  throw new UsageError('Cannot find a data directory: neither --data-dir, COREX_DATA_DIR nor HOME is set');
}

/**
 * Finds the agent: `--url`, else the data directory of `--data-dir`, else `COREX_URL`, else the default data
 * directory. Errors: CliError that tells how to start one.
 */
export async function findAgent(
  choice: AgentChoice,
  cli: Pick<Cli, 'env' | 'directory' | 'isRoot' | 'home'>,
): Promise<FoundAgent> {
  const tokenFile = choice.tokenFile;
  const givenToken = tokenFile === undefined ? undefined : await readTokenFile(path.resolve(cli.directory, tokenFile));
  const envUrl = choice.dataDir === undefined ? given(cli.env['COREX_URL']) : undefined;
  const url = choice.url ?? envUrl;
  if (url !== undefined) {
    const source = choice.url === undefined ? 'COREX_URL' : '--url';
    const token = givenToken ?? given(cli.env['COREX_TOKEN']);
    return { url, token, isLocal: isLocalUrl(url), source };
  }
  const dataDir = chosenDataDir(choice.dataDir, cli);
  const local = await findLocalAgent({ dataDir });
  if (local === undefined) throw noAgent(dataDir);
  return { url: local.url, token: givenToken ?? local.token, isLocal: true, source: dataDir, dataDir };
}

function noAgent(dataDir: string): CliError {
  return new CliError(`Cannot find an agent: none has left its address in "${dataDir}"`, {
    exitCode: EXIT_AGENT_TROUBLE,
    advice: ['"corex start" starts one; COREX_URL, --url or --data-dir name another'],
  });
}

/** An empty variable is none. */
function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function isLocalUrl(url: string): boolean {
  if (url.startsWith('unix:')) return true;
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}
