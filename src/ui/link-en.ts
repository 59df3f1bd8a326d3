/** What the page about importing and linking says, in English. */

import type { Shortcoming } from '../catalog/readiness.ts'

export interface LinkWords {
  readonly heading: string
  readonly imports: string
  readonly importNow: string
  readonly importStates: Readonly<Record<'listings' | 'shelves' | 'done' | 'failed', string>>
  readonly progress: string
  readonly progressOpen: string
  readonly never: string
  readonly inBooks: string
  readonly proposals: string
  readonly proposalsLead: string
  readonly noProposals: string
  readonly confirm: string
  readonly counter: string
  readonly listing: string
  readonly sku: string
  readonly why: string
  readonly sure: string
  readonly doubts: string
  readonly doubtsLead: string
  readonly file: string
  readonly fileLead: string
  readonly download: string
  readonly choose: string
  readonly check: string
  readonly take: string
  readonly checked: string
  readonly taken: string
  readonly notTaken: string
  readonly line: string
  readonly confirmed: string
  readonly stale: string
  readonly undo: string
  readonly last: string
  readonly undone: string
  readonly notUndone: string
  readonly work: string
  readonly ready: string
  readonly kinds: Readonly<Record<Shortcoming, string>>
}

export const linkEn: LinkWords = {
  heading: 'Link',
  imports: 'Import',
  importNow: 'Import now',
  importStates: { listings: 'reading listings', shelves: 'reading stock', done: 'done', failed: 'failed' },
  progress: '{done} of {total}',
  progressOpen: '{done}; the shop has not said how many there are',
  never: 'Not imported yet.',
  inBooks: 'in the books: {listings}, linked: {linked}',
  proposals: 'Proposals',
  proposalsLead: 'Nothing is linked before you confirm it. Untick what is not right.',
  noProposals: 'Nothing to confirm.',
  confirm: 'Link what is ticked',
  counter: 'Shop',
  listing: 'Listing',
  sku: 'SKU',
  why: 'Why',
  sure: 'How sure',
  doubts: 'In doubt',
  doubtsLead: 'More than one answer: link these with a file, or through the API.',
  file: 'As a file',
  fileLead:
    'One line per listing and sku; several lines of a listing are a bundle, units are what one sale takes. A line without a sku unlinks. One bad line and nothing is changed.',
  download: 'Download what is linked and unlinked',
  choose: 'File',
  check: 'Only check',
  take: 'Take the file',
  checked: 'The file is right: {listings} listings. Nothing was changed.',
  taken: '{changed} listings were changed.',
  notTaken: 'The file was not taken, and nothing was changed.',
  line: 'line {line}',
  confirmed: '{n} listings were linked.',
  stale: 'Nothing was linked: some of it has changed since. Look again.',
  undo: 'Take it back',
  last: 'Last linking: {listings} listings by {by}',
  undone: 'It was taken back.',
  notUndone: 'Nothing was taken back: listings of it were linked anew since.',
  work: 'To do',
  ready: 'Nothing: stock can be kept for every listing.',
  kinds: {
    unlinked: 'unlinked: no sku says what leaves the shelf',
    untracked: 'untracked: switch counting on in the shop',
    endless: 'endless: switch selling without stock off in the shop',
    doubled: 'doubled: several counters of a shop show the same sku',
    repeated: 'repeated: several listings of a shop carry the same sku text',
  },
}
