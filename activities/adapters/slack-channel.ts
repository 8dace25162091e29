/**
 * A notice in Slack: facts, and a button into the inbox. By an incoming webhook, or by a bot's token. The button opens a
 * page and decides nothing; Slack calls nobody back.
 */
import { type Channel, type NoticeMessage, TryLater, Undeliverable } from '../notify.ts';
import { httpReceipt } from './webhook-channel.ts';

export type SlackChannelOptions =
  /** Of an incoming webhook: the address is the secret. */
  | { readonly webhookUrl: string }
  /** Of an app with the scope chat:write. */
  | {
      readonly token: string;
      readonly channel: string;
      /** Default https://slack.com/api */
      readonly apiUrl?: string;
    };

const SLACK_API = 'https://slack.com/api';

export function slackChannel(options: SlackChannelOptions): Channel {
  return {
    send: async (message, signal) =>
      'webhookUrl' in options
        ? byWebhook(options.webhookUrl, message, signal)
        : byToken(options, message, signal),
  };
}

async function byWebhook(
  webhookUrl: string,
  message: NoticeMessage,
  signal: AbortSignal,
): Promise<string> {
  const response = await post(webhookUrl, { body: slackMessage(message), signal });
  await response.body?.cancel();
  // Slack's own word for a webhook that was removed.
  if (response.status === 404) throw new Undeliverable('Slack does not know this webhook (404)');
  return httpReceipt(response.status, retryAfterMs(response));
}

async function byToken(
  options: Extract<SlackChannelOptions, { readonly token: string }>,
  message: NoticeMessage,
  signal: AbortSignal,
): Promise<string> {
  const { token, channel, apiUrl = SLACK_API } = options;
  const body = { channel, ...slackMessage(message) };
  const response = await post(`${apiUrl}/chat.postMessage`, { body, signal, token });
  if (!response.ok) {
    await response.body?.cancel();
    return httpReceipt(response.status, retryAfterMs(response));
  }
  const answer = (await response.json()) as { ok?: unknown; error?: unknown; ts?: unknown };
  if (answer.ok === true) return `Slack ${String(answer.ts)}`;
  const error = String(answer.error);
  if (error === 'ratelimited') throw new TryLater('Slack is busy', retryAfterMs(response));
  if (FINAL.includes(error)) throw new Undeliverable(`Slack refuses it: ${error}`);
  throw new Error(`Slack refuses it: ${error}`);
}

/** What another try does not mend. */
const FINAL: readonly string[] = [
  'account_inactive',
  'channel_not_found',
  'invalid_auth',
  'is_archived',
  'missing_scope',
  'not_authed',
  'not_in_channel',
  'token_revoked',
];

async function post(
  url: string,
  request: {
    readonly body: unknown;
    readonly signal: AbortSignal;
    readonly token?: string;
  },
): Promise<Response> {
  const { body, signal, token } = request;
  return fetch(url, {
    method: 'POST',
    redirect: 'error',
    signal,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
}

function retryAfterMs(response: Response): number {
  const seconds = Number(response.headers.get('retry-after'));
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : 30_000;
}

const HEADER_CHARACTERS_MAX = 150;

/** `text` is for notifications and screen readers; the blocks show the same. Plain text only: no mention, no link. */
function slackMessage({ title, facts, url, notice }: NoticeMessage): object {
  const plain = (text: string): object => ({ type: 'plain_text', text, emoji: false });
  const rows = facts.map(([name, value]) => ({
    type: 'section',
    text: plain(`${name}: ${value}`),
  }));
  const button = {
    type: 'actions',
    elements: [{ type: 'button', text: plain('Open in the inbox'), url, action_id: 'open' }],
  };
  return {
    // Slack reads markup in `text`: its three special characters are escaped as it asks for.
    text: escaped(title),
    unfurl_links: false,
    unfurl_media: false,
    metadata: { event_type: 'holdpoint_notice', event_payload: { id: notice.noticeId } },
    blocks: [
      { type: 'header', text: plain(title.slice(0, HEADER_CHARACTERS_MAX)) },
      ...rows,
      ...(url === undefined ? [] : [button]),
    ],
  };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
