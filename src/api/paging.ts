/** Lists in pages: a cursor is the sort key of the last item, so that new rows never shift the next page. */

import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { z } from 'zod'

export const itemsPerPageMax = 200

type Key = readonly (string | number)[]

const keyParts = z.array(z.union([z.string(), z.number()])).min(1)

const cursor = z.string().transform((text, context): Key => {
  try {
    return keyParts.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
  } catch {
    context.addIssue({ code: 'custom', message: 'is no cursor: use the `next` of the page before' })
    return z.NEVER
  }
})

/** The two fields that every list takes; spread into the query of a list with filters. */
export const pageFields = {
  limit: z.coerce.number().int().min(1).max(itemsPerPageMax).default(50),
  after: cursor.optional(),
}

export const pageQuery = z.strictObject(pageFields)

export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next: z.string().nullable() })

export const cursorOf = (key: Key): string => Buffer.from(JSON.stringify(key)).toString('base64url')

/** `rows` were asked for one beyond the limit: that one only says that there is a next page. */
export function paged<Row, Item>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => Key,
  itemOf: (row: Row) => Item,
): { items: Item[]; next: string | null } {
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return { items: page.map(itemOf), next: rows.length > limit && last ? cursorOf(keyOf(last)) : null }
}

/** The condition that a row comes after a key. A column that sorts downwards ends in ` desc`. True without a key. */
export function beyond(columns: readonly string[], key: Key | undefined): RawBuilder<SqlBool> {
  if (!key || key.length !== columns.length) return sql<SqlBool>`1 = 1`
  const steps = columns.map((column, index) => {
    const equal = columns.slice(0, index).map((one, at) => sql`${sql.ref(nameOf(one))} = ${key[at]}`)
    const further = sql`${sql.ref(nameOf(column))} ${sql.raw(column.endsWith(' desc') ? '<' : '>')} ${key[index]}`
    return sql`(${sql.join([...equal, further], sql` and `)})`
  })
  return sql<SqlBool>`(${sql.join(steps, sql` or `)})`
}

/** The condition that a row has exactly this key. */
export const exactly = (columns: readonly string[], key: Key): RawBuilder<SqlBool> =>
  sql<SqlBool>`(${sql.join(
    columns.map((column, index) => sql`${sql.ref(column)} = ${key[index]}`),
    sql` and `,
  )})`

const nameOf = (column: string) => column.replace(/ desc$/, '')
