/** A policy from a file: JSON or YAML, checked, with every problem named by its path. */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { Policy } from '../domain/policy/policy.ts';
import { definePolicy, type PolicySource } from '../domain/schema/policy.ts';

/** Throws an error that names the file and every problem in it. */
export async function readPolicyFile(path: string): Promise<Policy> {
  return (await read(path)).policy;
}

/** As it stands in the file, for who adds to it; checked in the same way. */
export async function readPolicySource(path: string): Promise<PolicySource> {
  return (await read(path)).source;
}

async function read(path: string): Promise<{ source: PolicySource; policy: Policy }> {
  try {
    const parsed: unknown = parse(await readFile(path, 'utf8'), { uniqueKeys: true });
    const source = parsed as PolicySource;
    return { source, policy: definePolicy(source) };
  } catch (error) {
    throw problemIn(path, error);
  }
}

function problemIn(path: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return new Error(`Policy file ${path}: ${reason}`, { cause: error });
}
