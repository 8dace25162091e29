/**
 * Proves which characters pass for others and are marked, and which ordinary words are left alone: rule by rule, and
 * that nothing but marks is ever added.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { markLookalikes } from '../../domain/text/lookalike.ts';
import { shownLines, shownText } from '../../domain/text/shown-text.ts';
import { markOf, visibleText } from '../../domain/text/visible-text.ts';

/** The text, with each of these characters followed by its mark. */
function withMarks(text: string, characters: string): string {
  return Array.from(text, (one) => (characters.includes(one) ? one + markOf(one) : one)).join('');
}

describe('marked is', () => {
  test.each([
    // 1: an address.
    ['an e-mail address', 'Müller@example.com', 'ü'],
    ['an e-mail address in one script', 'борис@почта.рф', 'бориспчтаф'],
    ['a host', 'münchen.de', 'ü'],
    ['a host with a lookalike', 'www.pаypаl.com', 'а'],
    ['a host at the end of a sentence', 'Go to exámple.com.', 'á'],
    ['a host after slashes', 'https://сбербанк/login', 'сберанк'],
    ['a host and its port', 'http://exаmple.com:8080/a', 'а'],
    ['digits of another script in a host', 'bank٢.com', '٢'],
    ['a host that is decomposed', 'cafe\u0301.com', '\u0301'],
    // 2: a word that mixes scripts.
    ['Cyrillic among Latin', 'аdmin', 'а'],
    ['Greek among Latin', 'Αdmin', 'Α'],
    ['Armenian among Latin', 'օrder', 'օ'],
    ['Cherokee among Latin', 'Ꭺdmin', 'Ꭺ'],
    ['Hebrew among Latin', 'gסogle', 'ס'],
    ['Latin among Cyrillic', 'сбepбанк', 'сббанк'],
    ['across an underline', 'delete_сору', 'сору'],
    ['across what can not be seen', 'p⟦U+200B⟧аypal', 'а'],
    ['in JSON', String.raw`"a\nаdmin"`, 'а'],
    // 3: Latin in disguise.
    ['fullwidth', 'ｐaypal', 'ｐ'],
    ['fullwidth digits', 'iPhone１５', '１５'],
    ['mathematical', '𝗽𝗮𝘆𝗽𝗮𝗹', '𝗽𝗮𝘆𝗹'],
    ['a mathematical digit', '𝟭00', '𝟭'],
    ['phonetic', 'ɡooɡle', 'ɡ'],
    ['the Kelvin sign', '\u212Aelvin', '\u212A'],
    ['a Roman numeral', 'v\u2170rus', '\u2170'],
    ['a ligature', 'o\uFB03ce', '\uFB03'],
    // 4: a word of twins.
    ['beside Latin', 'admin-раура', 'рау'],
    ['as a host', 'раура.сом', 'рау'],
  ])('%s: %s', (_name, text, characters) => {
    const shown =
      text === 'раура.сом' ? `${withMarks('раура', 'рау')}.сом` : withMarks(text, characters);
    expect(markLookalikes(text)).toBe(shown);
  });
});

describe('not marked is', () => {
  test.each([
    ['Russian', 'Привет, мир! Роса, сор и хор — о том, о сём.'],
    ['Greek', 'Καλημέρα κόσμε, ο ήλιος'],
    ['Ukrainian', 'Її ім’я — Ївга'],
    ['Vietnamese', 'Đường đến thành phố'],
    ['Turkish', 'kırmızı İstanbul'],
    ['French', 'naïve café, œuvre'],
    ['decomposed French', 'cafe\u0301'],
    ['Hebrew', 'שלום עולם'],
    ['Arabic', 'مرحبا بالعالم ١٢٣'],
    ['Hindi', 'नमस्ते दुनिया'],
    ['Chinese and Latin', 'AI模型和T恤'],
    ['Japanese and Latin', 'Webサイト、Tシャツ、ＡＴＭ利用'],
    ['Korean and Latin', 'LG전자'],
    ['Thai and Latin', 'ใช้LINEได้'],
    ['a compound of two scripts', 'IT-специалист, SMS-код, e-mail-адрес, Wi-Fi-сеть'],
    ['a number with a unit', '5кг, 20%, 10 м², m², 3½'],
    ['an abbreviation with dots', 'т.е., и т.д., u.ä., z.B.'],
    ['a sentence without its blank', 'мир.Привет'],
    ['a host in one script', 'сбербанк.рф'],
    ['the name of a file', 'résumé.pdf, Müller.docx, отчёт.xlsx'],
    ['an ordinal', '1º, 2ª, nº 5'],
    ['Russian in JSON', String.raw`"привет\nмир\tи\\слово\u000aрядом"`],
    ['a path of Windows', String.raw`C:\new\файлы`],
    ['emoji', 'Done 🎉 ❤ ✔'],
    ['a mark', 'а⟦U+0430⟧dmin'],
  ])('%s: %s', (_name, text) => {
    expect(markLookalikes(text)).toBe(text);
  });
});

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        ...Array.from('aZ9._-@/\\n "'),
        'а',
        'Α',
        'ｐ',
        '𝗽',
        'é',
        'ب',
        '漢',
        '\u200B',
        '\u0301',
      ),
    )
    .map((characters) => characters.join('')),
);

test('only marks are added: without them the text is there again', () => {
  fc.assert(
    fc.property(text, (given) => {
      fc.pre(!given.includes('⟦'));
      const shown = markLookalikes(given);
      const stripped = shown.replaceAll(
        /(.)⟦U\+([\dA-F]+)⟧/gsu,
        (_all, character: string, code) => {
          expect(markOf(character)).toBe(`⟦U+${String(code)}⟧`);
          return character;
        },
      );
      expect(stripped).toBe(given);
    }),
  );
});

test('ASCII is never touched', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), (given) => {
      expect(markLookalikes(given)).toBe(given);
      expect(shownText(given)).toBe(visibleText(given));
    }),
  );
});

test('a text that comes through twice stays as it is', () => {
  fc.assert(
    fc.property(text, (given) => {
      expect(shownText(shownText(given))).toBe(shownText(given));
    }),
  );
});

test('line by line, only the line feed breaks a line', () => {
  expect(shownLines('аdmin\nb\u202Ec')).toBe(`${withMarks('аdmin', 'а')}\nb⟦U+202E⟧c`);
});
