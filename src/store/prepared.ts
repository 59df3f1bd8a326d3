/** Statements that run by the thousand: each is built once, and only its values change. */

import type { CompiledQuery } from 'kysely'
import type { Db, Tx } from './tables.ts'

type Value = string | number | null

/** Stands for a value while a statement is built, and refuses to be looked at: what it will be is not known yet. */
class Slot {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
  [Symbol.toPrimitive](): never {
    throw new Error(`A prepared statement looked at its value ${this.name} while it was built.`)
  }
}

/**
 * Makes a statement of `build`, which is called once per kind of database with stand-ins for the values: it may put them
 * into the statement, never compute with them or decide by them. Building costs several times as much as running does.
 */
export function prepared<V extends { readonly [Name in keyof V]: Value }, Row>(
  build: (db: Db | Tx, values: V) => { compile(): CompiledQuery<Row> },
): (db: Db | Tx, values: V) => Promise<Row[]> {
  const built = new WeakMap<object, CompiledQuery<Row>>()
  return async (db, values) => {
    const { adapter } = db.getExecutor()
    let query = built.get(adapter)
    if (!query) {
      query = build(db, slotsOf(values)).compile()
      built.set(adapter, query)
    }
    const given = new Map<string, unknown>(Object.entries(values))
    const parameters = query.parameters.map((one) => (one instanceof Slot ? filled(one, given) : one))
    const { rows } = await db.executeQuery<Row>({ ...query, parameters })
    return rows
  }
}

/** The cast is safe: a builder may only hand the slots on to Kysely, which takes any object for a value, and slots refuse all else. */
const slotsOf = <V extends object>(values: V) =>
  Object.fromEntries(Object.keys(values).map((name) => [name, new Slot(name)])) as unknown as V

function filled({ name }: Slot, given: ReadonlyMap<string, unknown>): unknown {
  const value = given.get(name)
  if (value === undefined) throw new Error(`A prepared statement was given no value for ${name}.`)
  return value
}
