/**
 * gateway/: HTTP over client/, for agents and, later, for people: who asks (tokens), what they may (scopes), and every
 * answer as JSON or as a problem (RFC 9457). It keeps no state: what it has answered stands in Temporal.
 *
 * May import: client/, domain/, hono and its server for Node. Never: workflows/, activities/, workers/, evidence/.
 *
 * This file is the package entry `holdpoint/gateway`.
 */
export {
  createGateway,
  type Gateway,
  type GatewayOptions,
  type GatewayRequest,
} from './gateway.ts';
export { serveGateway, type ServedGateway } from './serve.ts';
export { type GatewayFlags, gatewaySettings, type GatewaySettings } from './settings.ts';
export { createToken, readTokens, type Scope, SCOPES, type TokenEntry } from './tokens.ts';
