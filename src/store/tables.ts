/** The books as Kysely sees them: every table, its key and what a row means. Times are milliseconds UTC, JSON is text. */

import type { Kysely, Transaction } from 'kysely'
import type { Actor, OrderState } from '../domain.ts'

/** A connected shop. `credentials` is sealed; `fulfilled_by` names the account that ships its orders (null: it ships itself). */
export interface AccountTable {
  id: string
  merchant: string
  platform: string
  title: string
  shop: string
  origin: string
  credentials: string
  settings: string
  fulfilled_by: string | null
  /** 1: the stock authority. What people count in this shop is the stock, and rights never change its on-hand count. */
  counts_stock: number
  /** JSON: what the shop taught us of itself, dispatcher/learned.ts. */
  learned: string
  state: 'active' | 'paused' | 'broken'
  /** Why it is broken, for people. */
  reason: string | null
  rev: number
  created_at: number
  /** Since when it has been connected this time: by its first connection, or by one after it was broken. */
  connected_at: number
  /** When somebody first said that it may be written to; null while it is only read. */
  live_at: number | null
  updated_at: number
}

export interface SkuTable {
  merchant: string
  sku: string
  title: string
  gtin: string | null
  safety_units: number
  rev: number
  created_at: number
}

export interface ListingTable {
  account: string
  listing: string
  register: string | null
  /** Registers written together or not at all. */
  register_group: string | null
  title: string
  sku_text: string | null
  gtin: string | null
  state: string
  counting: string
  shop_updated_at: number
  seen_at: number
}

/** One component of what a listing sells. A removed link keeps its row with `units` 0, so that revisions never run backwards. */
export interface LinkTable {
  account: string
  listing: string
  merchant: string
  sku: string
  units: number
  rev: number
  updated_at: number
}

/** The import of a shop: the one under way, or the last one. */
export interface ImportJobTable {
  account: string
  id: string
  state: 'listings' | 'shelves' | 'done' | 'failed'
  /** Where the walk through the shop's listings goes on, in the connector's own words; empty at its beginning. */
  resume: string
  /** Of the shop's own list, what has been read, and how much there is; null while the shop has not said. */
  done: number
  total: number | null
  asked_by: string
  started_at: number
  shelves_at: number | null
  ended_at: number | null
  reason: string | null
  /** The process that works on it, and when it last said so; null once it was put down. */
  owner: string | null
  beat_at: number
}

/** What somebody did to links in one go. Only ever added to, but for `undone_by`. */
export interface LinkActionTable {
  id: string
  at: number
  /** Who did it. */
  by: string
  what: 'link' | 'unlink' | 'confirm' | 'automatch' | 'file' | 'undo'
  /** The action that took it back. */
  undone_by: string | null
}

/** One listing that an action linked anew: JSON of what it sold before, and after. */
export interface LinkActionRowTable {
  action: string
  account: string
  listing: string
  before: string
  after: string
}

/** What a listing sold from a moment on, one row per component that changed; `units` 0 ends it. Only ever added to. */
export interface LinkChangeTable {
  account: string
  listing: string
  merchant: string
  sku: string
  units: number
  at: number
}

/** From which counter a listing sold from a moment on, and whether it was counted there. Only ever added to. */
export interface ListingChangeTable {
  account: string
  listing: string
  register: string | null
  state: string
  counting: string
  at: number
}

// ---- ingress

export interface InboxTable {
  id: string
  /** Empty when no account could be found for it. */
  account: string
  source: 'webhook' | 'fetch' | 'poll' | 'import' | 'manual'
  topic: string
  key: string
  body: string
  shop_time: number | null
  fetch_started_at: number | null
  received_at: number
}

export interface CursorTable {
  account: string
  topic: string
  since: number
  polled_at: number
}

// ---- ledger

