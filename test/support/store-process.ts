/** Another process on the same database: opens the store, adds one to a balance some times by reading and writing, and says what it saw. */

import { systemClock, systemRandom } from '../../src/clock.ts'
import { openStore } from '../../src/store/index.ts'

const [url = '', times = '0'] = process.argv.slice(2)
const store = await openStore(url, { clock: systemClock, random: systemRandom })
for (let i = 0; i < Number(times); i++) {
  await store.transaction(async (tx) => {
    const row = await tx
      .selectFrom('balance')
      .select('on_hand')
      .where('sku', '=', 'MUG')
      .forUpdate()
      .executeTakeFirstOrThrow()
    await tx
      .updateTable('balance')
      .set({ on_hand: row.on_hand + 1 })
      .where('sku', '=', 'MUG')
      .execute()
  })
}
const schema = await store.db.selectFrom('meta').selectAll().execute()
process.stdout.write(JSON.stringify(schema))
await store.close()
