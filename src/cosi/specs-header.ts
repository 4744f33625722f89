/** A request header by which clients ask for specs in JSON, in a field other servers and clients don't know. */
export const SPECS_KEY = 'corex-specs';
export const JSON_SPECS = 'json';
