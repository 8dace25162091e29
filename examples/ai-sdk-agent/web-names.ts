/**
 * What the AI SDK takes from the web platform, and the sandbox of workflows has not: TransformStream when it is loaded,
 * Headers for each call of a model, structuredClone for each answer. To be imported before it.
 */
import structuredClone from '@ungap/structured-clone';
import { Headers } from 'headers-polyfill';
import { TransformStream } from 'web-streams-polyfill';

Object.assign(globalThis, { Headers, TransformStream, structuredClone });
