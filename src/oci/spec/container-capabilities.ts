import { type Capability, parseCapability } from '../../host/confine/capabilities.ts';
import { AgentError } from '../../protocol/agent-error.ts';

/** What root in a container has unless told otherwise: enough to own files, to become another user, and to serve port 80. */
export const DEFAULT_CAPABILITIES: readonly Capability[] = [
  'chown',
  'dac_override',
  'fowner',
  'fsetid',
  'kill',
  'setgid',
  'setuid',
  'net_bind_service',
];

/** What may be added. None of these reaches out of the container's own namespaces. */
export const ADDABLE_CAPABILITIES: readonly Capability[] = [
  'audit_write',
  'ipc_lock',
  'net_admin',
  'net_raw',
  'setfcap',
  'setpcap',
  'sys_chroot',
  'sys_nice',
  'sys_ptrace',
];

export interface CapabilityChoice {
  /** Names with or without `CAP_`, in any case. Default: none. */
  readonly add?: readonly string[];
  /** Names, or `all`: then only what is added is left. Default: none. */
  readonly drop?: readonly string[] | 'all';
  /** Whether the container's network is the machine's own: then rights over networks are rights over the machine. */
  readonly sharesNetwork?: boolean;
}

/**
 * All that a container's programs can ever have. Errors: AgentError `bad-arguments` for an unknown name, `forbidden` for
 * one that would let the container out.
 */
export function containerCapabilities({ add = [], drop = [], sharesNetwork = false }: CapabilityChoice): Capability[] {
  const added = add.map((text) => addable(text, sharesNetwork));
  const dropped = drop === 'all' ? DEFAULT_CAPABILITIES : drop.map((text) => known(text));
  const kept = DEFAULT_CAPABILITIES.filter((name) => !dropped.includes(name));
  return [...new Set([...kept, ...added])];
}

function addable(text: string, sharesNetwork: boolean): Capability {
  const name = known(text);
  if (sharesNetwork && (name === 'net_admin' || name === 'net_raw')) {
    throw new AgentError(
      'forbidden',
      `Cannot add the capability "${name}": the container has the machine's own network`,
    );
  }
  if (DEFAULT_CAPABILITIES.includes(name) || ADDABLE_CAPABILITIES.includes(name)) return name;
  throw new AgentError(
    'forbidden',
    `Cannot add the capability "${name}": it reaches out of a container. What can be added: ${ADDABLE_CAPABILITIES.join(', ')}`,
  );
}

function known(text: string): Capability {
  const name = parseCapability(text);
  if (name === undefined) {
    throw new AgentError('bad-arguments', `Cannot use the capability "${text}": Linux has none of this name`);
  }
  return name;
}