export interface ReadingReceiptTable {
  delivery: string
  account: string
  outcome: 'posted' | 'ignored' | 'parked' | 'dismissed'
  readings: number
  reason: string | null
  at: number
  /** Sorts by when it was posted, among everything else that a process did; `at` moves on when a person dismisses it. */
  posted: string
}

export interface OrderHeadTable {
  account: string
  order_id: string
  name: string
  phase: string
  status: string
  /** The shop's own update time of the version applied last, and when the fetch that brought it began. */
  version_at: number
  fetched_at: number
  placed_at: number
  fulfilment: string
  currency: string
  snapshot: string
  /** `onhand:ACCOUNT:ORDER` when this order is our copy of another shop's. */
  reference: string | null
  delivery: string
  first_seen_at: number
  phase_since: number
  /** Lines whose listing is linked to no sku. */
  unlinked_lines: number
  stamp: string
}

export interface OrderLineTable {
  account: string
  order_id: string
  line_id: string
  listing: string
  register: string | null
  title: string
  sku_text: string | null
  quantity: number
  taken_units: number
  shipped_units: number
  /** JSON: what the line was linked to when it was first posted; a later change of links never rewrites it. */
  parts: string | null
}

export interface MovementTable {
  id: string
  merchant: string
  pool: string
  sku: string
  kind: 'receive' | 'adjust' | 'reserve' | 'release' | 'ship' | 'return'
  on_hand_delta: number
  reserved_delta: number
  account: string | null
  order_id: string | null
  line_id: string | null
  listing: string | null
  delivery: string
  reason: string | null
  at: number
}

export interface BalanceTable {
  merchant: string
  pool: string
  sku: string
  on_hand: number
  reserved: number
  /** Ever shipped: on hand + shipped is the cumulative physical stock. */
  shipped: number
  /** When what moved it last happened, by the shop's clock: latency is measured from here. */
  moved_at: number
  /** When somebody first said how much there is; until then nothing is planned, because what is not known is not nothing. */
  counted_at: number | null
  rev: number
}

/** Units that an order took from a register (or gave back), append-only: `register_count` is their sum. */
export interface TakingTable {
  id: string
  account: string
  register: string
  order_id: string
  line_id: string
  units: number
  /** When the shop did it, by its clock; demand is counted by it. */
  shop_at: number
  delivery: string
  at: number
}

/** Units that the shop's own orders took from a register and have not given back, as far as we know. */
export interface RegisterCountTable {
  account: string
  register: string
  taken_units: number
  /** Units that have left from there, our copies of other shops' orders included. */
  shipped_units: number
}

export interface ShelfTable {
  account: string
  register: string
  available_units: number
  committed_units: number | null
  /** Of the available ones, what the platform keeps for campaigns and creators; null where it tells of none. */
  locked_units: number | null
  /** Held by checkouts that are paying and taken out of the available ones; null where the shop shows none. */
  held_units: number | null
  /** Physically there by the shop's own count; null where it keeps none. */
  on_hand_units: number | null
  /** Committed units of orders that were there before we were, as far as they are still open. */
  unknown_committed: number | null
  read_at: number
  delivery: string
}

/** What a counter showed when its shop went live, before anything was written to it; kept once. */
export interface ShelfSnapshotTable {
  account: string
  register: string
  units: number
  read_at: number
  kept_at: number
  /** Who let it go live. */
  kept_by: string
}

export interface ShipmentTable {
  account: string
  shipment_id: string
  order_id: string
  version_at: number
  fetched_at: number
  cancelled: number
  carrier: string | null
  numbers: string
  url: string | null
  lines: string
  delivery: string
  first_seen_at: number
  /** JSON: who said that the number is right although the gate doubts it, when and why. */
  confirmed: string | null
  stamp: string
}

/** Goods that a buyer sends back, as the shop tells it. The shop's word alone moves no stock. */
export interface ReturnCaseTable {
  account: string
  return_id: string
  order_id: string
  /** The shop's own words; its reason is null where it gives none. */
  status: string
  reason: string | null
  /** Its reason in our words. */
  cause: string | null
  /** JSON: the lines of the order that it is about, with their units. */
  lines: string
  delivery: string
  first_seen_at: number
}

