/**
 * Keeps the containers of a network from those of others, by a chain of rules that the bridge's name is given to.
 *
 * The plugin "firewall" has a policy for that, which is not used: it leaves its rules behind, lets everything of a
 * container through firewalls that forward nothing, and closes published ports to the containers of other networks.
 */
import type { Iptables } from './iptables.ts';

/** What the bridges of all agents' networks are called. */
const ANY_BRIDGE = 'cx-+';

const LOOPBACK = '127.0.0.0/8';

/** Puts the rules of a bridge in place, or in place again, before all others. Errors: AgentError `not-able`. */
export async function isolate(iptables: Iptables, bridge: string, isInternal: boolean): Promise<void> {
  const old = (await iptables.list('filter')).filter(
    (line) => leadsTo(bridge)(line) && !line.startsWith(`-A ${bridge} `),
  );
  await iptables.apply('filter', [
    `:${bridge} - [0:0]`,
    ...old.map((line) => line.replace('-A', '-D')),
    ...(isInternal ? closedRules(bridge) : openRules(bridge)),
    `-I FORWARD -i ${bridge} -j ${bridge}`,
    `-I FORWARD -o ${bridge} -j ${bridge}`,
  ]);
}

/** Removes what {@link isolate} made. Errors: AgentError `not-able`. */
export async function endIsolation(iptables: Iptables, bridge: string): Promise<void> {
  await iptables.remove('filter', leadsTo(bridge), new Set([bridge]));
}

function openRules(bridge: string): string[] {
  return [
    `-A ${bridge} -i ${bridge} -o ${bridge} -j RETURN`,
    // A port at the machine's loopback is for its own programs, and these are not forwarded: somebody else asks for it.
    `-A ${bridge} -o ${bridge} -m conntrack --ctorigdst ${LOOPBACK} -j DROP`,
    // A published port is for everybody.
    `-A ${bridge} -m conntrack --ctstate DNAT -j RETURN`,
    `-A ${bridge} -i ${bridge} -o ${ANY_BRIDGE} -j DROP`,
    `-A ${bridge} -i ${ANY_BRIDGE} -o ${bridge} -j DROP`,
    // For ports at its loopback the plugin lets the bridge have such addresses; nobody may begin to talk to them from there.
    `-I INPUT -i ${bridge} -d ${LOOPBACK} -m conntrack ! --ctstate RELATED,ESTABLISHED -j DROP`,
  ];
}

function closedRules(bridge: string): string[] {
  return [`-A ${bridge} -i ${bridge} -o ${bridge} -j RETURN`, `-A ${bridge} -j DROP`, `-I INPUT -i ${bridge} -j DROP`];
}

function leadsTo(bridge: string): (rule: string) => boolean {
  return (rule) => rule.startsWith('-A ') && rule.split(' ').includes(bridge);
}
