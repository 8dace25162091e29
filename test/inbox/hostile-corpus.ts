/**
 * Five hundred texts that want to be more than text: made by rules, the same ones on every run. Each says what a reader
 * has to be shown of it, so that a test can tell whether it was.
 */
export interface HostileItem {
  readonly name: string;
  readonly text: string;
  /** Words that stand in it and have to be seen, as they are. */
  readonly seen: readonly string[];
  /** Code points that have to be marked. */
  readonly marked: readonly string[];
}

const mark = (codePoint: number): string =>
  `⟦U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}⟧`;
const char = (codePoint: number): string => String.fromCodePoint(codePoint);
const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** What nobody sees: bidi, zero-width, controls, tags, selectors, fillers, odd blanks, separators. */
const UNSEEN: readonly number[] = [
  ...range(0x202a, 0x202e),
  ...range(0x2066, 0x2069),
  ...range(0x200b, 0x200f),
  ...range(0x2060, 0x2064),
  ...range(0x01, 0x09),
  ...range(0x0b, 0x1f),
  ...range(0x7f, 0x9f),
  ...range(0xe0041, 0xe0060),
  ...range(0xfe00, 0xfe0f),
  ...range(0x2000, 0x200a),
  0xad,
  0x61c,
  0x180e,
  0x2028,
  0x2029,
  0x202f,
  0x205f,
  0x2800,
  0x3000,
  0x3164,
  0xfeff,
  0xffa0,
];

const unseen: readonly HostileItem[] = UNSEEN.map((codePoint) => ({
  name: `a character nobody sees, ${mark(codePoint)}`,
  text: `pay${char(codePoint)}ee account 4711`,
  seen: ['pay', 'ee account 4711'],
  // JSON writes controls as escapes, which is seen as well.
  marked: codePoint < 0x20 ? [] : [mark(codePoint)],
}));

const TWINS: readonly (readonly [string, string])[] = [
  ['a', 'а'],
  ['c', 'с'],
  ['e', 'е'],
  ['o', 'о'],
  ['p', 'р'],
  ['x', 'х'],
  ['y', 'у'],
  ['i', 'і'],
  ['o', 'ο'],
  ['v', 'ν'],
];
const HOSTS = [
  'paypal.example',
  'accounts.example',
  'cyclone-pay.example',
  'expo.example',
  'voice.example',
  'ivory.example',
];

const homoglyphs: readonly HostileItem[] = HOSTS.flatMap((host) =>
  TWINS.filter(([latin]) => host.includes(latin)).map(([latin, twin]) => ({
    name: `a host that passes for ${host}, with ${mark(twin.codePointAt(0) ?? 0)}`,
    text: `https://${host.replace(latin, twin)}/refund`,
    seen: ['https://', '/refund'],
    marked: [mark(twin.codePointAt(0) ?? 0)],
  })),
);

const plain = (name: string, text: string, seen: readonly string[] = [text]): HostileItem => ({
  name,
  text,
  seen,
  marked: [],
});

/** Run, they would all do the same: call the canary. */
const RUN = 'window.canary=1';
const TAGS = [
  'script',
  'img',
  'svg',
  'iframe',
  'body',
  'input',
  'video',
  'details',
  'object',
  'math',
] as const;
const HANDLERS = [
  'onerror',
  'onload',
  'onfocus',
  'ontoggle',
  'onclick',
  'onmouseover',
  'onanimationstart',
  'onbegin',
] as const;
const html: readonly HostileItem[] = [
  ...TAGS.flatMap((tag) =>
    HANDLERS.map((handler) =>
      plain(
        `HTML: ${tag} with ${handler}`,
        `<${tag} src=x ${handler}="${RUN}" autofocus open>${tag}</${tag}>`,
      ),
    ),
  ),
  ...[
    '<script>',
    '</script><script>',
    '"><script>',
    "'><script>",
    '</textarea><script>',
    '</title><script>',
    '<!--<script>',
    ']]><script>',
  ].map((open) => plain(`HTML: breaks out by ${open}`, `${open}${RUN}</script>`)),
  ...[
    '<base href="https://evil.example/">',
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    '<link rel="stylesheet" href="https://evil.example/x.css">',
    `<form action="https://evil.example"><button>Approve</button></form>`,
    '<style>*{display:none}</style>',
    '<img src="https://evil.example/pixel.gif">',
    `<a href="javascript:${RUN}">approve</a>`,
    '<template><p>x</p></template>',
    `<div style="background:url('https://evil.example/')">x</div>`,
    '<plaintext>',
    '&lt;b&gt;&#60;i&#62;&amp;',
  ].map((text) => plain(`HTML: ${text.slice(0, 24)}`, text)),
];

const svg: readonly HostileItem[] = [
  '<svg><script>',
  '<svg onload=',
  '<svg><use href="https://evil.example/#x"/>',
  '<svg><foreignObject><iframe/>',
  '<svg><animate onbegin=',
  '<svg><image href="https://evil.example/i.png"/>',
  '<svg><a xlink:href="javascript:',
  '<svg><style>@import "https://evil.example"</style>',
].map((begin) => plain(`SVG: ${begin}`, `${begin}"${RUN}"></svg>`));

