/** A schema's optional members as the ports of the engine take them: there, or not there. */
export type Given<Arguments> = { [Name in keyof Arguments]?: NonNullable<Arguments[Name]> };

/** The arguments that were given: null and undefined mean absent. */
export function given<Arguments extends object>(args: Arguments): Given<Arguments> {
  const members = Object.entries(args).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(members) as Given<Arguments>;
}
