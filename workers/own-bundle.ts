/**
 * Holdpoint's own workflows as one file beside the compiled code, made by the build (`prebundle.ts`): a worker without
 * workflows of a team starts seconds earlier, and no two workers of a version run different code. The SDK's part of
 * workflow code is in it as well, so it counts for that version of the SDK alone; else, and in sources, it is bundled anew.
 */
import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

export function ownBundlePath(): string {
  const { version } = createRequire(import.meta.url)('@temporalio/workflow/package.json') as {
    readonly version: string;
  };
  return fileURLToPath(new URL(`../workflows/bundle-${version}.cjs`, import.meta.url));
}

/** Undefined: none was made for the SDK at hand. */
export async function ownBundle(): Promise<{ readonly codePath: string } | undefined> {
  const codePath = ownBundlePath();
  try {
    await access(codePath);
    return { codePath };
  } catch {
    return undefined;
  }
}
