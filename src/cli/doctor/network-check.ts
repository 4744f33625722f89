import { ok, warn, type Check } from './check.ts';

/** `missing`: what is not there of all that networks of containers need. Without them containers have none, and run. */
export function networkCheck(missing: readonly string[]): Check {
  const title = 'Networks of containers';
  if (missing.length === 0) return ok(title, 'plugins and iptables are here');
  return warn(
    title,
    `no ${missing.join(', ')}`,
    'Containers run without a network, or with the machine’s: install "containernetworking-plugins", "iptables" and "iproute2" for others',
  );
}
