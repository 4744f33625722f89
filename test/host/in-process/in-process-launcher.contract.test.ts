import { InProcessLauncher } from '../../../src/host/in-process/in-process-launcher.ts';
import { describeLauncher } from '../../contracts/launcher.ts';

describeLauncher('InProcessLauncher', () => ({ launcher: new InProcessLauncher(), passesFilesOn: true }));
