import { type KeyboardEvent, type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from 'react'

export interface MenuItem {
  label: string
  detail?: string
  icon?: ReactNode
  checked?: boolean
  danger?: boolean
  onSelect: () => void
}

interface MenuProps {
  /** The button's content. */
  children: ReactNode
  label: string
  items: readonly MenuItem[]
  heading?: string
  className?: string
  side?: 'below' | 'above'
  /** Several may be checked at once: the menu stays for the next one. */
  several?: boolean
}

const GAP = 6

/** A button with a menu: arrows, Home, End and letters move, Esc and Tab close, the choice gives the focus back. */
export function Menu({ children, label, items, heading, className = '', side = 'below', several = false }: MenuProps) {
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const id = useId()

  useLayoutEffect(() => {
    const menu = list.current
    if (!open || menu === null || button.current === null) return
    menu.showPopover?.()
    place(menu, button.current.getBoundingClientRect(), side)
    const first = menu.querySelector<HTMLElement>('[aria-checked="true"]') ?? menu.querySelector<HTMLElement>('button')
    first?.focus()
  }, [open, side])

  useEffect(() => {
    if (!open) return
    const away = (event: PointerEvent) => {
      const target = event.target as Node
      if (!list.current?.contains(target) && !button.current?.contains(target)) setOpen(false)
    }
    const close = () => { setOpen(false) }
    document.addEventListener('pointerdown', away)
    addEventListener('resize', close)
    return () => {
      document.removeEventListener('pointerdown', away)
      removeEventListener('resize', close)
    }
  }, [open])

  const leave = () => {
    setOpen(false)
    button.current?.focus()
  }

  const move = (event: KeyboardEvent) => {
    const choices = [...(list.current?.querySelectorAll<HTMLElement>('button') ?? [])]
    const at = choices.indexOf(document.activeElement as HTMLElement)
    const to = target(event.key, at, choices)
    if (event.key === 'Escape') {
      event.preventDefault()
      event.stopPropagation()
      leave()
    } else if (event.key === 'Tab') {
      setOpen(false)
    } else if (to !== null) {
      event.preventDefault()
      choices[to]?.focus()
    }
  }

  return (
    <>
      <button
        ref={button}
        type="button"
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => { setOpen(!open) }}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
          event.preventDefault()
          setOpen(true)
        }}
        className={className}
      >
        {children}
      </button>
      {open && (
        <div ref={list} id={id} role="menu" aria-label={label} popover="manual" tabIndex={-1} onKeyDown={move} className="rises fixed inset-auto m-0 max-h-[60dvh] max-w-[min(22rem,92vw)] min-w-52 overflow-y-auto rounded-xl border border-line bg-raised p-1.5 text-sm text-ink shadow-float">
          {heading !== undefined && <p role="presentation" className="px-3 pt-1.5 pb-1 text-xs text-faint">{heading}</p>}
          {items.map((item, index) => (
            <button
              key={index}
              type="button"
              role={item.checked === undefined ? 'menuitem' : several ? 'menuitemcheckbox' : 'menuitemradio'}
              aria-checked={item.checked}
              tabIndex={-1}
              onClick={() => {
                if (!several || item.checked === undefined) leave()
                item.onSelect()
              }}
              className={`flex w-full items-center gap-3 rounded-lg px-3 py-2 text-left hover:bg-hover focus-visible:bg-hover focus-visible:outline-none ${item.danger === true ? 'text-danger' : ''}`}
            >
              {item.icon}
              <span className="min-w-0 flex-1">
                <span className="block truncate">{item.label}</span>
                {item.detail !== undefined && <span className="block truncate text-xs text-faint">{item.detail}</span>}
              </span>
              {item.checked === true && <span aria-hidden="true" className="text-accent">✓</span>}
            </button>
          ))}
        </div>
      )}
    </>
  )
}

function target(key: string, at: number, choices: readonly HTMLElement[]): number | null {
  const count = choices.length
  if (key === 'ArrowDown') return (at + 1) % count
  if (key === 'ArrowUp') return (at - 1 + count) % count
  if (key === 'Home') return 0
  if (key === 'End') return count - 1
  if (key.length !== 1 || key === ' ') return null
  const found = choices.findIndex((choice, index) => index > at && startsWith(choice, key))
  return found >= 0 ? found : Math.max(-1, choices.findIndex((choice) => startsWith(choice, key)))
}

function startsWith(choice: HTMLElement, letter: string): boolean {
  return choice.textContent.trim().toLowerCase().startsWith(letter.toLowerCase())
}

/** By the button, inside the window, on the other side where there is no room. */
function place(menu: HTMLElement, anchor: DOMRect, side: 'below' | 'above'): void {
  const { offsetWidth: width, offsetHeight: height } = menu
  const below = anchor.bottom + GAP
  const above = anchor.top - GAP - height
  const top = side === 'below' ? (below + height > innerHeight && above > 0 ? above : below) : above < 0 ? below : above
  const left = Math.min(anchor.left, innerWidth - width - 8)
  menu.style.top = `${String(Math.max(8, top))}px`
  menu.style.left = `${String(Math.max(8, left))}px`
}
