/** Who is logged in, and what they may. */
import { z } from 'zod';
import { identifierSchema, timeSchema, type Wire } from './fields.ts';

/** What a login or token may do at the gateway. Who may decide a gate is judged in the gate. */
const PERMISSIONS = ['view', 'decide', 'operate', 'audit', 'kill', 'request'] as const;
export type Permission = (typeof PERMISSIONS)[number];

export const meSchema = z
  .object({
    as: z.enum(['nobody', 'login', 'token']),
    subject: z.string().optional().meta({
      description: 'The account: `reviewerId` of its decisions, `operatorId` of its orders.',
    }),
    name: z
      .string()
      .optional()
      .meta({ description: 'As the login gave it, for the screen alone.' }),
    person: z.string().optional().meta({ description: 'Who is behind the account, to the login.' }),
    groups: z.array(z.string()),
    roles: z.array(z.string()).meta({
      description: 'viewer, reviewer, operator, auditor, killer; of a token its scopes.',
    }),
    may: z.array(z.enum(PERMISSIONS)),
    csrfToken: z.string().optional().meta({
      description: 'Of a login: send it with every POST, in the header `x-holdpoint-csrf`.',
    }),
    loggedInAt: timeSchema.optional(),
    expiresAt: timeSchema.optional().meta({ description: 'When the login ends whatever happens.' }),
    idleUntil: timeSchema.optional().meta({ description: 'When it ends if nothing is asked for.' }),
    acr: z
      .string()
      .optional()
      .meta({ description: 'How strongly they logged in, where it was said.' }),
    login: z
      .object({
        kind: z.enum(['oidc', 'development', 'none']),
        url: z.string().optional().meta({
          description:
            'oidc: go there, with `?returnTo=/path`, and with `&stepUp=1` to prove it once more. development: POST there. none: tokens alone come in.',
        }),
      })
      .meta({ description: 'How to log in.' }),
    warning: z.string().optional().meta({
      description: 'Show it in red: the development login lets anybody be anyone.',
    }),
    signs: z.boolean().meta({
      description: 'The gateway has a key, and signs the decisions of those who are logged in.',
    }),
    kid: z.string().optional(),
    evidence: z.boolean().meta({ description: 'The gateway reads the evidence store.' }),
    at: timeSchema,
  })
  .meta({ description: 'Who asks, and what they may.' });

export const developmentLoginBodySchema = z.strictObject({
  name: identifierSchema,
  groups: z.array(identifierSchema).max(64).optional(),
});

export const logoutAnswerSchema = z.object({
  url: z.string().optional().meta({
    description: 'Where to go to end the login at its provider too.',
  }),
});

export type Me = Wire<typeof meSchema>;
export type DevelopmentLoginBody = Wire<typeof developmentLoginBodySchema>;
export type LogoutAnswer = Wire<typeof logoutAnswerSchema>;

/** Of a browser that is logged in, over TLS. */
export const LOGIN_COOKIE = '__Host-holdpoint';

export const CSRF_HEADER = 'x-holdpoint-csrf';
