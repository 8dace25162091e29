/**
 * A payload as a tree (H1: every leaf is here). Long leaves are shortened with a count and shown in full at a press; what
 * nobody can read is loud. Text nodes alone: nothing of a payload is ever markup, a link or an address that is loaded.
 */
import { type ReactNode, useMemo, useState } from 'react';
import type { Json } from '../../domain/text/json.ts';
import { opacityText, type PayloadLeaf } from '../../domain/text/payload-leaves.ts';
import { type TextLine, textLines } from '../model/leaf-lines.ts';
import {
  payloadTree,
  type TreeBranch,
  type TreeLeaf,
  type TreeNode,
} from '../model/payload-tree.ts';
import { counted, numberText } from '../model/words.ts';
import { Button } from './button.tsx';
import { Marked } from './shown.tsx';

const LEAF_CHARACTERS = 600;
const LINES = 24;
const LINE_CHARACTERS = 400;
/** Members of one branch that are drawn at once: more would hold up the page. */
const CHILDREN = 300;

export function PayloadView({ payload }: { readonly payload: Json }): ReactNode {
  const tree = useMemo(() => payloadTree(payload), [payload]);
  if (tree.kind === 'leaf') return <LeafValue node={tree} />;
  return <Branch branch={tree} isRoot />;
}

function Branch({
  branch,
  isRoot = false,
}: {
  readonly branch: TreeBranch;
  readonly isRoot?: boolean;
}): ReactNode {
  const [most, setMost] = useState(CHILDREN);
  const { children, isList } = branch;
  const more = children.length - most;
  return (
    <>
      <ul className={isRoot ? 'payload root' : 'payload'} data-list={isList}>
        {children.slice(0, most).map((child) => (
          <Member key={child.pointer} node={child} isOfList={isList} />
        ))}
      </ul>
      {more > 0 ? (
        <p className="left-out">
          {counted(more, 'more member', 'more members')} not drawn yet.{' '}
          <Button look="quiet" onPress={() => setMost(Infinity)}>
            Show all {numberText(children.length)}
          </Button>
        </p>
      ) : null}
    </>
  );
}

function Member({
  node,
  isOfList,
}: {
  readonly node: TreeNode;
  readonly isOfList: boolean;
}): ReactNode {
  return (
    <li data-pointer={node.pointer}>
      <span className={isOfList ? 'member index' : 'member'}>
        <Marked text={node.name} />
      </span>
      {node.kind === 'leaf' ? (
        <LeafValue node={node} />
      ) : (
        <div className="below">
          <span className="size">
            {counted(node.children.length, node.isList ? 'item' : 'member')}
          </span>
          <Branch branch={node} />
        </div>
      )}
    </li>
  );
}

function LeafValue({ node }: { readonly node: TreeLeaf }): ReactNode {
  const { leaf, value } = node;
  const { uninspectable, decoded = [] } = leaf;
  const hasLines = typeof value === 'string' && value.includes('\n');
  return (
    <div className={uninspectable === undefined ? 'leaf' : 'leaf uninspectable'}>
      {uninspectable === undefined ? null : (
        <strong className="loud">
          <span aria-hidden="true">⚠</span> Uninspectable: {opacityText(uninspectable)}. Nobody can
          read what it holds.
        </strong>
      )}
      {hasLines ? <LinedText text={value} /> : <OneLine leaf={leaf} value={value} />}
      {decoded.map(({ from, text }, index) => (
        <DecodedText key={index} from={from} text={text} />
      ))}
    </div>
  );
}

function typeWord(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  return typeof value;
}

function OneLine({ leaf, value }: { readonly leaf: PayloadLeaf; readonly value: Json }): ReactNode {
  return (
    <Shortened text={leaf.text} className={`value ${typeWord(value)}`} characters={leaf.length} />
  );
}

function Shortened({
  text,
  className,
  characters,
}: {
  readonly text: string;
  readonly className: string;
  /** Of what stands there, before anything was marked. */
  readonly characters: number;
}): ReactNode {
  const [isWhole, setWhole] = useState(false);
  const isLong = text.length > LEAF_CHARACTERS;
  const shown = isWhole || !isLong ? text : wholeMarks(text.slice(0, LEAF_CHARACTERS));
  return (
    <>
      <code className={className}>
        <Marked text={shown} />
      </code>
      {isLong ? (
        <p className="left-out">
          {isWhole
            ? `All ${counted(characters, 'character')}. `
            : `Shortened: ${counted(characters, 'character')} in all. `}
          <Button look="quiet" onPress={() => setWhole(!isWhole)}>
            {isWhole ? 'Shorten' : 'Show all of it'}
          </Button>
        </p>
      ) : null}
    </>
  );
}

/** Never through the middle of a mark or of a surrogate pair. */
function wholeMarks(text: string): string {
  return `${text.replace(/⟦[^⟧]*$/, '').replace(/[\uD800-\uDBFF]$/, '')}…`;
}

function DecodedText({ from, text }: { readonly from: string; readonly text: string }): ReactNode {
  return (
    <div className="decoded">
      <span className="decoded-from">read as {from}</span>
      <Shortened text={text} className="value decoded-text" characters={text.length} />
    </div>
  );
}

function LinedText({ text }: { readonly text: string }): ReactNode {
  const [isWhole, setWhole] = useState(false);
  const { lines, count, more } = useMemo(
    () =>
      textLines(text, {
        linesMax: isWhole ? Infinity : LINES,
        charactersMax: isWhole ? Infinity : LINE_CHARACTERS,
      }),
    [text, isWhole],
  );
  const isCut =
    more > 0 || lines.some((line) => 'text' in line && line.text.includes(' more characters)'));
  return (
    <>
      <ol className="lines" aria-label={`Text of ${counted(count, 'line')}`}>
        {lines.map((line) => (
          <Line key={'line' in line ? line.line : `blank ${line.blankFrom}`} line={line} />
        ))}
      </ol>
      <p className="left-out">
        {counted(count, 'line')}, {counted(text.length, 'character')}.
        {more > 0 ? ` ${counted(more, 'line')} not shown here.` : ''}{' '}
        {isCut || isWhole ? (
          <Button look="quiet" onPress={() => setWhole(!isWhole)}>
            {isWhole ? 'Shorten' : 'Show all of it'}
          </Button>
        ) : null}
      </p>
    </>
  );
}

function Line({ line }: { readonly line: TextLine }): ReactNode {
  if ('blank' in line) {
    return (
      <li className="blank-run">
        {counted(line.blank, 'blank line')} (from line {numberText(line.blankFrom)})
      </li>
    );
  }
  return (
    <li>
      <span className="line-number">{line.line}</span>
      <code>
        <Marked text={line.text} />
      </code>
    </li>
  );
}
