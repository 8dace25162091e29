/** The canonical text that is hashed, its digest, and the fingerprint that two people can compare. */
import { type ReactNode, useMemo, useState } from 'react';
import { shownText } from '../../domain/text/shown-text.ts';
import type { ShownBytes } from '../model/intact-payload.ts';
import { counted } from '../model/words.ts';
import { Button } from './button.tsx';
import { Marked } from './shown.tsx';

export function Fingerprint({ digits }: { readonly digits: string }): ReactNode {
  return (
    <span className="fingerprint">
      {digits.split(' ').map((group, index) => (
        <span key={index}>{group} </span>
      ))}
    </span>
  );
}

export function ExactBytes({
  bytes,
  digest,
}: {
  readonly bytes: ShownBytes;
  readonly digest: string;
}): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const { text, isWhatRuns } = bytes;
  return (
    <details className="exact" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Exact bytes, digest and fingerprint</summary>
      <dl className="facts">
        <dt>Fingerprint</dt>
        <dd>
          <Fingerprint digits={bytes.fingerprint} />
        </dd>
        <dt>SHA-256</dt>
        <dd>
          <code className="digest">{digest}</code>
        </dd>
        <dt>Compared here</dt>
        <dd>
          {isWhatRuns
            ? 'This browser hashed the payload above: it has this digest.'
            : 'The payload above does NOT have this digest.'}
        </dd>
      </dl>
      {isOpen && text !== undefined ? <CanonicalText text={text} size={bytes.bytes} /> : null}
    </details>
  );
}

function CanonicalText({
  text,
  size,
}: {
  readonly text: string;
  readonly size: number;
}): ReactNode {
  const shown = useMemo(() => shownText(text), [text]);
  const [copied, setCopied] = useState('');
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => setCopied('Copied.'),
      () => setCopied('The browser does not allow it.'),
    );
  };
  return (
    <>
      <p className="left-out">
        Canonical JSON (RFC 8785), {counted(size, 'byte')} of UTF-8.{' '}
        <Button look="quiet" onPress={copy}>
          Copy
        </Button>{' '}
        <span role="status">{copied}</span>
      </p>
      <pre className="canonical">
        <Marked text={shown} />
      </pre>
    </>
  );
}
