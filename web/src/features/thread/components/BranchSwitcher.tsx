import { IconButton } from '@/ui/IconButton'

interface BranchSwitcherProps {
  current: string
  siblings: readonly string[]
  /** What there are several of: "version" or "answer". */
  what: string
  disabled: boolean
  onChoose: (messageId: string) => void
}

export function BranchSwitcher({ current, siblings, what, disabled, onChoose }: BranchSwitcherProps) {
  if (siblings.length < 2) return null
  const at = siblings.indexOf(current)
  const before = siblings[at - 1]
  const after = siblings[at + 1]
  return (
    <div role="group" aria-label={`${what} ${String(at + 1)} of ${String(siblings.length)}`} className="mr-1 flex items-center text-xs text-soft tabular-nums">
      <IconButton icon="left" label={`Previous ${what}`} size="small" disabled={disabled || before === undefined} onClick={() => { if (before !== undefined) onChoose(before) }} />
      <span aria-hidden="true">{`${String(at + 1)}/${String(siblings.length)}`}</span>
      <IconButton icon="right" label={`Next ${what}`} size="small" disabled={disabled || after === undefined} onClick={() => { if (after !== undefined) onChoose(after) }} />
    </div>
  )
}