/** What somebody found of the goods of a return, append-only: each unit is in one row at most. */
export interface ReturnInspectionTable {
  id: string
  account: string
  return_id: string
  order_id: string
  line_id: string
  units: number
  verdict: 'sellable' | 'damaged' | 'lost'
  made_by: string
  note: string
  delivery: string
  at: number
}

export interface ProviderTable {
  account: string
  delivery_option: string
  provider: string
  name: string
}

/** An order that was settled again from the snapshot kept, because its listings were linked since. Only ever added to. */
export interface SettledAgainTable {
  id: string
  account: string
  order_id: string
  at: number
}

/** A question that only the shop can answer. Asked again while `rev` is beyond what its receipt has seen. */
export interface FetchWantedTable {
  account: string
  kind: string
  subject: string
  rev: number
  stamp: string
}

// ---- planner

export interface PlanTable {
  /** `stock`, `order` or `shipment`. */
  book: string
  subject: string
  /** The revisions that the plan was made from, as one text. */
  seen: string
  wake_at: number | null
}

/** The parcel that has a tracking number, in normal form: no other one may be told with it. */
export interface ParcelNumberTable {
  number: string
  account: string
  shipment_id: string
  /** Of the order that was sold. */
  reference: string
  at: number
}

/** How far an order is. It follows from the books before it and from time, so that it may be made again from them. */
export interface OrderLifeTable {
  account: string
  order_id: string
  /** 1 for an order that we made for another shop's: it is counted where it was sold. */
  is_copy: number
  state: OrderState
  since: number
  /** Who must act, as far as the planner knows: what the dispatcher has parked comes on top. */
  next_actor: Actor
  /** JSON: `KeptDeadline[]` of planner/life.ts. */
  deadlines: string
  /** JSON: `Oddity[]` of planner/life.ts, moves that the platform should not have made. */
  oddities: string
  /** When it will have waited too long for whoever must act. */
  overdue_at: number | null
  /** From when on somebody should see it: it waited too long, or a time runs out. */
  problem_at: number | null
}

export interface IntentTable {
  account: string
  kind: 'stock' | 'order' | 'tracking'
  subject: string
  rev: number
  /** JSON, by kind: `StockTarget`, `OrderTarget`, `TrackingTarget` of planner/intents.ts. */
  target: string
  /** JSON: the terms a number is made of, for explain. */
  terms: string
  urgency: number
  /** When what caused it happened in the shop; latency is measured from here. */
  caused_at: number | null
  made_at: number
  stamp: string
}

// ---- dispatcher

export interface RightsTable {
  account: string
  register: string
  /** G = units sold there + what it shows: only our own writes change it. */
  entitlement: number
  /** Units beyond it that checkouts opened before a decrease may still claim, and when the last of them is dead. */
  hold: number
  hold_until: number | null
  /** JSON, planner/rights.ts: the write in flight, and an absolute one that no look has settled. */
  op: string | null
  pend: string | null
  /** When units were last taken back from it for other registers. */
  reclaimed_at: number | null
  /** Grows when what it may sell or shows changed; a write that is taken up, refused or in doubt leaves it. */
  rev: number
  updated_at: number
}

/** Every change of a register's rights, append-only: what it might still sell at any past instant. */
export interface RightsChangeTable {
  id: string
  account: string
  register: string
  cause: 'adopted' | 'booked' | 'acknowledged' | 'refused' | 'in doubt' | 'looked' | 'drift' | 'export' | 'restock'
  entitlement: number
  hold: number
  hold_until: number | null
  /** T: the most that its shop will ever have sold there without a further write of ours. */
  ceiling: number
  /** What it was believed to show, and the units known as sold, at that moment. */
  shown: number
  taken_units: number
  /** Units that nothing explains, for `drift`. */
  drift: number | null
  call_key: string | null
  /** JSON, `RightsStep` of planner/rights-steps.ts: with the rights before it, all that these follow from. */
  step: string | null
  at: number
}

