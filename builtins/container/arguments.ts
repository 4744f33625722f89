import * as z from 'zod';

/** A container among a built-in's arguments. */
export const ContainerRef = z.string().min(1).max(128).describe('Id or name of the container.');

/** A handle among a built-in's arguments. */
export const HandleRef = z.string().min(1).max(128).describe('The newest handle: each setter gives another.');

/** The handle the examples show. */
export const EXAMPLE_HANDLE = '5d41402abc4b2a76b9719d911017c592';

export const EXAMPLE_ID = '3b7fa2b0-6f5e-4c86-9a53-2f2f2a1f6c11';
