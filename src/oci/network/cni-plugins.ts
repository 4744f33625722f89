import { access, constants } from 'node:fs/promises';
import path from 'node:path';

import { fault } from '../../base/fault.ts';
import { parseJson } from '../../base/json.ts';
import { runShortProgram } from '../../host/short-program.ts';
import { AgentError } from '../../protocol/agent-error.ts';

/** Where distributions and people put the plugins. */
const PLUGIN_DIRECTORIES: readonly string[] = ['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni'];

/** Where the programs are that plugins use, beside the agent's own `PATH`. */
export const PLUGIN_SEARCH_PATH = '/usr/local/sbin:/usr/sbin:/sbin';

/** What the specification calls the parameters of a call. */
export interface PluginCall {
  readonly plugin: 'bridge' | 'portmap' | 'loopback';
  readonly command: 'ADD' | 'DEL' | 'CHECK';
  readonly containerId: string;
  /** A file that holds a network namespace. */
  readonly netns: string;
  readonly interface: string;
  /** The network as this plugin has it: JSON. */
  readonly config: Readonly<Record<string, unknown>>;
}

const JOIN = 'join a container to its network';
const TIMEOUT_MS = 30_000;
const MOST_BYTES = 1024 ** 2;

/** The programs that put containers into networks, as the Container Network Interface has them. */
export class CniPlugins {
  readonly #directories: readonly string[];
  readonly #searchPath: string;
  /** What all programs for networks have in their environment: the owner is told by it. */
  readonly env: Readonly<Record<string, string>>;

  /** `searchPath`: where the plugins find `iptables`. */
  constructor(searchPath: string, directories = PLUGIN_DIRECTORIES, env: Readonly<Record<string, string>> = {}) {
    this.#directories = directories;
    this.#searchPath = `${searchPath}:${PLUGIN_SEARCH_PATH}`;
    this.env = env;
  }

  /** Errors: AgentError `not-able` when one of them is not installed. */
  async require(plugins: readonly (PluginCall['plugin'] | 'host-local')[]): Promise<void> {
    for (const plugin of plugins) await this.#find(plugin, JOIN);
  }

  /** Runs a plugin. What it answers; undefined when it has nothing to say. Errors: AgentError `not-able`, `no-resources`, `failed`. */
  async call({ plugin, command, containerId, netns, config, ...call }: PluginCall): Promise<unknown> {
    const action = command === 'DEL' ? 'take a container out of its network' : JOIN;
    const directory = await this.#find(plugin, action);
    fault(`network.${plugin}.${command.toLowerCase()}`);
    const end = await runShortProgram({
      program: path.join(directory, plugin),
      args: [],
      env: {
        ...this.env,
        PATH: this.#searchPath,
        CNI_COMMAND: command,
        CNI_CONTAINERID: containerId,
        CNI_NETNS: netns,
        CNI_IFNAME: call.interface,
        CNI_PATH: this.#directories.join(':'),
      },
      cwd: '/',
      input: JSON.stringify(config),
      timeoutMs: TIMEOUT_MS,
      maxBytes: MOST_BYTES,
    });
    if (end.type === 'failed') throw new AgentError('not-able', `Cannot ${action}: the plugin "${plugin}": ${end.why}`);
    const answer = parse(end.stdout);
    if (end.type === 'exited' && end.code === 0) return answer;
    throw explain(action, plugin, answer, end.stderr);
  }

  async #find(plugin: string, action: string): Promise<string> {
    for (const directory of this.#directories) {
      try {
        await access(path.join(directory, plugin), constants.X_OK);
        return directory;
      } catch {
        // It may be in the next one.
      }
    }
    throw new AgentError(
      'not-able',
      `Cannot ${action}: the plugin "${plugin}" is in none of ${this.#directories.join(', ')}. Install the package "containernetworking-plugins"`,
    );
  }
}

function explain(action: string, plugin: string, answer: unknown, stderr: string): AgentError {
  const parts = typeof answer === 'object' && answer !== null ? answer : {};
  const words = ['msg', 'details'].flatMap((key) => {
    const value: unknown = (parts as Readonly<Record<string, unknown>>)[key];
    return typeof value === 'string' && value !== '' ? [value] : [];
  });
  const said = (words.length > 0 ? words.join(': ') : stderr.trim()).slice(0, 500);
  if (said.includes('no IP addresses available')) {
    return new AgentError('no-resources', `Cannot ${action}: every address of its range is given away`);
  }
  if (/executable file not found|iptables.*not found/.test(said)) {
    return new AgentError('not-able', `Cannot ${action}: the plugin "${plugin}" needs "iptables": ${said}`);
  }
  return new AgentError('failed', `Cannot ${action}: the plugin "${plugin}" says: ${said}`);
}

function parse(text: string): unknown {
  const parsed = parseJson(text);
  return parsed.ok ? parsed.value : undefined;
}
