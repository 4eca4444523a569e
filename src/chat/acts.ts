import type { Forbidden, NotNow, Write, Writer, Written } from '../domain/writing.ts';

/** Writes what somebody asks for, as far as the rights of that person go. Never rejects. */
export interface Acts {
  /** Whether a person may write this; undefined where they may. */
  refusal(writer: Writer, write: Write): Promise<Forbidden | NotNow | undefined>;
  /** @param key the same for each delivery of one request, and for no other: so nothing is written twice */
  write(writer: Writer, write: Write, key: string): Promise<Written>;
}
