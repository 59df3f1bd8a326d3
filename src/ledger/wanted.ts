/** Questions for the shops: what a hint leaves to be fetched. Asking twice before the answer is asking once. */

import type { Wanted } from '../channel.ts'
import type { AccountId } from '../domain.ts'
import { prepared } from '../store/prepared.ts'
import type { Tx } from '../store/tables.ts'

const ask = prepared((db, row: { account: string; kind: string; subject: string; stamp: string }) =>
  db
    .insertInto('fetch_wanted')
    .values({ ...row, rev: 1 })
    .onConflict((conflict) =>
      conflict
        .columns(['account', 'kind', 'subject'])
        .doUpdateSet((eb) => ({ rev: eb('fetch_wanted.rev', '+', 1), stamp: row.stamp })),
    ),
)

export async function want(tx: Tx, account: AccountId, wanted: Wanted, newId: () => string): Promise<void> {
  for (const subject of wanted.ids) await ask(tx, { account, kind: wanted.kind, subject, stamp: newId() })
}
