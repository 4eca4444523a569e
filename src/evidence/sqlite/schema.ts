/** Stands in `meta`, so that a file of another program is not taken for ours. */
export const FORMAT = 'assay-evidence';
/** Version of these tables; a program opens only the versions that it knows. */
export const SCHEMA_VERSION = 1;

/*
 * A head is stored in columns, not as text: it is half as large, and its digest tells whether it was put together again rightly.
 * `part.body` is zstd. Batches of one service hardly differ from minute to minute, so their parts are compressed with an earlier
 * batch as the dictionary: 52 bytes an observation of three series where zstd alone needs 127 and the text 850.
 */
export const SCHEMA = `
CREATE TABLE meta (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  format TEXT NOT NULL,
  version INTEGER NOT NULL,
  leader_epoch INTEGER NOT NULL
) STRICT;
INSERT INTO meta VALUES (1, '${FORMAT}', ${SCHEMA_VERSION}, 0);

-- AUTOINCREMENT: the number of a service is never used again.
CREATE TABLE service (
  k INTEGER PRIMARY KEY AUTOINCREMENT,
  namespace TEXT NOT NULL,
  service TEXT NOT NULL,
  UNIQUE (namespace, service)
) STRICT;

CREATE TABLE record (
  k INTEGER NOT NULL REFERENCES service (k),
  seq INTEGER NOT NULL,
  v INTEGER NOT NULL,
  kind TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  slot INTEGER,
  spec_digest TEXT,
  offset_ms INTEGER,
  digest BLOB NOT NULL,
  criterion TEXT,
  from_slot INTEGER NOT NULL,
  to_slot INTEGER NOT NULL,
  PRIMARY KEY (k, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX record_by_slot ON record (k, to_slot, from_slot, seq);
CREATE INDEX record_beside_observations ON record (k, seq) WHERE kind <> 'Observations';

CREATE TABLE dictionary (
  k INTEGER NOT NULL REFERENCES service (k),
  level TEXT NOT NULL,
  seq INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (k, level, seq)
) STRICT;

CREATE TABLE part (
  k INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  level TEXT NOT NULL,
  salt BLOB NOT NULL,
  hash BLOB NOT NULL,
  dictionary INTEGER,
  body BLOB NOT NULL,
  PRIMARY KEY (k, seq, level),
  FOREIGN KEY (k, seq) REFERENCES record (k, seq),
  FOREIGN KEY (k, level, dictionary) REFERENCES dictionary (k, level, seq)
) STRICT;

CREATE TABLE pending (
  id INTEGER PRIMARY KEY,
  k INTEGER NOT NULL REFERENCES service (k),
  recorded_at INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
CREATE INDEX pending_by_service ON pending (k);

CREATE TABLE cursor (
  name TEXT NOT NULL,
  k INTEGER NOT NULL REFERENCES service (k),
  seq INTEGER NOT NULL,
  PRIMARY KEY (name, k)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshot (
  k INTEGER NOT NULL REFERENCES service (k),
  criterion TEXT NOT NULL,
  judging_version INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  pending INTEGER NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (k, criterion)
) STRICT;
`;
