#!/usr/bin/env node
/** The `holdpoint` program. */
import { runCommandLine } from './program.ts';

process.exitCode = await runCommandLine(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  environment: process.env,
  ...(process.stdin.isTTY ? { terminal: { input: process.stdin, output: process.stdout } } : {}),
});
