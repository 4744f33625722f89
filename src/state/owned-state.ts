import { type Change } from './draft.ts';
import type { UpdateOptions } from './backend.ts';
import type { Pointer, Resource } from './resource.ts';
import type { State } from './state.ts';

/** Writes of one owner: what it creates is its own, and what belongs to others is refused. Reading is done by the state itself. */
export class OwnedState {
  readonly state: State;
  readonly owner: string;

  constructor(state: State, owner: string) {
    this.state = state;
    this.owner = owner;
  }

  create(resource: Resource): Promise<Resource> {
    return this.state.create(resource, { owner: this.owner });
  }

  update(resource: Resource, options: Omit<UpdateOptions, 'owner'> = {}): Promise<Resource> {
    return this.state.update(resource, { ...options, owner: this.owner });
  }

  modify<Spec>(
    initial: Resource<Spec>,
    change: Change<Spec>,
    options: Omit<UpdateOptions, 'owner'> = {},
  ): Promise<Resource<Spec>> {
    return this.state.modify(initial, change, { ...options, owner: this.owner });
  }

  /** `owner`: in the name of another one. @default its own */
  teardown(pointer: Pointer, { owner = this.owner }: { readonly owner?: string } = {}): Promise<boolean> {
    return this.state.teardown(pointer, { owner });
  }

  /** `owner`: in the name of another one. @default its own */
  destroy(pointer: Pointer, { owner = this.owner }: { readonly owner?: string } = {}): Promise<void> {
    return this.state.destroy(pointer, { owner });
  }
}
