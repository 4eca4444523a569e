import { createLogger, format, transports, type Logger } from 'winston';

export type { Logger } from 'winston';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** A logger that writes one JSON object a line to standard error: a constant sentence, and fields beside it. */
export function newLogger(level: LogLevel): Logger {
  return createLogger({
    level,
    format: format.combine(format.timestamp(), format.json()),
    transports: [new transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] })],
  });
}

/** A logger that says nothing, for commands that print for people. */
export const silentLogger = (): Logger => createLogger({ silent: true, transports: [new transports.Console()] });
