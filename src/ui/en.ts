/** Every text of the pages in English; its shape is what another language has to fill in. */

import type { Meaning } from '../api/read/problems.ts'
import type { OrderState } from '../domain.ts'
import type { Permission, Role } from '../users/roles.ts'
import type { UserFault } from '../users/users.ts'
import { type ConnectWords, connectEn } from './connect-en.ts'
import { type LinkWords, linkEn } from './link-en.ts'
import { type LiveWords, liveEn } from './live-en.ts'
import { type SkuWords, skuEn } from './sku-en.ts'

export interface Words {
  readonly language: string
  readonly title: string
  readonly subtitle: string
  readonly live: string
  readonly bar: { readonly status: string }
  readonly connect: ConnectWords
  readonly link: LinkWords
  readonly goLive: LiveWords
  readonly login: {
    readonly heading: string
    readonly name: string
    readonly password: string
    readonly enter: string
    readonly wrong: string
    readonly tooMany: string
    readonly changed: string
    readonly leave: string
  }
  readonly first: {
    readonly heading: string
    readonly lead: string
    readonly token: string
    readonly tokenHint: string
    readonly wrongToken: string
    readonly name: string
    readonly nameHint: string
    readonly password: string
    readonly passwordHint: string
    readonly again: string
    readonly make: string
  }
  readonly welcome: {
    readonly heading: string
    readonly lead: string
    readonly connect: string
    readonly connectHint: string
    readonly token: string
    readonly document: string
    readonly sandbox: string
    readonly sandboxHint: string
    readonly later: string
  }
  readonly access: {
    readonly heading: string
    readonly users: string
    readonly addUser: string
    readonly role: string
    readonly save: string
    readonly disable: string
    readonly enable: string
    readonly disableHint: string
    readonly newPassword: string
    readonly setPassword: string
    readonly tokens: string
    readonly tokensHint: string
    readonly noTokens: string
    readonly addToken: string
    readonly title: string
    readonly titleHint: string
    readonly scopes: string
    readonly ends: string
    readonly inDays: string
    readonly whenRevoked: string
    readonly revoke: string
    readonly shownOnce: string
    readonly used: string
    readonly made: string
    readonly signedIn: string
    readonly deeds: string
    readonly who: string
    readonly what: string
    readonly from: string
  }
  readonly password: {
    readonly heading: string
    readonly current: string
    readonly next: string
    readonly change: string
    readonly hint: string
  }
  readonly roles: Readonly<Record<Role, string>>
  readonly scopes: Readonly<Record<Permission, string>>
  readonly userStates: Readonly<Record<'active' | 'disabled', string>>
  readonly tokenStates: Readonly<Record<'active' | 'ended' | 'revoked', string>>
  readonly faults: Readonly<
    Record<UserFault | 'again' | 'titleEmpty' | 'titleLong' | 'scopesEmpty' | 'scopesBeyond', string>
  >
  readonly sku: SkuWords
  readonly refused: {
    readonly heading: string
    readonly role: string
    readonly foreign: string
    readonly large: string
    readonly broken: string
    readonly back: string
  }
  readonly sections: {
    readonly accounts: string
    readonly latency: string
    readonly orders: string
    readonly problems: string
    readonly skus: string
  }
  readonly columns: Readonly<
    Record<
      | 'shop'
      | 'state'
      | 'due'
      | 'parked'
      | 'oldest'
      | 'lastPoll'
      | 'told'
      | 'half'
      | 'most'
      | 'nearlyAll'
      | 'about'
      | 'reason'
      | 'since'
      | 'sku'
      | 'onHand'
      | 'reserved'
      | 'available'
      | 'shops',
      string
    >
  >
  readonly states: Readonly<Record<'active' | 'paused' | 'broken', string>>
  readonly orderStates: Readonly<Record<OrderState, string>>
  readonly meanings: Readonly<Record<Meaning, string>>
  readonly none: {
    readonly accounts: string
    readonly orders: string
    readonly problems: string
    readonly skus: string
  }
  readonly verdict: { readonly good: string; readonly waiting: string; readonly trouble: string }
  readonly latencyNote: string
  readonly moreProblems: string
  readonly moreSkus: string
  readonly never: string
  readonly notTold: string
  readonly wants: string
  readonly ago: Readonly<Record<'seconds' | 'minutes' | 'hours' | 'days', string>>
}

