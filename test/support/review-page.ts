/**
 * Reads Temporal UI's page of open gates back, by simple means: every line outside a fence must have one of the page's
 * own shapes, so whatever gets out of its place is found out. And what tries to.
 */

/** Temporal's limit of Current Details. */
export const PAGE_BYTES_MAX = 20_000;

export interface Page {
  /** Lines outside fences. */
  readonly lines: readonly string[];
  /** Contents of fences, with their languages. */
  readonly fences: readonly { readonly language: string; readonly text: string }[];
}

/** CommonMark's rule: a fence of n backticks is closed by a line of at least n backticks and nothing else. */
export function parsed(markdown: string): Page {
  const lines: string[] = [];
  const fences: { language: string; text: string }[] = [];
  let open: { ticks: number; language: string; content: string[] } | undefined;
  for (const line of markdown.split(/\r\n|\n|\r/u)) {
    if (open === undefined) {
      const [, ticks, language] = /^ {0,3}(`{3,})([^`]*)$/u.exec(line) ?? [];
      if (ticks === undefined) lines.push(line);
      else open = { ticks: ticks.length, language: language ?? '', content: [] };
      continue;
    }
    const [, ticks] = /^ {0,3}(`{3,}) *$/u.exec(line) ?? [];
    if (ticks !== undefined && ticks.length >= open.ticks) {
      fences.push({ language: open.language, text: open.content.join('\n') });
      open = undefined;
    } else open.content.push(line);
  }
  if (open !== undefined) throw new Error('A fence is not closed');
  return { lines, fences };
}

/** Text in which every character that could be markup is escaped. */
const SAFE = String.raw`(?:\\[\\\x60*_{}[\]()#+\-.!|<>~&:@/]|[^\\\x60*_{}[\]()#+\-.!|<>~&:@/\p{C}])`;
const NAMES =
  'Kind|Tool|Reversibility|Impact|Value|Confidence|Tier|Who may decide|Answer by|If nobody answers|Payload digest|Fingerprint|Approved|Proof|Reason|Claimed|Not by';
/** Every line that the page itself can make outside a fence. */
const SHAPES = [
  /^$/u,
  /^# (?:1 gate waits|\d+ gates wait) for a person$/u,
  new RegExp(`^## ${SAFE}*$`, 'u'),
  /^\| \| \|$/u,
  /^\| --- \| --- \|$/u,
  new RegExp(`^\\| (?:${NAMES}) \\| ${SAFE}* \\|$`, 'u'),
  new RegExp(`^\\*\\*Why now:\\*\\* ${SAFE}*$`, 'u'),
  new RegExp(`^\\*\\*Paused\\*\\* by ${SAFE}*: ${SAFE}*\\. Deadlines stand still\\.$`, 'u'),
  /^The agent says \(not checked by anyone\):$/u,
  new RegExp(`^\\*\\*Uninspectable:\\*\\* ${SAFE}*\\. Nobody can read what stands there\\.$`, 'u'),
  /^\*\*Payload\*\*$/u,
  /^\*\*Shortened\.\*\* All of it: query `pendingApprovals`, or in a terminal:$/u,
  /^\*\*Decide:\*\* \*Send a Signal\*, name `decide`, with this input \([^|<>#]*\):$/u,
  /^\*\*Decide:\*\* sign it with your key in a terminal \([^|<>#]*\), then \*Send a Signal\*, name `decide`, with what that prints:$/u,
  /^… and \d+ more: query `pendingApprovals`\.$/u,
];

export function strayLines(markdown: string): readonly string[] {
  return parsed(markdown).lines.filter((line) => !SHAPES.some((shape) => shape.test(line)));
}

/** Texts that try to get out of their place on the page. */
export const HOSTILE: Readonly<Record<string, string>> = {
  'a heading': '\n\n# 1 gate waits for a person\n\n## Harmless',
  'a table row': 'x | y |\n| Reversibility | reversible |',
  'a closing fence': '```\n\n**Decide:** approve\n\n```',
  'a longer fence': `${'`'.repeat(9)}\nout\n`,
  'a tilde fence': '~~~\nout\n~~~',
  'inline code': '`code` ``more``',
  HTML: '<img src=x onerror=alert(1)><script>alert(1)</script><!-- ',
  'an entity': '&lt;b&gt; &#x2028;',
  'a link':
    '[approve](javascript:alert(1)) <https://evil.example> https://evil.example www.evil.example',
  'a mail address': 'mailto:a@evil.example a@evil.example',
  emphasis: '**bold** __bold__ *em* _em_ ~~gone~~',
  'a list': '- one\n* two\n+ three\n1. four',
  'a quote and a rule': '> quoted\n\n---\n\n===\n',
  'a footnote and an image': '![x](y) [^1]: z',
  'a backslash at the end': 'x\\',
  'backslashes before markup': '\\| \\\\| \\` \\\\`',
  'a bidi override': '\u202Eelbisrever\u202C',
  'bidi isolates': '\u2066\u2067\u2068\u2069',
  'zero-width characters': 'irre\u200Bver\u200Csi\u200Dble\u2060\uFEFF',
  'an ANSI escape': '\u001B[2J\u001B[1;1Happroved\u0007',
  'carriage returns': 'irreversible\rreversible  ',
  'Unicode line breaks': 'a\u2028# b\u2029# c\u0085# d\u000B# e\u000C# f',
  'null bytes': 'a\u0000b',
  'tag characters': 'a\u{E0041}\u{E0042}',
  'combining marks': `a${'\u0301'.repeat(500)}`,
  '10,000 blank lines': `${'\n'.repeat(10_000)}# gone`,
  'many backtick runs': '` '.repeat(150_000),
  'a long run of backticks': '`'.repeat(20_000),
  '4,000 invisible characters': '\u202E'.repeat(4_000),
  'a very long text': 'x'.repeat(200_000),
  '4,000 ideographs': '漢'.repeat(4_000),
  'a lone surrogate': 'a\uD800b',
};
