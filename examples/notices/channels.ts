/** Ways to reach people, as a team writes them in its holdpoint.config.ts. */
import { definePolicy } from 'holdpoint/policy';
import { commandChannel, mailChannel, slackChannel, webhookChannel } from 'holdpoint/tools';

/** Where the channels lead: from the environment in production, from the test here. */
export interface ChannelSettings {
  readonly slackWebhook: string;
  readonly smtpUrl: string;
  readonly hookUrl: string;
  readonly hookSecret: string;
  readonly pager: string;
}

export function deskChannels({
  slackWebhook,
  smtpUrl,
  hookUrl,
  hookSecret,
  pager,
}: ChannelSettings) {
  // region: channels
  const channels = {
    'desk-slack': slackChannel({ webhookUrl: slackWebhook }),
    'on-call-mail': mailChannel({
      url: smtpUrl,
      from: 'Holdpoint <holdpoint@desk.example>',
      to: ['on-call@desk.example'],
    }),
    bus: webhookChannel({ url: hookUrl, secret: hookSecret }),
    pager: commandChannel({ command: pager, args: ['--page'] }),
  };
  // endregion
  return channels;
}

export const policy = definePolicy({
  name: 'desk',
  version: '1',
  tools: { refund: { reversibility: 'irreversible' } },
  tiers: [
    {
      name: 'async_review',
      route: 'on-call queue',
      reviewers: 'anyone',
      notify: ['desk-slack'],
      respondWithinMs: 3_600_000,
      onNoResponse: 'escalate',
      escalateTo: 'escalation',
    },
    {
      name: 'synchronous_gate',
      route: 'real-time reviewer',
      reviewers: 'anyone',
      notify: ['desk-slack', 'on-call-mail', 'bus'],
      respondWithinMs: 300_000,
      remindAfterMs: 120_000,
      onNoResponse: 'reject',
    },
    {
      name: 'escalation',
      route: 'manager or domain expert',
      reviewers: 'anyone',
      notify: ['desk-slack', 'on-call-mail', 'pager'],
      respondWithinMs: 1_800_000,
      onNoResponse: 'reject',
    },
  ],
});
