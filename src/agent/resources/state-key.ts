/** The key of what is kept of resources: locked in slots beside the data, each opened by a secret of the configuration. */
import { createPublicKey, randomUUID } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { AgentError, errorMessage } from '../../protocol/agent-error.ts';
import { KeySlots, KeySlotsError, type Lock, type Opener } from '../../state/key-slots.ts';

/** A secret as it opens and locks a slot of its name. A public key only locks. */
interface Key {
  readonly name: string;
  readonly lock: Lock;
  readonly opener?: Opener;
}

export interface StateKeyOptions {
  /** Where the slots are. */
  readonly file: string;
  /** Names of secrets: each has a slot afterwards, and nothing else has. At least one. */
  readonly names: readonly string[];
  readonly readSecret: (name: string) => Promise<string>;
  /** Whether something is encrypted already: then there must be slots. */
  readonly mustExist: boolean;
}

/**
 * The key, made at the first time. Slots are brought in line with the secrets: those that are new get one, those that are
 * named no more lose theirs.
 *
 * Errors: AgentError `no-secret` when a secret is missing, is no key, or none opens a slot; `store-unavailable` when the
 * slots are missing, damaged or can't be written.
 */
export async function openStateKey({ file, names, readSecret, mustExist }: StateKeyOptions): Promise<Uint8Array> {
  const keys: Key[] = [];
  for (const name of names) keys.push(keyOf(name, await readSecret(name)));
  const stored = await readSlots(file);
  if (stored === undefined) {
    if (mustExist) throw unusable(file, 'it is missing, and without it nothing that was encrypted can be read');
    return await makeSlots(file, keys);
  }
  const opened = openAny(stored, keys, file);
  const before = String(stored);
  for (const name of stored.names) if (!names.includes(name)) stored.remove(name, opened.opener, opened.name);
  for (const { name, lock } of keys) if (!stored.names.includes(name)) stored.add(name, lock, opened);
  if (String(stored) !== before) await writeSlots(file, stored);
  return opened.key;
}

function keyOf(name: string, secret: string): Key {
  try {
    if (secret.includes('PRIVATE KEY-----')) {
      const recipient = createPublicKey(secret);
      mustBeX25519(recipient.asymmetricKeyType);
      return {
        name,
        lock: { recipient: recipient.export({ type: 'spki', format: 'pem' }) as string },
        opener: { privateKey: secret },
      };
    }
    if (secret.includes('PUBLIC KEY-----')) {
      mustBeX25519(createPublicKey(secret).asymmetricKeyType);
      return { name, lock: { recipient: secret } };
    }
  } catch (error) {
    throw new AgentError('no-secret', `Cannot use the secret "${name}" of "state.keys": ${errorMessage(error)}`);
  }
  return { name, lock: { passphrase: secret }, opener: { passphrase: secret } };
}

function mustBeX25519(type: string | undefined): void {
  if (type !== 'x25519') throw new TypeError(`it is a key for ${String(type)}, not for x25519`);
}

async function makeSlots(file: string, keys: readonly Key[]): Promise<Uint8Array> {
  const first = keys.find(({ opener }) => opener !== undefined);
  if (first?.opener === undefined) {
    throw new AgentError(
      'no-secret',
      'Cannot encrypt the state: "state.keys" has public keys only, which open nothing',
    );
  }
  const { name, opener } = first;
  const { slots, key } = KeySlots.create(name, first.lock);
  for (const other of keys) if (other !== first) slots.add(other.name, other.lock, { name, opener });
  await writeSlots(file, slots);
  return key;
}

interface Opened {
  readonly key: Uint8Array;
  readonly name: string;
  readonly opener: Opener;
}

function openAny(slots: KeySlots, keys: readonly Key[], file: string): Opened {
  for (const { name, opener } of keys) {
    if (opener === undefined || !slots.names.includes(name)) continue;
    try {
      return { key: slots.open(name, opener), name, opener };
    } catch (error) {
      if (!(error instanceof KeySlotsError) || error.code !== 'wrong-key') throw unusable(file, errorMessage(error));
    }
  }
  const named = slots.names.map((name) => `"${name}"`).join(', ');
  throw new AgentError(
    'no-secret',
    `Cannot open the state: no secret of "state.keys" opens one of its slots, ${named}`,
  );
}

async function readSlots(file: string): Promise<KeySlots | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw unusable(file, errorMessage(error));
  }
  try {
    return KeySlots.parse(text);
  } catch (error) {
    throw unusable(file, errorMessage(error));
  }
}

/** In one step, and on the disk before anything is encrypted: without it that is lost. */
async function writeSlots(file: string, slots: KeySlots): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  try {
    {
      await using handle = await open(draft, 'wx', 0o600);
      await handle.writeFile(`${String(slots)}\n`);
      await handle.sync();
    }
    await rename(draft, file);
  } catch (error) {
    throw unusable(file, errorMessage(error));
  }
}

function unusable(file: string, why: string): AgentError {
  return new AgentError('store-unavailable', `Cannot use the key slots in "${file}": ${why}`);
}