/** Units that an order which is being taken back will put onto a shelf, and that have to be free before. */
export interface ClaimTable {
  account: string
  /** The order's intent. */
  subject: string
  merchant: string
  sku: string
  units: number
}

/** What a merchant decided about numbers, append-only: the newest row of a scope and name holds; `value` null takes it back. */
export interface RuleTable {
  id: string
  merchant: string
  /** Each null where the rule is for all of them. */
  account: string | null
  listing: string | null
  sku: string | null
  name: string
  value: string | null
  from_at: number | null
  until_at: number | null
  made_by: string
  made_at: number
}

export interface CallTable {
  key: string
  account: string
  kind: string
  method: string
  body: string
  /** JSON: per row the subject, the intent revision and the operation. */
  rows: string
  repeatable: number
  cost: number
  state: 'open' | 'done' | 'failed' | 'unknown'
  attempts: number
  send_by: number
  created_at: number
  ended_at: number | null
  outcome: string | null
}

export interface ReceiptTable {
  account: string
  /** An intent's kind, or `fetch:` and what is wanted. */
  kind: string
  subject: string
  /** The newest revision noticed, and the newest one the shop has acknowledged. */
  wanted: number
  seen: number
  state: 'due' | 'flying' | 'done' | 'parked' | 'dismissed'
  /** Lower goes first. */
  urgency: number
  attempts: number
  due_at: number
  /** Why it waits or was parked, for people. */
  reason: string | null
  /** JSON: what the shop answered (the id of a created order). */
  result: string | null
  call_key: string | null
  /** When the oldest event that still waits for this happened in its shop. */
  caused_at: number | null
  updated_at: number
}

export interface PublicationTable {
  id: string
  account: string
  register: string
  units: number
  terms: string
  call_key: string | null
  delivery: string | null
  /** From the shop's event that made the write needed to its acknowledgement; null when nothing in a shop caused it. */
  latency_ms: number | null
  at: number
}

// ---- users

/** A person who signs in. `name_key` is the name without regard to capitals; `password` is an argon2id hash. */
export interface AppUserTable {
  id: string
  name: string
  name_key: string
  role: 'viewer' | 'operator' | 'admin'
  state: 'active' | 'disabled'
  password: string
  created_at: number
  updated_at: number
  signed_in_at: number | null
}

/** A signed-in browser, by the hash of what its cookie holds. */
export interface SessionTable {
  hash: string
  user_id: string
  created_at: number
  seen_at: number
  expires_at: number
}

/** A token of the JSON API, by its hash. `scopes` is JSON: the permissions it has. */
export interface ApiTokenTable {
  id: string
  hash: string
  title: string
  scopes: string
  made_by: string
  created_at: number
  expires_at: number | null
  used_at: number | null
  revoked_at: number | null
}

/** Tries to sign in, counted per user and per address; worth nothing after `until`. */
export interface LoginTryTable {
  key: string
  count: number
  until: number
}

/** Who did what; only ever added to. `detail` is JSON. */
export interface AuditTable {
  id: string
  at: number
  who_kind: 'user' | 'token' | 'key' | 'system'
  who_id: string
  who_name: string
  what: string
  subject: string
  detail: string
  from_address: string | null
}

// ---- connecting

/** A platform's app of the merchant's own: its keys, sealed. */
export interface ShopAppTable {
  platform: string
  sealed: string
  updated_at: number
}

