/** Who may come in: users and tokens, the forms that change them, and who did what. */

import { html } from 'hono/html'
import type { ApiDeps } from '../api/deps.ts'
import type { AuditTable } from '../store/tables.ts'
import { permissions, roles, type Who } from '../users/roles.ts'
import { type ApiToken, isUsable } from '../users/tokens.ts'
import type { User } from '../users/users.ts'
import { bar } from './bar.ts'
import type { Words } from './en.ts'
import { type FormError, field, formError, select } from './forms.ts'
import { type Html, none, page, pill, section, table } from './parts.ts'
import { agoText } from './words.ts'

const deedsShown = 50
/** What a token's end may be chosen from, in days; 0: none. */
export const tokenDays = [30, 90, 365, 0] as const

/** What the page has to say besides: a form that was not done, or a token that is shown this once. */
export interface AccessNews {
  /** Which form: `user`, `token`, or the id of the user whose line it is. */
  readonly form?: string
  readonly error?: FormError
  readonly values?: { readonly name?: string; readonly title?: string }
  readonly secret?: string
}

interface Facts extends AccessNews {
  readonly words: Words
  readonly who: Who
  readonly now: number
  readonly users: readonly User[]
  readonly tokens: readonly ApiToken[]
  readonly deeds: readonly AuditTable[]
}

export async function accessPage(deps: ApiDeps, words: Words, who: Who, news: AccessNews = {}): Promise<Html> {
  const { db } = deps.store
  const facts: Facts = {
    ...news,
    words,
    who,
    now: deps.clock.now(),
    users: await deps.identity.users.list(),
    tokens: await deps.identity.tokens.list(),
    deeds: await db.selectFrom('audit').selectAll().orderBy('id', 'desc').limit(deedsShown).execute(),
  }
  return page(
    words,
    { refresh: false },
    html`<header><h1>${words.access.heading}</h1>${bar(words, who)}</header>
<main>
${usersSection(facts)}
${addUserSection(facts)}
${tokensSection(facts)}
${addTokenSection(facts)}
${deedsSection(facts)}
</main>`,
  )
}

const errorOf = (facts: Facts, form: string): FormError | undefined => (facts.form === form ? facts.error : undefined)

const roleChoices = (words: Words) => roles.map((role) => ({ value: role, label: words.roles[role] }))

function usersSection(facts: Facts): Html {
  const { words, now, users } = facts
  return section(
    words.access.users,
    html`${table<User>(
      [
        { label: words.login.name, cell: ({ name }) => name },
        { label: words.access.role, isWide: true, cell: (user) => roleForm(facts, user) },
        {
          label: words.columns.state,
          cell: ({ state }) => pill(state === 'active' ? 'good' : 'bad', words.userStates[state]),
        },
        {
          label: words.access.signedIn,
          isNumber: true,
          cell: ({ signedInAt }) => agoText(words, signedInAt, now),
        },
        { label: words.access.newPassword, isWide: true, cell: (user) => passwordForm(facts, user) },
      ],
      users,
    )}<p class="note">${words.access.disableHint}</p>`,
    users.length,
  )
}

function roleForm(facts: Facts, { id, name, role, state }: User): Html {
  const { words } = facts
  const error = errorOf(facts, id)
  return html`<form method="post" action="/settings/access/users/${id}" class="row">
${error?.field === 'password' ? '' : formError(error && { sentence: error.sentence })}
${select({ form: id, name: 'role', label: `${words.access.role}: ${name}`, chosen: role, isQuiet: true }, roleChoices(words))}
<button name="act" value="role">${words.access.save}</button>
<button name="act" value="${state === 'active' ? 'disable' : 'enable'}">${
    state === 'active' ? words.access.disable : words.access.enable
  }</button>
</form>`
}

function passwordForm(facts: Facts, { id, name }: User): Html {
  const { words } = facts
  const error = errorOf(facts, id)
  const mine = error?.field === 'password' ? error : undefined
  return html`<details${mine ? html` open` : ''}><summary aria-label="${words.access.setPassword}: ${name}">${words.access.setPassword}</summary>
<form method="post" action="/settings/access/users/${id}">
${field({ form: id, name: 'password', label: words.access.newPassword, type: 'password', autocomplete: 'new-password' }, mine)}
<button name="act" value="password">${words.access.setPassword}</button>
</form></details>`
}

