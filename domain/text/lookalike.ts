/**
 * Marks characters that pass for others: the Cyrillic а in `pаypal` stays, and its mark follows it (`pа⟦U+0430⟧ypal`).
 * For surfaces only (shown-text.ts): what counts as a letter of which script follows the engine's Unicode tables, so
 * nothing that is hashed may hold these marks.
 *
 * A token is a run of letters, digits and `. - _ @`; its words stand between `.`, `-` and `@`. Marked is, beside ASCII:
 *
 * 1. in an address every letter and digit: a token with something on both sides of `@`, one that follows `//`, or one
 *    of dotted labels that holds an ASCII letter and ends as a host does;
 * 2. in a word that mixes Latin with another script every letter of the other one. Scripts that are written in one run
 *    with Latin (Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese) may;
 * 3. a letter or digit that is a Latin one in disguise (fullwidth, letterlike, phonetic), in a word that also has plain
 *    ones; a mathematical one anywhere;
 * 4. a word all of whose letters have a Latin twin, where the rest of its token is Latin, or it stands like a host:
 *    `delete-сору`, `раура.сом`.
 *
 * A word of one script is ordinary prose and not marked, nor is `IT-специалист`. What this can't find: ASCII that looks
 * like ASCII (`rn` and `m`, `l` and `I`), and a whole sentence in another script's twins.
 */
import { markOf } from './visible-text.ts';

const ASCII_ONLY = /^[\0-\u007F]*$/;

const MARK = '⟦U\\+[\\dA-F]{4,6}⟧';
const MARKS = new RegExp(MARK, 'g');

/** Escapes of JSON come first: the `n` of `\nмир` belongs to no word. Marks of visibleText don't part a word. */
const TOKEN = new RegExp(
  `\\\\(?:u[\\da-fA-F]{4}|[bfnrt"\\\\/])|(?:[\\p{L}\\p{M}\\p{N}._@-]|${MARK})+`,
  'gu',
);
const WORD = new RegExp(`(?:[\\p{L}\\p{M}\\p{N}_]|${MARK})+`, 'gu');
const CHARACTER = new RegExp(`([\\p{L}\\p{M}\\p{N}])((?:${MARK})?)`, 'gu');

const LATIN = /\p{Script=Latin}/u;
const PLAIN = /[A-Za-z0-9]/;
const FOREIGN =
  /[\p{L}\p{Nl}](?<![\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}])/u;
const MATHEMATICAL = /[\u{1D400}-\u{1D7FF}]/u;

/** Latin letters of phonetics that no font tells from ASCII ones, or only by size. */
const PHONETIC = /[ɑɡɩɪɴʀʏʜʟʙɢ\u1D00-\u1D22ꜰꜱ]/u;

/** Cyrillic, Greek and Armenian letters that look like Latin ones. */
const TWINS =
  /^[АВЕЅІЈКМНОРСТУХҮҺӀԌԚԜаеорсухіјѕԁԛԝһӏүѵΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρυιкαϲϳՕՏՍՄԼհոսցօզ\p{M}]{2,}$/u;

/** Endings of files that are no endings of hosts. */
const FILE =
  /\.(?:pdf|docx?|xlsx?|pptx?|odt|ods|txt|csv|tsv|json|xml|ya?ml|html?|png|jpe?g|gif|svg|webp|mp[34]|wav|gz|tar|sql|log|ts|js|eml)$/i;

export function markLookalikes(text: string): string {
  if (ASCII_ONLY.test(text)) return text;
  return text.replace(TOKEN, (token: string, at: number) => {
    if (token.startsWith('\\') || ASCII_ONLY.test(token.replace(MARKS, ''))) return token;
    return markToken(token, text.slice(Math.max(0, at - 2), at) === '//');
  });
}

function markToken(token: string, isAfterSlashes: boolean): string {
  const bare = withoutEdges(bareOf(token));
  const isDotted = isHostLike(bare);
  const isAddress =
    isAfterSlashes || bare.includes('@') || (isDotted && /[A-Za-z]/.test(bare) && !FILE.test(bare));
  if (isAddress) return marked(token, () => true);
  const isBesideLatin = LATIN.test(bare) || isDotted;
  return token.replace(WORD, (word) => marked(word, suspicionIn(bareOf(word), isBesideLatin)));
}

/** Not by a regular expression: one that looks for the end of a row of dots begins at each of them. */
function withoutEdges(bare: string): string {
  let [from, to] = [0, bare.length];
  while (from < to && '._@-'.includes(bare.charAt(from))) from += 1;
  while (from < to && '._@-'.includes(bare.charAt(to - 1))) to -= 1;
  return bare.slice(from, to);
}

/** Labels between dots, the last one of two letters or more. */
function isHostLike(bare: string): boolean {
  return /^[^.@]+(?:\.[^.@]+)*\.(?:[\p{L}\p{M}]{2,}|xn--[a-z\d-]+)$/u.test(bare);
}

function suspicionIn(word: string, isBesideLatin: boolean): (character: string) => boolean {
  const isMixed = LATIN.test(word) && FOREIGN.test(word);
  const isPlain = PLAIN.test(word);
  const isTwin = isBesideLatin && TWINS.test(word);
  return (character) =>
    isTwin ||
    (isMixed && FOREIGN.test(character)) ||
    MATHEMATICAL.test(character) ||
    (isPlain && isDisguised(character));
}

/** Not ª and º, which `1º` is written with. */
function isDisguised(character: string): boolean {
  if (character === 'ª' || character === 'º') return false;
  const plain = character.normalize('NFKC');
  return PHONETIC.test(character) || (/^[A-Za-z0-9]+$/.test(plain) && !/\p{No}/u.test(character));
}

/** Each suspicious character followed by its mark; once, however often a text comes through here. */
function marked(text: string, isSuspicious: (character: string) => boolean): string {
  return text.replace(CHARACTER, (found: string, character: string, after: string) => {
    const mark = markOf(character);
    const isMarked = after === mark || ASCII_ONLY.test(character) || !isSuspicious(character);
    return isMarked ? found : character + mark + after;
  });
}

function bareOf(text: string): string {
  return text.replace(MARKS, '');
}
