/** Questions for the shops: what a hint leaves to be fetched. Asking twice before the answer is asking once. */

import type { Wanted } from '../channel.ts'
import type { AccountId } from '../domain.ts'
import type { Tx } from '../store/tables.ts'

export async function want(tx: Tx, account: AccountId, wanted: Wanted, newId: () => string): Promise<void> {
  for (const subject of wanted.ids) {
    const stamp = newId()
    await tx
      .insertInto('fetch_wanted')
      .values({ account, kind: wanted.kind, subject, rev: 1, stamp })
      .onConflict((conflict) =>
        conflict
          .columns(['account', 'kind', 'subject'])
          .doUpdateSet((eb) => ({ rev: eb('fetch_wanted.rev', '+', 1), stamp })),
      )
      .execute()
  }
}
