/** What can be found out about networks of containers, without an agent. */
import { errorMessage, isAgentError } from '../protocol/agent-error.ts';
import { resolveProgram } from '../host/resolve-program.ts';
import { CniPlugins, PLUGIN_SEARCH_PATH } from '../oci/network/cni-plugins.ts';
import { Iptables } from '../oci/network/iptables.ts';
import { isolate } from '../oci/network/isolation.ts';

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

/**
 * Why containers of one network can't be kept from those of another here: tried in a network that is there for that alone.
 * Undefined where they can, or where it can't be tried for want of rights.
 */
export async function examineIsolation(searchPath: string): Promise<string | undefined> {
  if (process.geteuid?.() !== 0) return undefined;
  try {
    await isolate(new Iptables(searchPath, {}, ['unshare', '--net', '--']), 'cx-trial', false);
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}
