/** What can be found out about networks of containers, without an agent. */
import { isAgentError } from '../protocol/agent-error.ts';
import { resolveProgram } from '../host/resolve-program.ts';
import { CniPlugins, PLUGIN_SEARCH_PATH } from '../oci/network/cni-plugins.ts';

/** Plugins and programs that a container's network with ports takes. */
const PLUGINS = ['loopback', 'bridge', 'host-local', 'portmap'] as const;
const PROGRAMS = ['iptables', 'unshare', 'ip'] as const;

/** Names of what is not there of all that networks of containers need, along `searchPath` and where such things are put. */
export async function examineNetworks(searchPath: string, directories?: readonly string[]): Promise<string[]> {
  const plugins = new CniPlugins(searchPath, directories);
  const missing: string[] = [];
  for (const plugin of PLUGINS) {
    try {
      await plugins.require([plugin]);
    } catch (error) {
      if (!isAgentError(error)) throw error;
      missing.push(plugin);
    }
  }
  for (const name of PROGRAMS) {
    const env = { PATH: `${searchPath}:${PLUGIN_SEARCH_PATH}` };
    if ((await resolveProgram({ name, args: [], cwd: '/', env })).type === 'failed') missing.push(name);
  }
  return missing;
}
