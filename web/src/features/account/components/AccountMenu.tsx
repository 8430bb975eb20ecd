import { useNavigate } from '@tanstack/react-router'
import { asProblem } from '@/api/problem'
import { Icon } from '@/ui/Icon'
import { Menu } from '@/ui/Menu'
import { toast } from '@/ui/toast'
import { useSession, useSignOut } from '../hooks/useSession'
import { openShortcuts } from '@/features/shortcuts/hooks/useShortcuts'

export function AccountMenu({ onLeave }: { onLeave: () => void }) {
  const { user } = useSession()
  const navigate = useNavigate()
  const signOut = useSignOut()
  const go = (to: '/settings/account' | '/settings/api-keys' | '/settings/members') => () => {
    onLeave()
    void navigate({ to })
  }
  return (
    <Menu
      label={`Account of ${user.name}`}
      heading={user.email}
      side="above"
      className="flex size-10 shrink-0 items-center justify-center rounded-lg text-soft hover:bg-hover hover:text-ink"
      items={[
        { label: 'Settings', icon: <Icon name="person" />, onSelect: go('/settings/account') },
        { label: 'API keys', icon: <Icon name="key" />, onSelect: go('/settings/api-keys') },
        { label: 'Members', icon: <Icon name="people" />, onSelect: go('/settings/members') },
        { label: 'Keyboard shortcuts', icon: <Icon name="keyboard" />, onSelect: openShortcuts },
        {
          label: 'Sign out',
          icon: <Icon name="signOut" />,
          onSelect: () => { signOut.mutate(undefined, { onError: (error) => { toast(asProblem(error).detail) } }) },
        },
      ]}
    >
      <Icon name="person" size={20} />
    </Menu>
  )
}
