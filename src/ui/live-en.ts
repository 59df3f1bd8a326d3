/** The texts about letting a shop go live, in English; its shape is what another language has to fill in. */

import type { DryRunChange } from '../planner/dry-run.ts'

export interface LiveWords {
  readonly heading: string
  readonly link: string
  readonly lead: string
  readonly states: Readonly<Record<'no' | 'part' | 'all', string>>
  readonly summary: string
  readonly changes: Readonly<Record<DryRunChange, string>>
  readonly counters: string
  readonly none: string
  readonly counter: string
  readonly change: string
  readonly now: string
  readonly wanted: string
  readonly why: string
  readonly choose: string
  readonly more: string
  readonly seen: string
  readonly notSeen: string
  readonly noneChosen: string
  readonly all: string
  readonly part: string
  readonly done: string
  readonly noAnswer: string
  readonly refused: string
  readonly back: string
}

export const liveEn: LiveWords = {
  heading: 'Before it goes live',
  link: 'What going live changes',
  lead: 'This is all that would be written if this shop went live now. The riskiest counters come first. Nothing of it has been written.',
  states: {
    no: 'only read',
    part: 'a part is live',
    all: 'live',
  },
  summary: 'Counters to be written: {n}. Together they show {now} units now, and {wanted} then.',
  changes: {
    zero: 'to nothing',
    down: 'less',
    up: 'more',
    waits: 'waits',
    stays: 'stays',
    unlinked: 'not linked',
    uncounted: 'not counted',
    unseen: 'never read',
    uncountable: 'not counted by the shop',
  },
  counters: 'Counters',
  none: 'Nothing of this shop is known yet. Once it has been read, its counters are here.',
  counter: 'Counter',
  change: 'Change',
  now: 'Now',
  wanted: 'Wanted',
  why: 'Why',
  choose: 'Choose',
  more: '{n} more are not shown here. The command line lists them: onhand dry-run {account} --limit 10000',
  seen: 'I have seen what changes. The shelf as it is now is kept.',
  notSeen: 'Say first that you have seen what changes.',
  noneChosen: 'Choose at least one counter, or let all of the shop go live.',
  all: 'Let all of it go live',
  part: 'Only what is chosen',
  done: 'It is live. {n} counters were kept as they were.',
  noAnswer: 'The shop did not answer, so its shelf could not be kept. Nothing was changed; try again.',
  refused: 'It did not go live.',
  back: 'To the shops',
}
