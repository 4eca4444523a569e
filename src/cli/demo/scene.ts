import type { Session } from '../../parts/index.ts';
import type { Example } from './example.ts';
import type { Kubectl } from './kubectl.ts';
import type { DemoIo, DemoOptions } from './options.ts';
import type { Screen } from './screen.ts';
import type { Bins, OperatorProcess, Stage } from './stage.ts';

/** What the telling of the story needs. */
export interface Telling {
  readonly options: DemoOptions;
  readonly io: DemoIo;
  readonly session: Session;
  readonly screen: Screen;
}

/** Everything that runs, and what is asked of it. */
export interface World extends Stage {
  readonly bins: Bins;
  readonly kubectl: Kubectl;
  readonly operator: OperatorProcess;
  readonly example: Example;
}

/** Where a step is played. */
export interface Scene {
  readonly world: World;
  readonly telling: Telling;
}
