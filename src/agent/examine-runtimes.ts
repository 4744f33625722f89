/** What can be found out about the programs that make containers, without an agent. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { removeContainerGroups } from '../oci/container-cgroup.ts';
import { containerGround } from '../oci/container-ground.ts';
import { ownIdMap } from '../oci/own-id-map.ts';
import { findRuntimes } from '../oci/runtimes/find-runtimes.ts';

/** One of the programs that make containers. */
export interface RuntimeExamination {
  readonly name: string;
  /** Undefined when it is not there. */
  readonly program?: string;
  readonly version?: string;
  /** Why it should be replaced, or must not be used: a sentence. */
  readonly warning?: string;
  /** Why it can't be used here, as a clause; undefined when it made a container just now. */
  readonly trouble?: string;
  /** Why containers can't have users of their own, as a clause; undefined when one just had. */
  readonly usersTrouble?: string;
}

/** Looks for them along `searchPath` and where administrators have programs, and lets each make a container that ends at once. Never rejects. */
export async function examineRuntimes(searchPath: string): Promise<RuntimeExamination[]> {
  const directory = await mkdtemp(path.join(tmpdir(), 'corex-oci-'));
  const parent = `corex-doctor-${String(process.pid)}`;
  try {
    const ground = await containerGround(parent);
    const findings = await findRuntimes({ searchPath, directory, ground, idMap: await ownIdMap(parent) });
    return findings.map(({ name, runtime, version, verdict, trouble, usersTrouble }) => ({
      name,
      ...(runtime && { program: runtime.program }),
      ...(version !== undefined && { version }),
      ...(verdict !== undefined && verdict.type !== 'good' && { warning: verdict.why }),
      ...(trouble !== undefined && { trouble }),
      ...(usersTrouble !== undefined && { usersTrouble }),
    }));
  } finally {
    await removeContainerGroups(parent);
    await rm(directory, { recursive: true, force: true });
  }
}
