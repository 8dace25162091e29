/** Schemas that stand in the OpenAPI document once, by name. */
import type { z } from 'zod';
import { auditSchema, exportSchema } from './audit.ts';
import { decideBodySchema, decisionAnswerSchema, saidSchema } from './decisions.ts';
import { gateSchema } from './gates.ts';
import { keySetSchema } from './keys.ts';
import { killAnswerSchema, killBodySchema, killsSchema } from './kills.ts';
import { meSchema } from './me.ts';
import { overviewSchema } from './overview.ts';
import { pendingPageSchema } from './pending.ts';
import {
  conversationSchema,
  grantsSchema,
  operateBodySchema,
  sessionSchema,
  sessionsPageSchema,
} from './sessions.ts';

export const NAMED_SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  Me: meSchema,
  PendingPage: pendingPageSchema,
  Overview: overviewSchema,
  SessionsPage: sessionsPageSchema,
  Session: sessionSchema,
  Conversation: conversationSchema,
  Grants: grantsSchema,
  ReviewedGate: gateSchema,
  DecisionRequest: decideBodySchema,
  DecisionAnswer: decisionAnswerSchema,
  Order: operateBodySchema,
  OrderAnswer: saidSchema,
  Kills: killsSchema,
  KillOrder: killBodySchema,
  KillAnswer: killAnswerSchema,
  Audit: auditSchema,
  SessionFile: exportSchema,
  KeySet: keySetSchema,
};
