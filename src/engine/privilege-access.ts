/** The rights of what the agent starts, as built-ins may change them. */
export interface PrivilegeAccess {
  /**
   * From now on nothing is started with more than few rights; agents after this one keep to that, too.
   *
   * Errors: AgentError `not-able` where that can't be had, `store-unavailable` when it can't be kept for the next agent:
   * then all is as before.
   */
  drop(): Promise<void>;
}
