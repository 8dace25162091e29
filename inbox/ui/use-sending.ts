/** An order on its way to the gateway, and what came of it. */
import { useState } from 'react';
import { problemOf } from '../api/gateway.ts';
import type { ProblemSaid } from '../model/problem.ts';
import { useInbox } from './inbox-context.ts';

export interface Sending<Answer> {
  readonly send: (body: object) => void;
  readonly isBusy: boolean;
  readonly answer: Answer | undefined;
  readonly problem: ProblemSaid | undefined;
}

/** `onDone`: it has come back, however it went. */
export function useSending<Answer>(path: string, onDone: () => void): Sending<Answer> {
  const { gateway } = useInbox();
  const [isBusy, setBusy] = useState(false);
  const [answer, setAnswer] = useState<Answer>();
  const [problem, setProblem] = useState<ProblemSaid>();
  const send = (body: object): void => {
    setBusy(true);
    setProblem(undefined);
    gateway
      .send<Answer>(path, body)
      .then(setAnswer, (error: unknown) => setProblem(problemOf(error)))
      .finally(() => {
        setBusy(false);
        onDone();
      });
  };
  return { send, isBusy, answer, problem };
}