/** A shop that somebody is connecting: what was asked, then what it opened. Its `hash` is that of the state, which is good for one answer. */
export interface InstallTable {
  id: string
  hash: string
  platform: string
  way: string
  /** The browser that began, by a hash: nobody else can end it. */
  holder: string
  state: 'asked' | 'answered' | 'opened' | 'failed' | 'done'
  /** What we remember of the question, then the shops with their credentials; empty once it is over. */
  sealed: string
  fault: string | null
  detail: string | null
  made_at: number
  expires_at: number
}

/** What a platform demanded about personal data. `orders` is JSON; `done_at` null while a person has to see to it. */
export interface PrivacyTable {
  id: string
  platform: string
  /** Of the delivery that demanded it. */
  key: string
  shop: string
  account: string | null
  kind: 'tell' | 'forget' | 'forgetShop'
  orders: string
  asked_at: number
  due_at: number
  done_at: number | null
}

/** What is known of the connection to a shop: its webhooks, when it was heard of, and whether everything has to be read anew. */
export interface ConnectionTable {
  account: string
  /** Why all of it is to be read anew, from when on its books are in doubt, and when that was said; null when it is not. */
  wanted_reason: string | null
  wanted_since: number | null
  wanted_at: number | null
  retry_at: number | null
  /** The last time it was read anew: begun, ended, why, and what went wrong. */
  began_at: number | null
  ended_at: number | null
  ended_reason: string | null
  trouble: string | null
  audited_at: number | null
  /** JSON: the webhooks that were wanted and found. */
  audit: string | null
  audit_trouble: string | null
  repaired_at: number | null
  /** JSON: the topics that were put right last. */
  repaired: string | null
  /** The delivery up to which webhooks were counted, when the last of them came, and the longest silence of late. */
  heard_upto: string
  heard_at: number | null
  heard_count: number
  usual_gap_ms: number
  silence_told_at: number | null
  /** The last successful poll that was looked at. */
  polled_at: number | null
}

// ---- the outside

export interface IdempotencyTable {
  key: string
  fingerprint: string
  status: number
  body: string
  at: number
}

/** Who does what only one process may do at a time; worth nothing after `until`. */
export interface LeaseTable {
  name: string
  holder: string
  until: number
}

export interface MetaTable {
  name: string
  value: string
}

export interface Tables {
  account: AccountTable
  sku: SkuTable
  listing: ListingTable
  link: LinkTable
  import_job: ImportJobTable
  link_action: LinkActionTable
  link_action_row: LinkActionRowTable
  link_change: LinkChangeTable
  listing_change: ListingChangeTable
  inbox: InboxTable
  cursor: CursorTable
  reading_receipt: ReadingReceiptTable
  order_head: OrderHeadTable
  order_line: OrderLineTable
  movement: MovementTable
  balance: BalanceTable
  taking: TakingTable
  register_count: RegisterCountTable
  shelf: ShelfTable
  shelf_snapshot: ShelfSnapshotTable
  shipment: ShipmentTable
  return_case: ReturnCaseTable
  return_inspection: ReturnInspectionTable
  provider: ProviderTable
  settled_again: SettledAgainTable
  fetch_wanted: FetchWantedTable
  plan: PlanTable
  order_life: OrderLifeTable
  parcel_number: ParcelNumberTable
  intent: IntentTable
  rights: RightsTable
  rights_change: RightsChangeTable
  claim: ClaimTable
  rule: RuleTable
  call: CallTable
  receipt: ReceiptTable
  publication: PublicationTable
  shop_app: ShopAppTable
  install: InstallTable
  connection: ConnectionTable
  privacy: PrivacyTable
  idempotency: IdempotencyTable
  lease: LeaseTable
  app_user: AppUserTable
  session: SessionTable
  api_token: ApiTokenTable
  login_try: LoginTryTable
  audit: AuditTable
  meta: MetaTable
}

/** For statements on their own. Transactions begin by `Store.transaction`, where they take turns. */
export type Db = Omit<Kysely<Tables>, 'transaction' | 'startTransaction' | 'connection'>
export type Tx = Transaction<Tables>
