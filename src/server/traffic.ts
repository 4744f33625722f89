/** What goes over all connections of a server, for metrics. Numbers only grow. */
export interface Traffic {
  textIn: number;
  binaryIn: number;
  textOut: number;
  binaryOut: number;
  /** Times output waited because a peer had not taken what was sent before. */
  pauses: number;
}

export function noTraffic(): Traffic {
  return { textIn: 0, binaryIn: 0, textOut: 0, binaryOut: 0, pauses: 0 };
}
