/** The recorded calls of a task, as a workflow that knows nothing of Holdpoint makes them: one after the other. */
import { proxyActivities } from '@temporalio/workflow';

type Arguments = Readonly<Record<string, unknown>>;
type Activities = Readonly<Record<string, (args: Arguments) => Promise<unknown>>>;

const activities = proxyActivities<Activities>({ startToCloseTimeout: '1 minute' });

export async function recordedTask(
  calls: readonly { readonly name: string; readonly arguments: Arguments }[],
): Promise<number> {
  let done = 0;
  for (const { name, arguments: args } of calls) {
    try {
      await activities[name]?.(args);
      done += 1;
    } catch {
      // A call that was not let go is passed over, as the model of a rehearsal does.
    }
  }
  return done;
}
