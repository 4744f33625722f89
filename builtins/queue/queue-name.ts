import * as z from 'zod';

/** A queue's name among a built-in's arguments. */
export const QueueName = z.string().min(1).max(256).describe('Name of the queue.');
