/** A policy from a file: JSON or YAML, checked, with every problem named by its path. */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { Policy } from '../domain/policy/policy.ts';
import { definePolicy, type PolicySource } from '../domain/schema/policy.ts';

/** Throws an error that names the file and every problem in it. */
export async function readPolicyFile(path: string): Promise<Policy> {
  try {
    const source: unknown = parse(await readFile(path, 'utf8'), { uniqueKeys: true });
    return definePolicy(source as PolicySource);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Policy file ${path}: ${reason}`, { cause: error });
  }
}
