import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { programPath } from './program-path.ts';

/** What scripts in tests use of busybox. */
const APPLETS =
  'awk base64 cat chmod chown cp date dd df echo env false find free grep head hostname httpd id ifconfig ip kill ln ls mkdir mknod mount mv nc netstat nproc ping ps pwd readlink rm route sed setsid sh sleep sort stat stty tail tee test time timeout top touch tr true tty umount uname unshare wc wget which whoami yes';

/**
 * Makes the root of a system in an empty or missing directory: busybox and a few files, 2 MB. Every test that needs a root
 * has its own, so that it may write to it.
 */
export function makeTinyRoot(directory: string): string {
  for (const name of ['bin', 'etc', 'proc', 'sys', 'dev', 'tmp', 'root', 'var', 'home']) {
    mkdirSync(path.join(directory, name), { recursive: true });
  }
  chmodSync(path.join(directory, 'tmp'), 0o1777);
  copyFileSync(programPath('busybox'), path.join(directory, 'bin/busybox'));
  for (const applet of APPLETS.split(' ')) symlinkSync('busybox', path.join(directory, 'bin', applet));
  writeFileSync(
    path.join(directory, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\napp:x:1000:1001::/home:/bin/sh\n',
  );
  writeFileSync(path.join(directory, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\napp:x:1001:\nlogs:x:1002:app\n');
  return directory;
}
