import { useState } from 'react'
import type { Message, Money } from '@/api/types'
import { IconButton } from '@/ui/IconButton'

/** Which model answered, for how many tokens and how much: there for who asks. */
export function UsageNote({ message }: { message: Message }) {
  const [open, setOpen] = useState(false)
  const { model, usage, cost } = message
  if (model === null && usage === null) return null
  return (
    <>
      <IconButton icon="info" label="Model and cost" size="small" aria-expanded={open} onClick={() => { setOpen(!open) }} />
      {open && (
        <p className="ml-1 text-xs text-soft">
          {[model, usage && tokens(usage.prompt_tokens, usage.completion_tokens, usage.estimated === true), cost && price(cost)].filter(Boolean).join(' · ')}
        </p>
      )}
    </>
  )
}

function tokens(asked: number, answered: number, estimated: boolean): string {
  return `${estimated ? 'about ' : ''}${asked.toLocaleString()} tokens read, ${answered.toLocaleString()} written`
}

export function price({ amount, currency }: Money): string {
  if (amount === 0) return 'free'
  const value = amount / 1_000_000
  const digits = value < 0.01 ? 6 : value < 1 ? 4 : 2
  return value.toLocaleString(undefined, { style: 'currency', currency, minimumFractionDigits: 2, maximumFractionDigits: digits })
}
