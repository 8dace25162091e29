/** worker, setup and doctor: the commands of a deployment. */
import type { Command } from 'commander';
import type { Shell } from '../shell.ts';
import { addDoctorCommand } from './doctor.ts';
import { addSetupCommand } from './setup.ts';
import { addWorkerCommand } from './worker.ts';

export function addDeploymentCommands(program: Command, shell: Shell): void {
  addWorkerCommand(program, shell);
  addSetupCommand(program, shell);
  addDoctorCommand(program, shell);
}
