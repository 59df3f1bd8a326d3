/** Fields of forms: each with its label, its hint, and what is wrong with it next to it, for eyes and screen readers alike. */

import { html } from 'hono/html'
import type { Html } from './parts.ts'

/** What was wrong with a form that was sent: a sentence, at a field of it or, without one, about all of it. */
export interface FormError {
  readonly field?: string
  readonly sentence: string
}

export interface Field {
  readonly name: string
  readonly label: string
  readonly hint?: string
  readonly type?: 'text' | 'password'
  readonly value?: string
  readonly autocomplete: string
  readonly isFirst?: boolean
  readonly isOptional?: boolean
  /** Tells fields of the same name in several forms of a page apart. */
  readonly form?: string
}

const idOf = ({ form, name }: Pick<Field, 'form' | 'name'>) => (form === undefined ? name : `${form}-${name}`)

/** The focus goes to the field that is wrong, else to the first one. */
export function field(given: Field, error?: FormError): Html {
  const { name, label, hint, type = 'text', value = '', autocomplete, isFirst = false } = given
  const id = idOf(given)
  const wrong = error?.field === name ? error.sentence : undefined
  const about = [...(hint === undefined ? [] : [`${id}-hint`]), ...(wrong === undefined ? [] : [`${id}-error`])].join(
    ' ',
  )
  const hasFocus = wrong !== undefined || (isFirst && error?.field === undefined)
  return html`<p class="field">
<label for="${id}">${label}</label>
<input id="${id}" name="${name}" type="${type}" value="${type === 'password' ? '' : value}" autocomplete="${autocomplete}"${given.isOptional ? '' : html` required`}${
    about === '' ? '' : html` aria-describedby="${about}"`
  }${wrong === undefined ? '' : html` aria-invalid="true"`}${hasFocus ? html` autofocus` : ''}>
${hint === undefined ? '' : html`<span class="note" id="${id}-hint">${hint}</span>`}
${wrong === undefined ? '' : html`<span class="error" id="${id}-error">${wrong}</span>`}
</p>`
}

/** What is wrong with the whole form. */
export const formError = (error?: FormError): Html =>
  error === undefined || error.field !== undefined ? html`` : html`<p class="error" role="alert">${error.sentence}</p>`

export interface Choice {
  readonly value: string
  readonly label: string
}

export const select = (
  given: { name: string; label: string; form: string; chosen: string; isQuiet?: boolean },
  choices: readonly Choice[],
): Html => html`<p class="field">
<label for="${idOf(given)}" class="${given.isQuiet ? 'unseen' : ''}">${given.label}</label>
<select id="${idOf(given)}" name="${given.name}">${choices.map(
  ({ value, label }) =>
    html`<option value="${value}"${value === given.chosen ? html` selected` : ''}>${label}</option>`,
)}</select>
</p>`

/** A form's text field; what is missing, or was sent as a file, is empty. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** A form's field that may be there several times. */
export const textsOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string')
