/**
 * What Node has no function for: device nodes and fifos, extended attributes, a sync of one file system, and to end with
 * one's parent. Sources: mknod(2), lsetxattr(2), syncfs(2), prctl(2). For processes of their own: the calls block.
 */
import { constants } from 'node:os';
import { getSystemErrorMessage } from 'node:util';

/** Errors of all of them: as Node's own, with a `code` such as `EPERM`. Paths are bytes without a NUL. */
export interface SpecialFiles {
  /** Makes a node; `mode` has its type. Links are not followed. */
  makeNode(path: Buffer, mode: number, device: number): void;
  /** Sets an extended attribute of a file, or of a link itself. */
  setAttribute(path: Buffer, name: string, value: Buffer): void;
  /** Writes all of the file system with this open file to its disk. */
  syncFileSystem(fd: number): void;
  /** This process is killed when the one that started it ends. */
  endWithParent(): void;
}

const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;

/** Undefined where these calls can't be made: without glibc 2.33 or koffi. */
export async function loadSpecialFiles(): Promise<SpecialFiles | undefined> {
  if (process.platform !== 'linux') return undefined;
  try {
    const { default: koffi } = await import('koffi');
    const libc = koffi.load(null);
    const mknod = libc.func('int mknod(const uint8_t *path, unsigned int mode, uint64_t device)');
    const lsetxattr = libc.func(
      'int lsetxattr(const uint8_t *path, const char *name, const uint8_t *value, size_t size, int flags)',
    );
    const syncfs = libc.func('int syncfs(int fd)');
    const prctl = libc.func(
      'int prctl(int option, unsigned long one, unsigned long two, unsigned long three, unsigned long four)',
    );
    const check = (call: string, result: unknown): void => {
      if (result !== 0) throw systemError(call, koffi.errno());
    };
    return {
      makeNode: (path, mode, device) => {
        check('mknod', mknod(terminated(path), mode, device));
      },
      setAttribute: (path, name, value) => {
        check('lsetxattr', lsetxattr(terminated(path), name, value, value.length, 0));
      },
      syncFileSystem: (fd) => {
        check('syncfs', syncfs(fd));
      },
      endWithParent: () => {
        check('prctl', prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0));
      },
    };
  } catch {
    return undefined;
  }
}

function terminated(path: Buffer): Buffer {
  return Buffer.concat([path, Buffer.of(0)]);
}

function systemError(call: string, errno: number): Error {
  const [code = `E${errno}`] = Object.entries(constants.errno).find(([, number]) => number === errno) ?? [];
  return Object.assign(new Error(`${code}: ${getSystemErrorMessage(-errno)}, ${call}`), {
    errno: -errno,
    code,
    syscall: call,
  });
}
