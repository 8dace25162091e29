/**
 * gateway/api/: what goes over the wire, as zod schemas: the handlers answer it, OpenAPI describes it, the inbox takes
 * its types from here. Nothing here waits, asks or decides.
 *
 * This file has what the others share. Answers may gain fields: whoever reads them passes over what they do not know.
 */
import { z } from 'zod';
import { HASHED_DEPTH_MAX, RATIONALE_CHARACTERS_MAX } from '../../domain/limits.ts';
import { identifierSchema, wordsSchema } from '../../domain/schema/messages.ts';
import { isJson, type Json } from '../../domain/text/json.ts';

/** What a schema stands for, as nobody changes it. */
export type Wire<Schema extends z.ZodType> = Unchanging<z.output<Schema>>;

type Unchanging<T> = T extends readonly (infer Item)[]
  ? readonly Unchanging<Item>[]
  : T extends object
    ? { readonly [Name in keyof T]: Unchanging<T[Name]> }
    : T;

export const timeSchema = z.number().meta({ description: 'ms since 1970.' });

export const digestSchema = z.string().meta({
  description: 'SHA-256 of the canonical JSON (RFC 8785) of tool, tool version and arguments.',
});

export const fingerprintSchema = z.string().meta({
  description:
    'Twenty digits of the payload digest, for people who compare two screens. A decision names the digest.',
});

/** Any JSON. Not zod's own: that one refers to itself by a place that is another one in a larger document. */
export const jsonWireSchema = z.custom<Json>((value) => isJson(value, HASHED_DEPTH_MAX));

export const jsonObjectWireSchema = z.record(z.string(), jsonWireSchema);

/** Why a person does something: required wherever an order is given. */
export const reasonSchema = wordsSchema
  .refine((text) => text.trim() !== '', 'must not be empty')
  .meta({ minLength: 1, maxLength: RATIONALE_CHARACTERS_MAX });

export const rationaleSchema = wordsSchema.meta({ maxLength: RATIONALE_CHARACTERS_MAX });

export const placeFields = {
  rootSessionId: z
    .string()
    .optional()
    .meta({ description: 'Of a sub-agent: the top of its tree.' }),
  parentSessionId: z.string().optional(),
} as const;

export { identifierSchema };
