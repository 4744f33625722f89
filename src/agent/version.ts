import { ownVersion } from '../base/own-package.ts';

/** The version of this package. */
export const AGENT_VERSION = ownVersion();
