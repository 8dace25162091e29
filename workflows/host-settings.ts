/**
 * What the plugin says to the workflows of a bundle. This file stands in for it outside a bundle; in one, the plugin
 * puts its own in its place (workers/team-workflows.ts), so that it is part of the code, and replay sees what the run saw.
 */
import type { HostSettings } from '../domain/session/host-settings.ts';

export const settings: HostSettings | undefined = undefined as HostSettings | undefined;