function addUserSection(facts: Facts): Html {
  const { words, values } = facts
  const error = errorOf(facts, 'user')
  return section(
    words.access.addUser,
    html`<form method="post" action="/settings/access/users" class="stack">
${formError(error)}
${field({ form: 'user', name: 'name', label: words.login.name, hint: words.first.nameHint, value: values?.name, autocomplete: 'off' }, error)}
${select({ form: 'user', name: 'role', label: words.access.role, chosen: 'viewer' }, roleChoices(words))}
${field({ form: 'user', name: 'password', label: words.login.password, hint: words.first.passwordHint, type: 'password', autocomplete: 'new-password' }, error)}
<button>${words.access.addUser}</button>
</form>`,
  )
}

function stateOf(token: ApiToken, now: number): 'active' | 'ended' | 'revoked' {
  if (token.revokedAt !== null) return 'revoked'
  return isUsable(token, now) ? 'active' : 'ended'
}

function tokensSection({ words, now, tokens, secret }: Facts): Html {
  const shown =
    secret === undefined
      ? ''
      : html`<div class="secret" role="status"><p>${words.access.shownOnce}</p><p><code>${secret}</code></p></div>`
  const hint = html`<p class="note">${words.access.tokensHint}</p>`
  if (tokens.length === 0) return section(words.access.tokens, html`${hint}${none(words.access.noTokens)}`)
  return section(
    words.access.tokens,
    html`${shown}${hint}${table<ApiToken>(
      [
        {
          label: words.access.title,
          cell: ({ title, scopes }) =>
            html`${title}<span class="small">${scopes.map((one) => words.scopes[one]).join('; ')}</span>`,
        },
        {
          label: words.columns.state,
          cell: (token) => {
            const state = stateOf(token, now)
            return pill(state === 'active' ? 'good' : 'bad', words.tokenStates[state])
          },
        },
        { label: words.access.made, isNumber: true, cell: ({ createdAt }) => agoText(words, createdAt, now) },
        {
          label: words.access.ends,
          isNumber: true,
          cell: ({ expiresAt }) => (expiresAt === null ? '–' : new Date(expiresAt).toISOString().slice(0, 10)),
        },
        { label: words.access.used, isNumber: true, cell: ({ usedAt }) => agoText(words, usedAt, now) },
        {
          label: words.access.revoke,
          cell: (token) =>
            isUsable(token, now)
              ? html`<form method="post" action="/settings/access/tokens/${token.id}/revoke"><button aria-label="${words.access.revoke}: ${token.title}">${words.access.revoke}</button></form>`
              : '–',
        },
      ],
      tokens,
    )}`,
    tokens.length,
  )
}

function addTokenSection(facts: Facts): Html {
  const { words, who, values } = facts
  const error = errorOf(facts, 'token')
  const mine = permissions.filter((one) => who.permissions.includes(one))
  return section(
    words.access.addToken,
    html`<form method="post" action="/settings/access/tokens" class="stack">
${formError(error)}
${field({ form: 'token', name: 'title', label: words.access.title, hint: words.access.titleHint, value: values?.title, autocomplete: 'off' }, error)}
<fieldset${error?.field === 'scopes' ? html` aria-describedby="token-scopes-error"` : ''}>
<legend>${words.access.scopes}</legend>
${error?.field === 'scopes' ? html`<p class="error" id="token-scopes-error">${error.sentence}</p>` : ''}
${mine.map((one) => html`<label class="check"><input type="checkbox" name="scopes" value="${one}"> ${words.scopes[one]}</label>`)}
</fieldset>
${select(
  { form: 'token', name: 'days', label: words.access.ends, chosen: '90' },
  tokenDays.map((days) => ({
    value: String(days),
    label: days === 0 ? words.access.whenRevoked : words.access.inDays.replace('{n}', String(days)),
  })),
)}
<button>${words.access.addToken}</button>
</form>`,
  )
}

/** Texts of the program (`token.created`) stay as they are: they are what one searches the API for. */
function deedsSection({ words, now, deeds }: Facts): Html {
  return section(
    words.access.deeds,
    table<AuditTable>(
      [
        { label: words.access.what, cell: ({ what, subject }) => html`${what}<span class="small">${subject}</span>` },
        { label: words.access.who, cell: ({ who_name }) => who_name },
        { label: words.access.from, cell: ({ from_address }) => from_address ?? '–' },
        { label: words.columns.since, isNumber: true, cell: ({ at }) => agoText(words, at, now) },
      ],
      deeds,
    ),
  )
}
