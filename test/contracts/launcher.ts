import { describe } from 'vitest';

import { describeClosing } from './launcher/closing.ts';
import { describeConfinement } from './launcher/confinement.ts';
import { describeDiskTrouble } from './launcher/disk-trouble.ts';
import { describeEndings } from './launcher/endings.ts';
import { describeOutput } from './launcher/output.ts';
import { describeRedaction } from './launcher/redaction.ts';
import { describeSpawning } from './launcher/spawning.ts';
import { describeMainPid } from './launcher/main-pid.ts';
import { type MakeLauncher, useStage } from './launcher/stage.ts';
import { describeStandardInput } from './launcher/standard-input.ts';
import { describeStopping } from './launcher/stopping.ts';
import { describeTerminal } from './launcher/terminal.ts';

/** What every launcher promises, tried on real processes. What a launcher is not able to is left out by its abilities. */
export function describeLauncher(name: string, make: MakeLauncher): void {
  describe(name, () => {
    const stage = useStage(make);
    describeSpawning(stage);
    describeEndings(stage);
    describeMainPid(stage);
    describeOutput(stage);
    describeRedaction(stage);
    describeDiskTrouble(stage);
    describeStandardInput(stage);
    describeStopping(stage);
    describeTerminal(stage);
    describeConfinement(stage);
    describeClosing(make);
  });
}
