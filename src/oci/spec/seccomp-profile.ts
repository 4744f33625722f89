import { AgentError } from '../../protocol/agent-error.ts';
import type { Capability } from '../../host/confine/capabilities.ts';
import { ALLOWED_SYSTEM_CALLS } from './allowed-system-calls.ts';
import type { SeccompProfile, SeccompRule } from './runtime-config.ts';

const EPERM = 1;
const ENOSYS = 38;

/** The 32-bit calls of a machine come with its own, as its C libraries do. */
const ARCHITECTURES: Readonly<Partial<Record<string, readonly string[]>>> = {
  x64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'],
  arm64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
};

/** Calls that belong to a right: who was given it may use them. */
const CALLS_OF_CAPABILITIES: Readonly<Partial<Record<Capability, readonly string[]>>> = {
  sys_chroot: ['chroot'],
  sys_nice: ['get_mempolicy', 'mbind', 'set_mempolicy', 'set_mempolicy_home_node'],
  sys_ptrace: ['kcmp', 'pidfd_getfd', 'process_madvise', 'process_vm_readv', 'process_vm_writev', 'ptrace'],
};

/** Every kind of namespace, as `clone()` has them in its first argument. */
const NEW_NAMESPACES = 0x7e02_0000;

/** From `AF_ALG` on: the kernel's cryptography, talk with the hypervisor, and other ways in that no ordinary program uses. */
const FIRST_UNUSUAL_FAMILY = 38;

/** Linux's own, and asking which; with random addresses off or with old shared libraries. */
const PERSONALITIES = [0x0, 0x8, 0x2_0000, 0x2_0008, 0xffff_ffff];

/** What programs with these capabilities may ask of the kernel. Errors: AgentError `not-able` for an unknown architecture. */
export function seccompProfile(
  capabilities: readonly Capability[],
  architecture: string = process.arch,
): SeccompProfile {
  const architectures = ARCHITECTURES[architecture];
  if (architectures === undefined) {
    throw new AgentError(
      'not-able',
      `Cannot filter the system calls of a container: there is no list for "${architecture}", only for ${Object.keys(ARCHITECTURES).join(' and ')}`,
    );
  }
  const extra = capabilities.flatMap((name) => CALLS_OF_CAPABILITIES[name] ?? []);
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: EPERM,
    architectures,
    syscalls: [
      allow([...ALLOWED_SYSTEM_CALLS, ...extra]),
      { ...allow(['clone']), args: [{ index: 0, value: NEW_NAMESPACES, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }] },
      // Its flags are behind a pointer, where no filter can look. C libraries use `clone` when it is not there.
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
      { ...allow(['socket']), args: [{ index: 0, value: FIRST_UNUSUAL_FAMILY, op: 'SCMP_CMP_LT' }] },
      ...PERSONALITIES.map((value): SeccompRule => ({
        ...allow(['personality']),
        args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }],
      })),
    ],
  };
}

function allow(names: readonly string[]): SeccompRule {
  return { names, action: 'SCMP_ACT_ALLOW' };
}
