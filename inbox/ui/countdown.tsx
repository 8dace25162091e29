/** How long is left, by the server's clock. It is no live region: a screen reader would never stop. */
import type { ReactNode } from 'react';
import { agoText, countdownOf, timeText } from '../model/clock.ts';
import { useClockText } from './inbox-context.ts';

export interface CountdownProps {
  readonly respondBy: number | null;
  readonly isPaused?: boolean | undefined;
}

export function Countdown({ respondBy, isPaused }: CountdownProps): ReactNode {
  const said = useClockText((now) => {
    const { text, urgency } = countdownOf({ respondBy, isPaused }, now);
    return `${urgency}|${text}`;
  });
  const [urgency = 'none', text = ''] = said.split('|');
  return (
    <time
      className={`countdown ${urgency}`}
      dateTime={respondBy === null ? undefined : new Date(respondBy).toISOString()}
      title={respondBy === null ? undefined : timeText(respondBy)}
    >
      {text}
    </time>
  );
}

export function Ago({ at }: { readonly at: number }): ReactNode {
  const text = useClockText((now) => agoText(at, now));
  return (
    <time dateTime={new Date(at).toISOString()} title={timeText(at)}>
      {text}
    </time>
  );
}
