import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';

/**
 * Mounts a file system that never answers on a directory, which is made: whoever touches what is in it waits. It is a
 * FUSE connection that nobody reads. Those who wait get an error when it is disposed.
 */
export function hungFileSystem(directory: string): Disposable {
  mkdirSync(directory);
  const connection = openSync('/dev/fuse', 'r+');
  const options = 'fd=3,rootmode=40000,user_id=0,group_id=0';
  execFileSync('mount', ['-i', '-t', 'fuse', '-o', options, 'hung', directory], {
    stdio: ['ignore', 'ignore', 'pipe', connection],
  });
  let isOver = false;
  return {
    [Symbol.dispose]: () => {
      if (isOver) return;
      isOver = true;
      closeSync(connection);
      spawnSync('umount', ['-l', directory]);
    },
  };
}
