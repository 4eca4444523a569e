import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  Scalar,
  visit,
  type YAMLMap,
} from 'yaml';

import type { FieldPath } from '../../api/validate.ts';
import { messageOf } from '../../platform/errors.ts';
import type { Finding } from './finding.ts';
import { sourceOffset } from './scalar-offset.ts';

/** A position in a file; both counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** One document of a file: its value, and where each field stands. */
export interface FileDocument {
  readonly file: string;
  readonly value: unknown;
  /** Where a field stands, or its nearest parent that is there; with `offset`, that character of its text. */
  readonly place: (at: FieldPath, offset?: number) => Place;
  /** Keys that kubectl reads as booleans: a bare on, off, yes, no, y or n. */
  readonly booleanKeys: readonly FieldPath[];
}

/** What a file of YAML (or JSON, which is YAML) holds: its documents, and what is wrong with its syntax. */
export interface ParsedFile {
  readonly documents: readonly FileDocument[];
  readonly findings: readonly Finding[];
}

/** Parses a file of one or more documents; reads bare booleans as kubectl does. Duplicate keys are errors. */
export function parseFile(file: string, text: string): ParsedFile {
  const lines = new LineCounter();
  try {
    const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, merge: true, uniqueKeys: true });
    const documents = Array.isArray(parsed) ? parsed : [];
    const read = documents.map((document) => readDocument({ file, text, lines }, document));
    return { documents: read.flatMap((one) => one.documents), findings: read.flatMap((one) => one.findings) };
  } catch (error) {
    // The parser has no limit of its own for depth: a file of brackets ends in an overflow of the stack.
    return failed(file, { line: 1, column: 1 }, `can not be read as YAML: ${messageOf(error)}`);
  }
}

interface Source {
  readonly file: string;
  readonly text: string;
  readonly lines: LineCounter;
}

function readDocument(source: Source, document: Document.Parsed): ParsedFile {
  if (document.errors.length > 0) {
    const findings = document.errors.map(({ pos, message, code }) => {
      const said =
        code === 'DUPLICATE_KEY' ? `the key ${wordAt(source.text, pos[0])} stands twice: remove one` : yamlSentence(message);
      return finding(source.file, placeOf(source, pos[0]), said);
    });
    return { documents: [], findings: firstOfLine(findings) };
  }
  if (document.contents === null) return { documents: [], findings: [] };
  const booleanKeys = readBooleans(document);
  try {
    const value: unknown = document.toJS();
    const place = (at: FieldPath, offset?: number): Place => placeOf(source, locate(source.text, document, at, offset));
    return { documents: [{ file: source.file, value, place, booleanKeys }], findings: [] };
  } catch (error) {
    return failed(source.file, placeOf(source, document.contents.range[0]), messageOf(error));
  }
}

// One slip makes the parser stumble again and again on the same line.
const firstOfLine = (findings: readonly Finding[]): Finding[] => [
  ...new Map(findings.toReversed().map((one) => [one.line, one])).values(),
];

const yamlSentence = (message: string): string => `this is not YAML: ${message}`;

const wordAt = (text: string, offset: number): string => /^[^\s:]+/.exec(text.slice(offset, offset + 200))?.[0] ?? '';

function placeOf(source: Source, offset: number): Place {
  const { line, col } = source.lines.linePos(offset);
  return { line, column: col };
}

const finding = (file: string, place: Place, message: string): Finding => ({
  file,
  ...place,
  path: '',
  message,
  severity: 'error',
});

const failed = (file: string, place: Place, message: string): ParsedFile => ({
  documents: [],
  findings: [finding(file, place, message)],
});

const TRUE_WORDS = ['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON'];
const FALSE_WORDS = ['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF'];

// kubectl reads YAML 1.1, in which these bare words are booleans; the parser reads 1.2, in which they are strings.
function readBooleans(document: Document.Parsed): FieldPath[] {
  const keys: FieldPath[] = [];
  visit(document, {
    Scalar: (role, node, ancestors) => {
      const isTrue = TRUE_WORDS.includes(node.source ?? '');
      if (node.type !== Scalar.PLAIN || !(isTrue || FALSE_WORDS.includes(node.source ?? ''))) return;
      if (role === 'key') keys.push(pathOf(ancestors, node));
      else node.value = isTrue;
    },
  });
  return keys;
}

// Each map entry on the way gives its key, each list the index of what comes next.
function pathOf(ancestors: readonly unknown[], node: Node): FieldPath {
  return [...ancestors, node].flatMap((ancestor, i, all): (string | number)[] => {
    if (isPair(ancestor)) return [String(ancestor.key)];
    return isSeq(ancestor) ? [ancestor.items.indexOf(all[i + 1])] : [];
  });
}

function locate(text: string, document: Document.Parsed, at: FieldPath, offset?: number): number {
  let node: Node | null | undefined = document.contents;
  let start = document.contents?.range[0] ?? 0;
  for (const part of at) {
    const found = child(document, node, part);
    if (!found) return start;
    ({ node, start } = found);
  }
  return offset !== undefined && isScalar(node) ? sourceOffset(text, node, offset) : start;
}

interface Child {
  readonly node: Node | null | undefined;
  readonly start: number;
}

// A field stands where its key does, an item of a list where it begins.
function child(document: Document.Parsed, parent: Node | null | undefined, part: string | number): Child | undefined {
  const node = isAlias(parent) ? parent.resolve(document) : parent;
  if (isSeq(node)) {
    const item = node.items[Number(part)] as Node | undefined;
    return item?.range ? { node: item, start: item.range[0] } : undefined;
  }
  return isMap(node) ? field(node, String(part)) : undefined;
}

function field(map: YAMLMap, name: string): Child | undefined {
  const pair = map.items.find(({ key }) => isScalar(key) && String(key.value) === name);
  const key = pair?.key as Scalar | undefined;
  return pair && key?.range ? { node: pair.value as Node | null, start: key.range[0] } : undefined;
}
