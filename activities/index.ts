/**
 * activities/: everything that touches the world for a session: the model, the tools, the confidence score. Ports
 * stand in ports.ts and tool.ts; adapters/ holds one file per technology, and is the only place for IO libraries.
 *
 * May import: domain/, evidence/, its own ports, @temporalio/activity, zod. Never: workflows/, client/.
 *
 * This file is the package entry `holdpoint/tools`: how a team declares its tools and chooses its model.
 */
export { type ModelConfig, modelFromConfig, type Models } from './adapters/ai-sdk-model.ts';
export {
  scriptedConfidence,
  scriptedModel,
  type ScriptedCall,
  type ScriptedScore,
  type ScriptedTurn,
  type TurnScript,
} from './adapters/scripted-model.ts';
export {
  type ConfidenceModel,
  type ConfidenceRequest,
  type Model,
  ModelRefused,
  type ModelRequest,
  type ModelResponse,
  type ToolDescription,
} from './ports.ts';
export { commandChannel, type CommandChannelOptions } from './adapters/command-channel.ts';
export { mailChannel, type MailChannelOptions } from './adapters/mail-channel.ts';
export { slackChannel, type SlackChannelOptions } from './adapters/slack-channel.ts';
export { webhookChannel, type WebhookChannelOptions } from './adapters/webhook-channel.ts';
export { type Channel, type NoticeMessage, TryLater, Undeliverable } from './notify.ts';
export { type AgentTool, defineAgentTool } from './agent-tool.ts';
export { defineTool, NotExecuted, type Tool, type ToolContext } from './tool.ts';
