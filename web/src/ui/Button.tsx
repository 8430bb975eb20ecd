import type { ComponentProps } from 'react'

const LOOKS = {
  primary: 'bg-fill text-on-accent hover:opacity-90 px-4 font-medium',
  plain: 'border border-edge bg-raised hover:bg-hover px-4 font-medium',
  quiet: 'text-soft hover:bg-hover hover:text-ink px-3',
  danger: 'bg-danger text-paper hover:opacity-90 px-4 font-medium',
}

interface ButtonProps extends ComponentProps<'button'> {
  look?: keyof typeof LOOKS
  busy?: boolean
}

export function Button({ look = 'plain', busy = false, className = '', disabled, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled === true || busy}
      aria-busy={busy || undefined}
      className={`inline-flex h-10 items-center justify-center gap-2 rounded-lg text-sm whitespace-nowrap transition disabled:cursor-default disabled:opacity-55 ${LOOKS[look]} ${className}`}
    >
      {children}
    </button>
  )
}
