/**
 * gateway/: HTTP over client/, for agents and for people: who asks (tokens, logins), what they may (scopes, roles), and
 * every answer as JSON or as a problem (RFC 9457). It serves the inbox, and signs what people decide in it. It keeps no
 * state that matters: what it has answered stands in Temporal, who is logged in stands in their browser.
 *
 * May import: client/, domain/, the reader of evidence/, hono and its server for Node, openid-client and jose. Never:
 * workflows/, activities/, workers/.
 *
 * This file is the package entry `holdpoint/gateway`.
 */
export { type DevelopmentSettings, developmentSettings } from './development.ts';
export { createGateway, type Gateway, type GatewayOptions } from './gateway.ts';
export {
  createGatewayLog,
  type GatewayLog,
  type GatewayRequest,
  NO_LOG,
  type ShownBytes,
} from './log.ts';
export { Vault } from './login/login-session.ts';
export { OidcLogin, type OidcSettings } from './login/oidc.ts';
export { EVERYONE, readRoles, type Roles } from './roles.ts';
export { runGateway, type RunParts } from './run.ts';
export { serveGateway, type ServedGateway, type ServeOptions } from './serve.ts';
export { type GatewayFlags, gatewaySettings, type GatewaySettings } from './settings.ts';
export { type GatewayKey, ownGatewayKey, readGatewayKey } from './signing-key.ts';
export { readStaticFiles } from './static-files.ts';
export { createToken, readTokens, type Scope, SCOPES, type TokenEntry } from './tokens.ts';