export const en: Words = {
  language: 'en',
  title: 'Onhand',
  subtitle: 'One stock, every shop',
  live: 'renews itself every five seconds',
  bar: { status: 'Status' },
  connect: connectEn,
  link: linkEn,
  goLive: liveEn,
  login: {
    heading: 'Sign in',
    name: 'Name',
    password: 'Password',
    enter: 'Sign in',
    wrong: 'This name and password do not go together.',
    tooMany: 'Too many tries. Wait {n} minutes and try again.',
    changed: 'The password is changed and every browser was signed out. Sign in with the new one.',
    leave: 'Sign out',
  },
  first: {
    heading: 'Make the first user',
    lead: 'This user is an admin: connects shops and lets others in.',
    token: 'Token',
    tokenHint: 'The terminal where Onhand was started shows it. It is worth nothing once the first user exists.',
    wrongToken: 'This is not the token that the terminal shows.',
    name: 'Name',
    nameHint: 'You sign in with it; a name or an e-mail address.',
    password: 'Password',
    passwordHint: 'At least 12 characters.',
    again: 'The password again',
    make: 'Make this user',
  },
  welcome: {
    heading: 'Where to begin?',
    lead: 'Nothing is told to a shop before you say so.',
    connect: 'Connect a shop',
    connectHint:
      'A Shopify store, a WooCommerce shop or a TikTok Shop of your own, with its keys, over the JSON API. README shows each step:',
    token: 'Make a token for it',
    document: 'What the API takes',
    sandbox: 'Try it with sandbox shops',
    sandboxHint:
      'Three sandbox shops and an evening of sales, in an Onhand of their own: nothing of yours is touched. Run this in the folder of Onhand:',
    later: 'Go to the status page',
  },
  access: {
    heading: 'Access',
    users: 'Users',
    addUser: 'Add a user',
    role: 'Role',
    save: 'Save',
    disable: 'Shut out',
    enable: 'Let in again',
    disableHint: 'Who is shut out, or is an admin no more, loses the tokens they made too.',
    newPassword: 'New password',
    setPassword: 'Set the password',
    tokens: 'API tokens',
    tokensHint: 'For programs that use the JSON API. A token can do what its scopes say and nothing else.',
    noTokens: 'There are no tokens.',
    addToken: 'Make a token',
    title: 'What it is for',
    titleHint: 'The name of the program, for example.',
    scopes: 'It may',
    ends: 'It ends',
    inDays: 'after {n} days',
    whenRevoked: 'when somebody revokes it',
    revoke: 'Revoke',
    shownOnce: 'This is the token. Copy it now: it is not shown again.',
    used: 'Last used',
    made: 'Made',
    signedIn: 'Last signed in',
    deeds: 'Who did what',
    who: 'Who',
    what: 'What',
    from: 'From',
  },
  password: {
    heading: 'Change your password',
    current: 'Your password now',
    next: 'New password',
    change: 'Change it',
    hint: 'Every browser in which you are signed in is signed out, this one too.',
  },
  roles: { viewer: 'Viewer: sees', operator: 'Operator: sees and works', admin: 'Admin: everything' },
  scopes: {
    read: 'see stock, orders, problems and shops',
    personal: 'see names and addresses of buyers',
    work: 'retry, dismiss, import',
    stock: 'count, receive and correct stock',
    catalogue: 'add skus and link listings',
    shops: 'connect and change shops',
    settings: 'change settings and keys',
    access: 'manage users and tokens',
  },
  userStates: { active: 'may sign in', disabled: 'shut out' },
  tokenStates: { active: 'works', ended: 'has ended', revoked: 'revoked' },
  faults: {
    short: 'A password has at least 12 characters.',
    long: 'A password has 200 characters at most.',
    name: 'The password must not be the name.',
    nameEmpty: 'Give a name.',
    nameLong: 'A name has 100 characters at most.',
    nameTaken: 'There is a user of this name already.',
    lastAdmin: 'This is the last admin: nobody else could let people in. Make another admin first.',
    beyond: 'This user may do more than you may.',
    unknown: 'This user does not exist any more.',
    wrongPassword: 'This is not your password.',
    firstIsMade: 'The first user exists already. Sign in.',
    again: 'The two passwords differ.',
    titleEmpty: 'Say what the token is for.',
    titleLong: 'Use 100 characters at most.',
    scopesEmpty: 'Choose at least one thing that it may do.',
    scopesBeyond: 'You cannot give what you may not do yourself.',
  },
  sku: skuEn,
  refused: {
    heading: 'Not possible',
    role: 'Your role does not allow this. An admin can change your role.',
    foreign: 'This was not sent by a page of Onhand, so nothing was done. Open the page again and repeat it.',
    large: 'This form is larger than a form of Onhand can be, so nothing was done.',
    broken: 'Onhand made a mistake; the log says more. What you asked may not have been done.',
    back: 'To the status page',
  },
  sections: {
    accounts: 'Shops',
    latency: 'From the sale to the other shops, last hour',
    orders: 'Orders',
    problems: 'Problems',
    skus: 'Stock',
  },
  columns: {
    shop: 'Shop',
    state: 'State',
    due: 'Waiting',
    parked: 'Parked',
    oldest: 'Oldest waiting',
    lastPoll: 'Last asked',
    told: 'Updates',
    half: 'p50',
    most: 'p95',
    nearlyAll: 'p99',
    about: 'What',
    reason: 'Why, and what it means',
    since: 'Since',
    sku: 'Sku',
    onHand: 'On hand',
    reserved: 'Reserved',
    available: 'Available',
    shops: 'Last told to the shops',
  },
  states: { active: 'active', paused: 'paused', broken: 'broken' },
  orderStates: {
    seen: 'seen',
    reserved: 'reserved',
    ready: 'ready',
    exported: 'in the shop that ships',
    shipping: 'on its way out',
    shipped: 'shipped',
    delivered: 'delivered',
    closed: 'closed',
    cancelled: 'cancelled',
    returned: 'returned',
  },
  meanings: {
    account: 'Nothing is read from or told to this shop until it is connected again.',
    notice: 'The shop is still read and told, as far as it lets us. It may stop doing so.',
    order: 'What is unknown reserves no stock and the order waits. Link the listing; the order continues by itself.',
    clock:
      'The order does not move on. Its stock stays reserved; a shop may call it late, or cancel it. It leaves this list by itself.',
    stock: 'The shop still shows its old number.',
    copy: 'The order is not as it should be in the shop that ships. Look before it is packed.',
    tracking: 'The shop that took the order does not know the parcel, and neither does the buyer.',
    fetch: 'Something the shop announced has not been read; the books may be behind.',
    delivery: 'The message is kept, but what it says is not in the books.',
    counter:
      'It keeps the number it shows, which is no part of what is counted. Link it to say what is sold from there.',
  },
  none: {
    accounts: 'No shop is connected yet.',
    orders: 'No orders yet.',
    problems: 'Nothing waits for you.',
    skus: 'Nothing is counted yet.',
  },
  verdict: { good: 'In sync', waiting: 'Catching up', trouble: 'Needs you' },
  latencyNote: 'Measured from what happened in one shop to the number that another shop acknowledged.',
  moreProblems: 'There are more; the command line lists them all.',
  moreSkus: 'There are more; the command line lists them all.',
  never: 'never',
  notTold: 'not told yet',
  wants: 'to become',
  ago: { seconds: '{n} s ago', minutes: '{n} min ago', hours: '{n} h ago', days: '{n} d ago' },
}
