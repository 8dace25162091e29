/**
 * testing/: what a team tests its agent with: the real thing on an embedded server, a model that plays a script, and
 * reviewers that do. Nothing of Temporal or of Holdpoint is mocked.
 *
 * May import: the package's own parts. This file is the package entry `holdpoint/testing`.
 */
export {
  scriptedConfidence,
  scriptedModel,
  type ScriptedCall,
  type ScriptedScore,
  type ScriptedTurn,
  type TurnScript,
} from '../activities/adapters/scripted-model.ts';
export { type ReviewScript, type Reviewer, scriptedReviewer, type Said } from './reviewer.ts';
export { openTestbed, type SessionRun, type Testbed, type TestbedOptions } from './testbed.ts';