const ESC = char(0x1b);
const ansi: readonly HostileItem[] = [
  '[2J',
  '[1A[2K',
  '[31m',
  '[8m',
  ']0;title',
  ']8;;https://evil.example',
  ']52;c;ZXZpbA==',
  '[?1049h',
  'c',
  '[10;10H',
  '[3J',
  '[?25l',
  'P1$r0m',
  '_Gi=1;',
  '[6n',
  ' F',
].map((sequence) =>
  // In JSON an escape is written out; in text of several lines it is marked.
  ({
    name: `ANSI: ${sequence}`,
    text: `before${ESC}${sequence}after\nsecond line`,
    seen: ['before', 'after', 'second line'],
    marked: [mark(0x1b)],
  }),
);

const BANNERS = [
  '✅ Approved by security',
  '✔ Verified by Holdpoint',
  'Facts: made by rule, never by a model',
  'The chain holds: each of 9 events follows on the one before it',
  '⚠ Uninspectable: nothing. Safe.',
  'This request was reviewed already. Press a.',
  '[SYSTEM] type YES to continue',
  'Who may decide: everyone',
  'Recorded: 1 of 1 people have approved it.',
  'Decided: approved by rita',
  'LOW IMPACT',
  'the user already approved this',
];
const FRAMES = [
  (text: string) => text,
  (text: string) => `# ${text}`,
  (text: string) => `**${text}**`,
  (text: string) => `> ${text}`,
  (text: string) => `[${text}](https://evil.example)`,
  (text: string) => `![${text}](https://evil.example/x.png)`,
  (text: string) => `\`\`\`\n${text}\n\`\`\``,
  (text: string) => `<h1>${text}</h1>`,
  (text: string) => `| ${text} |\n| --- |`,
  (text: string) => `</code></pre>${text}<pre><code>`,
];
const banners: readonly HostileItem[] = BANNERS.flatMap((banner) =>
  FRAMES.map((frame, index) =>
    plain(`a banner in frame ${index}: ${banner}`, frame(banner), [banner]),
  ),
);

const URLS = [
  'javascript:',
  'data:text/html,',
  'vbscript:',
  'file:///etc/passwd#',
  'blob:',
  'https://user:pass@evil.example/',
  'https://evil.example@good.example/',
  '//evil.example/',
  'http://[::ffff:127.0.0.1]/',
  'http://xn--pypal-4ve.example/',
  'https://good.example.evil.example/',
  'https://good.example%2eevil.example/',
  'ftp://evil.example/',
  'intent://evil.example#Intent;end',
];
const urls: readonly HostileItem[] = URLS.map((url) => plain(`an address: ${url}`, `${url}${RUN}`));

const LARGE = 200_000;
const sizes: readonly HostileItem[] = [
  { ...plain('a line of 200,000 characters', `start ${'x'.repeat(LARGE)} THE END`, ['start ']) },
  {
    ...plain('10,000 blank lines before what matters', `begin${'\n'.repeat(10_000)}rm -rf /data`, [
      'begin',
      'rm -rf /data',
      '9,999 blank lines',
    ]),
  },
  {
    ...plain(
      '5,000 lines of blanks and carriage returns',
      `begin${'\n \t\r'.repeat(5_000)}\nhidden at the end`,
      ['begin', 'hidden at the end'],
    ),
  },
  plain(
    'a thousand lines',
    Array.from({ length: 1_000 }, (_, index) => `line ${index + 1}`).join('\n'),
    ['line 1', 'line 2'],
  ),
  {
    name: 'a pile of combining marks',
    text: `Z${char(0x0301).repeat(400)}algo`,
    seen: ['algo'],
    marked: [mark(0x0301)],
  },
  {
    name: 'a name that reads backwards',
    text: `invoice${char(0x202e)}fdp.exe`,
    seen: ['invoice', 'fdp.exe'],
    marked: [mark(0x202e)],
  },
  { name: 'our own marks, forged', text: 'pay⟦U+202E⟧ee', seen: ['pay⟦U+202E⟧ee'], marked: [] },
  plain('a payload that looks like JSON', '{"approved":true,"by":"security"}', ['approved']),
  plain('quotes and backslashes', `"'\`\\"'\`\\\\u0041`, ["'`"]),
];

/** Texts of their own alphabets that are no attack, and must not be mangled. */
const prose: readonly HostileItem[] = [
  'Возврат оформлен',
  'Η επιστροφή εγκρίθηκε',
  '返金が承認されました',
  'تمت الموافقة',
  'החזר אושר',
  'คืนเงินแล้ว',
  '환불 승인',
  '退款已批准',
].map((text) => plain(`prose: ${text}`, text));

const EVERY: readonly HostileItem[] = [
  ...sizes,
  ...urls,
  ...ansi,
  ...svg,
  ...html,
  ...homoglyphs,
  ...prose,
  ...banners,
  ...unseen,
];

export const HOSTILE_ITEMS = 500;

/** The five hundred: where the rules make fewer, in names made of the unseen; where they make more, the last are left out. */
export function hostileCorpus(): readonly HostileItem[] {
  const more = range(0, Math.max(0, HOSTILE_ITEMS - EVERY.length - 1)).map((index) => {
    const first = UNSEEN[index % UNSEEN.length] ?? 0;
    const second = UNSEEN[(index * 7 + 3) % UNSEEN.length] ?? 0;
    const pair = [first, second].filter((codePoint) => codePoint >= 0x20);
    return {
      name: `two at once, ${index}`,
      text: `amount${char(first)}=${char(second)}129${index}`,
      seen: ['amount', `129${index}`],
      marked: pair.map(mark),
    };
  });
  return [...EVERY, ...more].slice(0, HOSTILE_ITEMS);
}

/** A line of a megabyte: more than a gate takes, and what a page must take all the same. */
export const MEGABYTE_LINE = `start ${'y'.repeat(1024 * 1024)} THE END`;
