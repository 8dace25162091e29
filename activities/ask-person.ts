/**
 * The one tool that every agent has: it asks a person. A session never executes it; it opens a gate of kind `question`
 * and gives the answer back (workflows/agent-session.ts).
 */
import { z } from 'zod';
import { ASK_PERSON } from '../domain/session/agent-loop.ts';
import { RATIONALE_CHARACTERS_MAX } from '../domain/limits.ts';
import { defineTool, NotExecuted } from './tool.ts';

export const askPerson = defineTool({
  name: ASK_PERSON,
  description:
    'Asks a person a question and waits for the answer. For what you can not find out by yourself, and must not guess.',
  input: z.object({ question: z.string().trim().min(1).max(RATIONALE_CHARACTERS_MAX) }),
  readOnly: true,
  execute: () => {
    throw new NotExecuted('A question is asked by its session, not executed');
  },
});
