/** Which questions a piece of work asks the database, and how SQLite would answer each: scans show up here. */

import { CompiledQuery, type KyselyPlugin, type RootOperationNode } from 'kysely'
import type { Store } from '../../src/store/index.ts'

/** A store that notes every statement that goes through it. */
export function watchedStore(store: Store): { store: Store; statements: ReadonlyMap<string, CompiledQuery> } {
  const statements = new Map<string, CompiledQuery>()
  const note = (node: RootOperationNode, queryId: Parameters<KyselyPlugin['transformQuery']>[0]['queryId']) => {
    const compiled = store.db.getExecutor().compileQuery(node, queryId)
    statements.set(compiled.sql, compiled)
  }
  const plugin: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      note(node, queryId)
      return node
    },
    transformResult: async ({ result }) => result,
  }
  const watched: Store = {
    ...store,
    db: store.db.withPlugin(plugin),
    transaction: (work) => store.transaction((tx) => work(tx.withPlugin(plugin))),
  }
  return { store: watched, statements }
}

/** Each statement with its plan, in one order; texts of equal plans are equal. */
export async function plansOf(store: Store, statements: Iterable<CompiledQuery>): Promise<string[]> {
  const plans: string[] = []
  for (const { sql, parameters } of statements) {
    const found = await store.db.executeQuery<{ detail: string }>(
      CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]),
    )
    plans.push(`${sql}\n${found.rows.map(({ detail }) => `  ${detail}`).join('\n')}`)
  }
  return plans.sort()
}
