/** Whether the agent answers, everywhere it says it does, and what it can do. */
import { connect } from '../../client/client.ts';
import { errorMessage } from '../../protocol/agent-error.ts';
import { PROTOCOL_VERSION } from '../../protocol/version.ts';
import { fail, ok, warn, type Check } from './check.ts';

const CONNECT_TIMEOUT_MS = 3000;
const SKEW_MS = 2000;

/** What a running launcher should be able to do, and what is lost without it. */
const ABILITIES: Readonly<Record<string, string>> = {
  survives: 'jobs end when the agent does',
  reapsOrphans: 'processes that detach themselves are found by a search only',
  stdoutIsPipe: 'programs that open /dev/stdout fail',
  redaction: 'jobs whose secrets must not be seen are refused',
};

export interface AgentAddressFacts {
  readonly urls: readonly string[];
  readonly token: string | undefined;
  readonly ownVersion: string;
}

/** What an agent says of itself in `core.state`, as far as it is understood here. */
export interface AgentFacts {
  readonly version?: unknown;
  readonly launcher?: unknown;
  readonly keeper?: unknown;
  readonly cgroups?: unknown;
}

/** One check for each address, then those of the agent behind the first that answers. */
export async function agentChecks({ urls, token, ownVersion }: AgentAddressFacts): Promise<Check[]> {
  const answers = await Promise.all(urls.map((url) => reach(url, token)));
  const facts = answers.find((answer) => answer.facts !== undefined)?.facts;
  return [...answers.map(({ check }) => check), ...(facts === undefined ? [] : factChecks(facts, ownVersion))];
}

/** What the facts of a running agent tell. */
export function factChecks(facts: AgentFacts, ownVersion: string): Check[] {
  return [versionCheck(facts, ownVersion), launcherCheck(facts), ...cgroupCheck(facts)];
}

async function reach(url: string, token: string | undefined): Promise<{ check: Check; facts?: AgentFacts }> {
  const name = 'Endpoint';
  try {
    const client = await connect(url, {
      reconnect: false,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      ...(token === undefined ? {} : { token }),
    });
    const started = performance.now();
    const facts = await client.agent.state();
    const took = performance.now() - started;
    void client.close();
    if (took > SKEW_MS)
      return { check: warn(name, `${url} answers after ${Math.round(took)} ms`, 'The machine is overloaded'), facts };
    return { check: ok(name, `${url} answers`), facts };
  } catch (error) {
    return { check: fail(name, errorMessage(error), 'Is the agent running? "corex start" starts one') };
  }
}

function versionCheck({ version }: AgentFacts, ownVersion: string): Check {
  const found = `${String(version)}, protocol ${PROTOCOL_VERSION}`;
  if (version === ownVersion) return ok('Agent version', found);
  return warn(
    'Agent version',
    `${found}; this is ${ownVersion}`,
    'Run: corex stop, then corex start; jobs go on meanwhile',
  );
}

function launcherCheck({ launcher, keeper }: AgentFacts): Check {
  if (typeof launcher !== 'object' || launcher === null)
    return warn('Launcher', 'unknown', 'This agent tells nothing of it');
  const entries = Object.entries(launcher).filter(([, value]) => typeof value === 'boolean');
  const able = entries.flatMap(([name, value]) => (value === true ? [name] : []));
  const missing = entries.flatMap(([name, value]) => (value === false && name in ABILITIES ? [name] : []));
  const owner = keeper === undefined ? '' : 'keeper; ';
  const found = owner + (able.length === 0 ? 'can start processes' : `can ${able.join(', ')}`);
  if (missing.length === 0) return ok('Launcher', found);
  return warn(
    'Launcher',
    `${found}; not ${missing.join(', ')}`,
    missing.map((name) => `without "${name}" ${ABILITIES[name] ?? ''}`).join('; '),
  );
}

/** None where the agent tells nothing of them. */
function cgroupCheck({ cgroups }: AgentFacts): Check[] {
  if (typeof cgroups !== 'object' || cgroups === null) return [];
  const { mode, kill, limits, troubles } = cgroups as Readonly<Record<string, unknown>>;
  const listed = (value: unknown): string => (Array.isArray(value) ? value.map(String).join(', ') : '');
  const name = 'Control groups';
  if (kill === 'none') {
    const advice =
      'Commands that ask for a control group are refused: let the agent write to its own, as Delegate=yes does';
    return [warn(name, `none: ${listed(troubles)}`, advice)];
  }
  const found = `${String(mode)}; kills ${String(kill)}; limits ${listed(limits) || 'nothing'}`;
  const missing = ['memory', 'cpu', 'pids'].filter((limit) => !Array.isArray(limits) || !limits.includes(limit));
  if (missing.length === 0) return [ok(name, found)];
  return [warn(name, found, `Commands that limit ${missing.join(' or ')} are refused: ${listed(troubles)}`)];
}
