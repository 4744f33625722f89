/**
 * An area is what the store knows of one thing (jobs, resources, …): named operations over tables
 * of the one database file. Its statements live in the database thread, its typed client outside.
 */
import type { DatabaseSync } from 'node:sqlite';

/**
 * The operations of an area. Arguments and answers cross a thread, so they are plain data; arrays of
 * values are cheaper there than objects. A write that throws an AgentError must have changed nothing.
 * A write may be carried out twice when a neighbour in its transaction fails; only the last counts.
 */
export interface Operations {
  readonly reads: Readonly<Record<string, (...args: never[]) => unknown>>;
  readonly writes: Readonly<Record<string, (...args: never[]) => unknown>>;
}

/** Makes an area's operations over the open database; runs in the database thread. */
export interface Area<Ops extends Operations = Operations> {
  readonly name: string;
  readonly prepare: (database: DatabaseSync) => Ops;
}

/** An area seen from outside the database thread. */
export interface AreaClient<Ops extends Operations> {
  /** Sees every write that was asked before it and was carried out. */
  read<Name extends keyof Ops['reads'] & string>(
    name: Name,
    ...args: Parameters<Ops['reads'][Name]>
  ): Promise<ReturnType<Ops['reads'][Name]>>;
  /** Resolves when it is durable; rejects with AgentError `store-unavailable` when it could not be made so. */
  write<Name extends keyof Ops['writes'] & string>(
    name: Name,
    ...args: Parameters<Ops['writes'][Name]>
  ): Promise<ReturnType<Ops['writes'][Name]>>;
}
