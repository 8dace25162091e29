/**
 * What an MCP server answered to a call, as JSON for the conversation. It answered, so the call is over, whatever it
 * says: nothing here refuses. Bytes (images, sound, files) are described, since a conversation carries text alone;
 * the limits of every tool's result apply (activities/tool-result.ts).
 */
import { isPlainObject } from '../../domain/text/json.ts';

/** The text alone where there is nothing else; else what the server structured, or its pieces one by one. */
export function mcpResult(answer: unknown): unknown {
  if (!isPlainObject(answer)) return answer;
  const { content = [], structuredContent, isError } = answer;
  const pieces = Array.isArray(content) ? content.map(piece) : [content];
  const said = structuredContent ?? (pieces.length === 1 ? pieces[0] : pieces);
  // The server's own verdict. It is no proof that nothing happened.
  return isError === true ? { isError: true, content: said } : said;
}

function piece(raw: unknown): unknown {
  if (!isPlainObject(raw)) return raw;
  switch (raw['type']) {
    case 'text':
      return raw['text'] ?? '';
    case 'image':
    case 'audio':
      return `[${raw['type']}, ${textOf(raw['mimeType'])}, ${bytesOf(raw['data'])}]`;
    case 'resource_link':
      return `[link: ${textOf(raw['name'])}, ${textOf(raw['uri'])}]`;
    case 'resource':
      return resourceText(raw['resource']);
    default:
      return raw;
  }
}

function resourceText(resource: unknown): unknown {
  if (!isPlainObject(resource)) return resource;
  const { uri, mimeType, text, blob } = resource;
  if (typeof text === 'string') return { uri, text };
  return `[resource: ${textOf(uri)}, ${textOf(mimeType)}, ${bytesOf(blob)}]`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : 'unnamed';
}

/** Of what base64 stands for, near enough to say. */
function bytesOf(base64: unknown): string {
  return typeof base64 === 'string'
    ? `${Math.floor((base64.length * 3) / 4)} bytes`
    : 'without bytes';
}
