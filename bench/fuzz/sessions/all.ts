import type { Session } from '../world.ts';
import { comingAndGoing } from './coming-and-going.ts';
import { conversation } from './conversation.ts';
import { flood } from './flood.ts';
import { rawHttp } from './raw-http.ts';
import { rawWebSocket } from './raw-websocket.ts';
import { standardInput } from './standard-input.ts';
import { subscriptions } from './subscriptions.ts';

/** Every kind of session, with how often it comes. */
export const SESSIONS: readonly (readonly [weight: number, session: Session])[] = [
  [10, conversation],
  [4, subscriptions],
  [3, standardInput],
  [3, rawWebSocket],
  [3, rawHttp],
  [2, comingAndGoing],
  [1, flood],
];
