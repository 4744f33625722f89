/** Who is calling, as the agent itself found out. Nothing a caller says about itself is in here. */
export interface Identity {
  /** For logs and answers: `unix`, `admin`, a certificate’s common name. */
  readonly name: string;
  /** What proved it: the mode of a socket file, the bearer token, or a client certificate. */
  readonly via: 'unix' | 'token' | 'certificate';
}
