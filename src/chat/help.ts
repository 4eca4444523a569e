import type { Command, Language } from './intent.ts';
import { EXAMPLES } from './words.ts';

/** Names to show a command with. */
export interface ExampleNames {
  readonly service: string;
  readonly incident: string;
  readonly criterion: string;
}

export const COMMANDS = Object.keys(EXAMPLES) as readonly Command[];

/** Requests that show what a command is like; each is understood as that command. */
export function examplesOf(command: Command, language: Language, names: ExampleNames): readonly string[] {
  return EXAMPLES[command][language]
    .split('|')
    .map((text) => text.replace(/\{(service|incident|criterion)\}/g, (_match, kind: keyof ExampleNames) => names[kind]));
}
