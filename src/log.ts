/** One line of JSON per fact, past tense, to standard output; never a secret, never an address. */

export type Facts = Readonly<Record<string, string | number | boolean | null | undefined>>

export interface Log {
  info(fact: string, facts?: Facts): void
  warn(fact: string, facts?: Facts): void
  error(fact: string, facts?: Facts): void
}

export function createLog(write: (line: string) => void, now: () => number): Log {
  const at =
    (level: string) =>
    (fact: string, facts: Facts = {}) =>
      write(JSON.stringify({ at: new Date(now()).toISOString(), level, fact, ...facts }))
  return { info: at('info'), warn: at('warn'), error: at('error') }
}

export const silentLog: Log = { info() {}, warn() {}, error() {} }

/** An error as one short text without its stack: stacks may hold what was being handled. */
export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, 500)
