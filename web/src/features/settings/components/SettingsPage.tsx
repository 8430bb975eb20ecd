import { Link, Outlet, useRouterState } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useSession } from '@/features/account/hooks/useSession'
import { Icon, type IconName } from '@/ui/Icon'

const PLACES = [
  { to: '/settings/account', label: 'Account', icon: 'person' },
  { to: '/settings/api-keys', label: 'API keys', icon: 'key' },
  { to: '/settings/batches', label: 'Batches', icon: 'stack' },
  { to: '/settings/members', label: 'Members', icon: 'people' },
  { to: '/settings/providers', label: 'Providers', icon: 'screen' },
  { to: '/settings/assistant', label: 'Assistant', icon: 'edit' },
  { to: '/settings/privacy', label: 'Privacy', icon: 'shield' },
] as const satisfies readonly { to: string; label: string; icon: IconName }[]

export function SettingsPage() {
  const { workspace } = useSession()
  const places = useRef<HTMLElement>(null)
  const path = useRouterState({ select: (state) => state.location.pathname })
  useEffect(() => {
    // on a phone not all fit beside one another: the one that is shown is in sight
    places.current?.querySelector('[aria-current=page]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [path])
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <div className="mx-auto max-w-3xl px-5 pt-4 pb-16">
        <h1 className="font-serif text-3xl font-semibold tracking-tight">Settings</h1>
        <p className="mt-1 text-soft">{workspace === null ? 'You belong to no workspace.' : `${workspace.name}, where you are ${article(workspace.role)}.`}</p>
        <nav ref={places} aria-label="Settings" className="mt-6 flex overflow-x-auto border-b border-line [scrollbar-width:none]">
          {PLACES.map(({ to, label, icon }) => (
            <Link key={to} to={to} className="flex items-center gap-1.5 border-b-2 border-transparent px-2.5 py-2.5 text-sm whitespace-nowrap text-soft hover:text-ink aria-[current=page]:border-accent aria-[current=page]:font-medium aria-[current=page]:text-ink">
              <Icon name={icon} size={16} /> {label}
            </Link>
          ))}
        </nav>
        <Outlet />
      </div>
    </div>
  )
}

function article(role: string): string {
  return `${/^[aeiou]/.test(role) ? 'an' : 'a'} ${role}`
}
