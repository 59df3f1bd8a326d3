/** Who did what: a book that is only ever added to, in the transaction of what was done. */

import type { Clock } from '../clock.ts'
import type { Db } from '../store/tables.ts'
import type { Who } from './roles.ts'

export interface Deed {
  readonly who: Who
  /** A thing and what became of it: `token.created`, `order.personal-seen`. */
  readonly what: string
  /** What it was done to: an id, never a name or an address of a buyer. */
  readonly subject: string
  /** What helps to understand it later. Never a secret, never personal data. */
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>
}

/** Adds one line; given a transaction it stands or falls with what was done. */
export type Audit = (tx: Db, deed: Deed) => Promise<void>

export function createAudit(deps: { readonly clock: Clock; newId(): string }): Audit {
  return async (tx, { who, what, subject, detail = {} }) => {
    await tx
      .insertInto('audit')
      .values({
        id: deps.newId(),
        at: deps.clock.now(),
        who_kind: who.kind,
        who_id: who.id,
        who_name: who.name,
        what,
        subject,
        detail: JSON.stringify(detail),
        from_address: who.from ?? null,
      })
      .execute()
  }
}
