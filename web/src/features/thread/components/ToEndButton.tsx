import { Icon } from '@/ui/Icon'

export function ToEndButton({ onClick, writing }: { onClick: () => void; writing: boolean }) {
  return (
    <button type="button" onClick={onClick} aria-label="To the end" title="To the end" className="rises absolute -top-14 left-1/2 z-10 flex size-10 -translate-x-1/2 items-center justify-center rounded-full border border-line bg-raised text-soft shadow-card hover:text-ink">
      <Icon name="toBottom" />
      {writing && <span className="absolute -top-0.5 -right-0.5 size-2.5 rounded-full bg-accent" />}
    </button>
  )
}
