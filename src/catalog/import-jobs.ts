/** The book of imports: one per shop, how far it is and where it goes on, so that a stop in the middle costs nothing. */

import type { WalkPoint } from '../channel.ts'
import type { AccountId, Instant } from '../domain.ts'
import type { Db, ImportJobTable, Tx } from '../store/tables.ts'

/** A process that has not said for this long that it works on an import is taken for dead. */
export const importLeaseMs = 15_000

const underWay = ['listings', 'shelves'] as const

export const isUnderWay = ({ state }: Pick<ImportJobTable, 'state'>): boolean => underWay.some((one) => one === state)

export const importOf = async (db: Db | Tx, account: string): Promise<ImportJobTable | undefined> =>
  await db.selectFrom('import_job').selectAll().where('account', '=', account).executeTakeFirst()

export interface Claim {
  readonly owner: string
  readonly by: string
  readonly now: Instant
}

/** A new import of this shop, or the one that is under way. `isNew` says that whoever asked has to do it. */
export async function openImport(
  tx: Tx,
  account: AccountId,
  { owner, by, now }: Claim,
  id: string,
): Promise<{ job: ImportJobTable; isNew: boolean }> {
  const job: ImportJobTable = {
    account,
    id,
    state: 'listings',
    resume: '',
    done: 0,
    total: null,
    asked_by: by,
    started_at: now,
    shelves_at: null,
    ended_at: null,
    reason: null,
    owner,
    beat_at: now,
  }
  const opened = await tx
    .insertInto('import_job')
    .values(job)
    .onConflict((conflict) => conflict.column('account').doUpdateSet(job).where('import_job.state', 'not in', underWay))
    .returning('id')
    .executeTakeFirst()
  if (opened?.id === id) return { job, isNew: true }
  const running = await importOf(tx, account)
  if (!running) throw new Error(`The import of ${account} vanished while it was opened.`)
  return { job: running, isNew: false }
}

/** An import that nobody works on any more becomes ours. */
export async function takeOverImports(db: Db, { owner, now }: Omit<Claim, 'by'>): Promise<ImportJobTable[]> {
  return await db
    .updateTable('import_job')
    .set({ owner, beat_at: now })
    .where('state', 'in', underWay)
    .where((eb) => eb.or([eb('owner', 'is', null), eb('beat_at', '<=', now - importLeaseMs)]))
    .returningAll()
    .execute()
}

/** When the next import may be taken over; undefined when none is under way elsewhere. */
export async function nextTakeOverAt(db: Db, owner: string): Promise<Instant | undefined> {
  const rows = await db
    .selectFrom('import_job')
    .select(['owner', 'beat_at'])
    .where('state', 'in', underWay)
    .where((eb) => eb.or([eb('owner', 'is', null), eb('owner', '<>', owner)]))
    .execute()
  const times = rows.map((row) => (row.owner === null ? row.beat_at : row.beat_at + importLeaseMs))
  return times.length === 0 ? undefined : Math.min(...times)
}

export type ImportStep = Partial<
  Pick<ImportJobTable, 'state' | 'shelves_at' | 'ended_at' | 'reason' | 'owner' | 'beat_at'>
>

/** False when another process has taken it over: then this one has to stop. */
export async function moveImport(db: Db, job: ImportJobTable, step: ImportStep, walk?: WalkPoint): Promise<boolean> {
  const moved = await db
    .updateTable('import_job')
    .set({ ...step, ...(walk && { resume: walk.resume, done: walk.done, total: walk.total ?? null }) })
    .where('account', '=', job.account)
    .where('id', '=', job.id)
    .where('owner', '=', job.owner)
    .returning('account')
    .execute()
  return moved.length > 0
}

export interface ImportProgress {
  /** Of what: the shop's own list, then the shelves of what was found. */
  readonly phase: 'listings' | 'shelves'
  readonly done: number
  /** Null while the shop has not said how many there are. */
  readonly total: number | null
}

/** How far it is, counted in the books and never guessed. */
export async function progressOf(db: Db, job: ImportJobTable): Promise<ImportProgress> {
  if (job.state === 'listings' || job.shelves_at === null)
    return { phase: 'listings', done: job.done, total: job.total }
  const registers = await db
    .selectFrom('listing')
    .select((eb) => eb.fn.count<number>('register').distinct().as('n'))
    .where('account', '=', job.account)
    .where('state', '<>', 'deleted')
    .executeTakeFirstOrThrow()
  const read = await db
    .selectFrom('shelf')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('account', '=', job.account)
    .where('read_at', '>=', job.shelves_at)
    .executeTakeFirstOrThrow()
  const total = Number(registers.n)
  return { phase: 'shelves', done: Math.min(Number(read.n), total), total }
}
