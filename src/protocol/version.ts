/** The wire's version. It grows when a frame changes so that an older peer would misread it. */
export const PROTOCOL_VERSION = 1;

/** WebSocket subprotocol a client may ask for; asking for others only is refused. */
export const SUBPROTOCOL = 'corex.v1';

/** Prefix of the subprotocol entry in which a browser hands over its token, base64url. */
export const BEARER_SUBPROTOCOL_PREFIX = 'corex.bearer.';

/** Where the WebSocket endpoint is. */
export const ENDPOINT_PATH = '/v1';
