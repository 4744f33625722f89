import { ok, warn, type Check } from './check.ts';

/**
 * `missing`: what is not there of all that networks of containers need. Without them containers have none, and run.
 * `openness`: why containers of one network are not kept from those of others; undefined when they are.
 */
export function networkCheck(missing: readonly string[], openness?: string): Check {
  const title = 'Networks of containers';
  if (missing.length > 0) {
    return warn(
      title,
      `no ${missing.join(', ')}`,
      'Containers run without a network, or with the machine’s: install "containernetworking-plugins", "iptables" and "iproute2" for others',
    );
  }
  if (openness === undefined) return ok(title, 'plugins and iptables are here');
  return warn(
    title,
    'plugins and iptables are here, but the containers of one network reach those of others',
    `Let iptables have matches of "conntrack", which is a module of the kernel (xt_conntrack). Why: ${openness}`,
  );
}
