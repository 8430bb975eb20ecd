import type { ComponentProps } from 'react'
import { Icon, type IconName } from './Icon'

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  icon: IconName
  label: string
  size?: 'small' | 'large'
}

/** A button with a drawing instead of words; `label` is its name and its tooltip. */
export function IconButton({ icon, label, size = 'large', className = '', ...rest }: IconButtonProps) {
  const area = size === 'large' ? 'size-10' : 'size-8 coarse:size-10'
  return (
    <button type="button" aria-label={label} title={label} {...rest} className={`inline-flex ${area} shrink-0 items-center justify-center rounded-lg text-soft transition hover:bg-hover hover:text-ink disabled:opacity-40 ${className}`}>
      <Icon name={icon} size={size === 'large' ? 20 : 17} />
    </button>
  )
}
