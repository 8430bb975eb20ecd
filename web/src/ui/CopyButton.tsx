import { Icon } from './Icon'
import { useCopy } from './copy'

interface CopyButtonProps {
  text: () => string
  label: string
  words?: boolean
  className?: string
}

export function CopyButton({ text, label, words = false, className = '' }: CopyButtonProps) {
  const [copied, copy] = useCopy()
  return (
    <button
      type="button"
      aria-label={copied ? 'Copied' : label}
      title={label}
      onClick={() => { copy(text()) }}
      className={`inline-flex items-center justify-center gap-1.5 rounded-lg text-soft transition hover:bg-hover hover:text-ink ${words ? 'h-8 px-2 text-xs coarse:h-10' : 'size-8 coarse:size-10'} ${className}`}
    >
      <Icon name={copied ? 'check' : 'copy'} size={words ? 15 : 17} />
      {words && <span aria-hidden="true">{copied ? 'Copied' : 'Copy'}</span>}
    </button>
  )
}
