/** Something that knows secrets. */
export interface SecretProvider {
  /** Where it looks, as a message calls it: `the directory "/etc/corex/secrets"`. */
  readonly place: string;
  /**
   * The value of a well-formed name as it is now; undefined when it knows none.
   *
   * Errors: AgentError `no-secret` when there is one that can't be used. No message holds a value.
   */
  read(name: string): Promise<string | undefined>;
}
