import { useState } from 'react'
import type { Message } from '@/api/types'
import { IconButton } from '@/ui/IconButton'
import { useCost } from '../hooks/useCost'

/** Which model answered, for how many tokens and how much: there for who asks. */
export function UsageNote({ message }: { message: Message }) {
  const [open, setOpen] = useState(false)
  const { model, usage, cost } = message
  const costs = useCost(model, cost)
  if (model === null && usage === null) return null
  return (
    <>
      <IconButton icon="info" label="Model and cost" size="small" aria-expanded={open} onClick={() => { setOpen(!open) }} />
      {open && (
        <p className="ml-1 text-xs text-soft">
          {[model, usage && tokens(usage.prompt_tokens, usage.completion_tokens, usage.estimated === true), costs].filter(Boolean).join(' · ')}
        </p>
      )}
    </>
  )
}

function tokens(asked: number, answered: number, estimated: boolean): string {
  return `${estimated ? 'about ' : ''}${asked.toLocaleString()} tokens read, ${answered.toLocaleString()} written`
}
